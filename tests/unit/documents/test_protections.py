"""Elements of ``protectedTasks``: read by task, written again as they came (4.7, C50)."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster
from placement.documents.problems import Problems
from placement.documents.protections import protection_to_ecs, protections_by_arn

ARN = "arn:aws:ecs:us-east-1:123456789012:"
TASK = f"{ARN}task/prod/{'0' * 32}"
UNTIL = "2026-03-01T12:00:00+00:00"


def cluster_with(**fields: Any) -> Cluster:
    """Return a cluster of one instance and one task, of which an element says the fields."""
    instance = f"{ARN}container-instance/prod/{'a' * 32}"
    return Cluster.from_ecs(
        {
            "containerInstances": [
                {
                    "containerInstanceArn": instance,
                    "registeredResources": [
                        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
                        {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
                    ],
                }
            ],
            "tasks": [{"taskArn": TASK, "containerInstanceArn": instance, "group": "service:web"}],
            "protectedTasks": [{"taskArn": TASK, **fields}],
        }
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"protectionEnabled": True, "expirationDate": UNTIL},
        {"protectionEnabled": False},
        {"protectionEnabled": True},
    ],
)
def test_what_came_in_comes_out_again(fields: dict[str, Any]) -> None:
    """C50: with the end of the protection, and also where there is none; in copies as well."""
    cluster = cluster_with(**fields)
    expected = [{"taskArn": TASK, **fields}]
    for one in (cluster, cluster.copy(), Cluster.from_ecs(cluster.to_ecs())):
        assert one.to_ecs()["protectedTasks"] == expected


def test_what_a_later_call_changes_replaces_the_end_of_the_protection() -> None:
    """C50: the date was that of the protection which has ended."""
    cluster = cluster_with(protectionEnabled=True, expirationDate=UNTIL)
    cluster.set_task(cluster.task_by_arn(TASK), protected=False)
    assert cluster.to_ecs()["protectedTasks"] == [{"taskArn": TASK, "protectionEnabled": False}]


def test_a_task_that_ends_takes_its_element_with_it() -> None:
    cluster = cluster_with(protectionEnabled=False)
    cluster.stop(cluster.task_by_arn(TASK))
    assert cluster.to_ecs()["protectedTasks"] == []


def test_of_two_elements_the_later_counts() -> None:
    """C31."""
    known = Problems("raise")
    given = [{"taskArn": TASK, "protectionEnabled": value} for value in (True, False)]
    assert protections_by_arn(given, known) == {TASK: given[1]}


def test_a_task_of_which_nothing_was_said_has_an_element_only_if_it_is_protected() -> None:
    assert protection_to_ecs(TASK, False) is None
    assert protection_to_ecs(TASK, True) == {"taskArn": TASK, "protectionEnabled": True}
