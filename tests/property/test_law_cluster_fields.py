"""Every field of an instance and of a task on it that came in by a document comes out again (C50).

Documents have any members of botocore's output shapes of describe-container-instances and
describe-tasks, with a task definition or without.  A cluster reads them and is written; each member
is there again, and equal as a value.  Then tasks come and go, and reading it again changes nothing.
A session keeps them as well.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from described_fields import DEFINITIONS, INSTANCES, TASKS, lost
from placement import Cluster, Task
from placement.ecs import Session


@settings(deadline=None, max_examples=40)
@given(INSTANCES, TASKS, st.none() | DEFINITIONS, st.booleans())
def test_every_member_of_an_instance_and_its_tasks_comes_out_again(
    instance: Any, task: Any, definition: Any, changes: bool
) -> None:
    """C50: and what is written is read as the same cluster, before and after a change."""
    instance["status"] = "ACTIVE"
    given_document = {
        "containerInstances": [instance],
        "tasks": [task],
        "taskDefinitions": [] if definition is None else [definition],
    }
    cluster = Cluster.from_ecs(given_document)
    written = json.loads(json.dumps(cluster.to_ecs()))
    assert list(lost(instance, written["containerInstances"][0], "instance")) == []
    assert list(lost(task, written["tasks"][0], "task")) == []
    if definition is not None:
        assert written["taskDefinitions"] == [definition]
    assert Cluster.from_ecs(written).to_ecs() == cluster.to_ecs()
    if changes:
        cluster.place(Task(cpu=10, memory=10, family="web", revision=1), group="service:web")
        cluster.put_attributes("i1", {"a": "c", "empty": "full"})
    again = Cluster.from_ecs(json.loads(json.dumps(cluster.to_ecs())))
    assert again.usage("i1") == cluster.usage("i1")
    assert again.describe("i1") == cluster.describe("i1")
    assert list(map(again.task, again.tasks_on("i1"))) == list(
        map(cluster.task, cluster.tasks_on("i1"))
    )
    assert again.to_ecs() == cluster.to_ecs()


@settings(deadline=None, max_examples=40)
@given(INSTANCES, TASKS, DEFINITIONS)
def test_a_session_keeps_every_member_of_an_instance_and_its_tasks(
    instance: Any, task: Any, definition: Any
) -> None:
    """C50: but the number of PENDING tasks, which it counts; what it writes reads as the same."""
    instance["status"] = "ACTIVE"
    instance.pop("pendingTasksCount", None)
    given_document = {
        "containerInstances": [instance],
        "tasks": [task],
        "taskDefinitions": [definition],
    }
    written = json.loads(json.dumps(Session.from_ecs(given_document).to_ecs()))
    assert list(lost(instance, written["containerInstances"][0], "instance")) == []
    assert list(lost(task, written["tasks"][0], "task")) == []
    assert list(lost(definition, written["taskDefinitions"][0], "definition")) == []
    again = json.loads(json.dumps(Session.from_ecs(written).to_ecs()))
    assert again["containerInstances"] == written["containerInstances"]
    assert again["tasks"] == written["tasks"]
