"""Behaviours from rules: globs, the first match, ``first``, and what is refused (C27, C52)."""

from __future__ import annotations

from typing import Any

import pytest

import placement.ecs as pe
from placement.ecs.behaviour_rules import behaviour_rules
from placement.errors import DocumentError
from small_sessions import service, small_session

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/"


def task(group: str = "service:web", definition: str = "web:12") -> dict[str, Any]:
    return {"group": group, "taskDefinitionArn": ARN + definition}


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ({}, True),
        ({"service": "w*"}, True),
        ({"service": "W*"}, False),
        ({"service": "api"}, False),
        ({"family": "we?"}, True),
        ({"family": "we"}, False),
        ({"revision": "1?"}, True),
        ({"revision": 12}, True),
        ({"revision": 1}, False),
        ({"service": "web", "family": "web", "revision": "[12]*"}, True),
        ({"service": "web", "family": "api"}, False),
    ],
)
def test_globs_choose_tasks(rule: dict[str, Any], matches: bool) -> None:
    found = behaviour_rules([{**rule, "runs_for": 5}])(task())
    assert found == (pe.Behaviour(runs_for=5) if matches else None)


def test_a_rule_of_services_is_not_about_standalone_tasks() -> None:
    rules = behaviour_rules([{"service": "*", "exit_code": 3}])
    assert rules(task("family:web")) is None
    assert behaviour_rules([{"family": "*", "exit_code": 3}])(task("family:web")) is not None


def test_the_first_rule_that_matches_decides() -> None:
    rules = behaviour_rules([{"family": "web", "exit_code": 1}, {"exit_code": 2}])
    assert rules(task()) == pe.Behaviour(exit_code=1)
    assert rules(task(definition="api:1")) == pe.Behaviour(exit_code=2)


def test_first_counts_the_tasks_of_its_rule_and_then_the_next_one_decides() -> None:
    rules = behaviour_rules([{"family": "web", "first": 2, "exit_code": 1}, {"exit_code": 2}])
    order = ["web:1", "api:1", "web:1", "web:1"]
    found = [rules(task(definition=one)) for one in order]
    assert [one.exit_code for one in found if one is not None] == [1, 2, 1, 2]


def test_a_session_takes_the_rules() -> None:
    rules = behaviour_rules([{"first": 1, "start_failure": "CannotPullContainerError"}])
    session = small_session(behaviour=rules)
    session.client("ecs").create_service(**service(desiredCount=2))
    assert session.advance_until("steady")
    stopped = session.client("ecs").list_tasks(desiredStatus="STOPPED")["taskArns"]
    assert len(stopped) == 1


def test_first_is_about_the_tasks_created_first_d124() -> None:
    """D124: of five tasks that one pass creates, the first two by creation fail."""
    rules = behaviour_rules([{"first": 2, "start_failure": "no such image"}])
    session = small_session(behaviour=rules)
    session.client("ecs").create_service(**service(desiredCount=5))
    session.advance(12)
    created = [one.subject for one in session.history if one.what == "created"]
    failed = [one.subject for one in session.history if one.reason == "no such image"]
    assert failed == created[:2]


def test_all_fields_of_a_behaviour_can_be_given() -> None:
    fields: dict[str, Any] = {
        "pull_seconds": 60,
        "start_failure": "x",
        "runs_for": 1.5,
        "exit_code": 137,
        "container_health": "UNHEALTHY",
        "target_health": "timeout",
        "ignores_stop_signal": True,
        "cpu": 50,
        "memory": 12.5,
    }
    assert behaviour_rules([fields])(task()) == pe.Behaviour(**fields)


@pytest.mark.parametrize(
    ("document", "path", "text"),
    [
        ({"family": "web"}, "", "expected a list of rules, not "),
        (None, "", "expected a list of rules, not None"),
        ([3], "[0]", "expected an object, not int 3"),
        ([{"runs_for": 1}, {"famly": "web", "runs_for": 1}], "[1]", "did you mean family?"),
        ([{"quux": "web"}], "[0]", "expected one of service, family, revision, first, pull_seco"),
        ([{3: "web"}], "[0]", "a rule has no int 3"),
        ([{"family": "web"}], "[0]", "expected one of pull_seconds, start_failure"),
        ([{"runs_for": -1}], "[0].runs_for", "from 0 to"),
        ([{"runs_for": "5"}], "[0].runs_for", "a number of seconds"),
        ([{"container_health": "ILL"}], "[0].container_health", "HEALTHY, UNHEALTHY"),
        ([{"family": "", "exit_code": 1}], "[0].family", "expected a name, which may hold * and ?"),
        ([{"family": True, "exit_code": 1}], "[0].family", "expected a name"),
        ([{"first": -1, "exit_code": 1}], "[0].first", "expected a number of tasks"),
        ([{"first": True, "exit_code": 1}], "[0].first", "expected a number of tasks"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_path(document: Any, path: str, text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        behaviour_rules(document)
    assert caught.value.path == path
    assert text in str(caught.value)
