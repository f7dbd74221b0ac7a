"""``placement fit``: how many more tasks fit, why not more, and the machines the rest needs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from command import Run
from described_machines import DEFINITION, machine


@pytest.fixture
def files(write: Callable[..., str]) -> list[str]:
    """An instance with room for two tasks of 500 MiB, and one that drains."""
    definition = {
        "taskDefinitionArn": DEFINITION,
        "family": "web",
        "revision": 8,
        "containerDefinitions": [{"name": "web", "cpu": 100, "memory": 500}],
    }
    windows = {
        **definition,
        "taskDefinitionArn": DEFINITION.replace("web:8", "win:1"),
        "family": "win",
        "revision": 1,
        "runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
    }
    state = {
        "containerInstances": [machine("one"), machine("old", status="DRAINING")],
        "taskDefinitions": [definition, windows],
    }
    return ["--state", write(state, "state.json"), "--task-definition", "web:8"]


@pytest.fixture
def fit(run: Run, files: list[str]) -> Callable[..., Any]:
    def call(*arguments: str) -> Any:
        return run("fit", *files, *arguments)

    return call


def test_tasks_that_fit_and_why_not_one_more(fit: Callable[..., Any]) -> None:
    result = fit("--count", "2")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "2 tasks of family:web fit now",
        "    why not one more:",
        "    none of 2 instances has room now",
        "      1 is not ACTIVE: DRAINING",
        "      1 lacks memory: wanted 500 MiB, 0 MiB left, on one",
        "    closest is one:",
        "      RESOURCE:MEMORY: wanted 500 MiB, 0 MiB left",
        "    without the check of INACTIVE 1 instance fits",
        "    without the check of RESOURCE:MEMORY 1 instance fits",
    ]


def test_c45_the_machines_that_the_rest_needs_and_what_they_cost(fit: Callable[..., Any]) -> None:
    result = fit("--count", "40", "--instance-type", "m5.large")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[-4:-1] == [
        "Machines for the other 38 of 40 tasks",
        "    3 m5.large in a, each with room for 16 tasks",
        "    0.288 USD per hour (0.096 each)",
    ]
    assert lines[-1].startswith("    price of us-east-1: On-Demand prices for Linux")


def test_json_has_the_numbers_and_the_reasons(fit: Callable[..., Any]) -> None:
    result = fit("--count", "3", "--output", "json", "--availability-zone", "eu-west-1c")
    document = json.loads(result.stdout)
    assert (document["count"], document["fitting"], document["mayFitMore"]) == (3, 2, False)
    assert document["explanation"]["fitting"] == 0
    assert document["noMachine"] is None
    machines = document["machines"]
    assert (machines["count"], machines["availabilityZone"]) == (1, "eu-west-1c")
    assert machines["price"]["region"] == "us-east-1"
    assert machines["price"]["currency"] == "USD"
    assert float(machines["price"]["perHour"]) == float(machines["price"]["perHourEach"])


PROD = ["--placement-constraints", "type=memberOf,expression='attribute:stack == prod'"]


def test_the_condition_that_rules_every_machine_out_is_said(fit: Callable[..., Any]) -> None:
    result = fit(*PROD)
    assert result.exit_code == 3
    text = result.stdout
    assert text.startswith("0 tasks of family:web fit now\n    why none:\n")
    assert "    no such machine could ever take the task; of " in text
    assert " fail a memberOf constraint: attribute:stack == prod\n" in text
    assert "without attribute:stack == prod" in text.splitlines()[-1]
    named = fit(*PROD, "--instance-type", "m5.large").stdout.splitlines()
    assert "    no such machine could ever take the task: m5.large in a" in named
    assert named[-1] == "    without attribute:stack == prod would do"
    found = json.loads(fit(*PROD, "--output", "json").stdout)
    assert found["machines"] is None
    assert found["noMachine"]["reason"] == "NEVER"
    assert found["noMachine"]["shortfalls"][0]["reason"] == "MEMBER_OF"


def test_custom_attributes_of_new_machines(fit: Callable[..., Any]) -> None:
    own = ["--attributes", "name=stack,value=prod", "name=rack", "--instance-type", "m5.large"]
    result = fit(*PROD, *own, "--count", "16", "--output", "json")
    assert json.loads(result.stdout)["machines"]["count"] == 1


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["value=prod"], "expected name=...,value=..., not"),
        (["name=a,kind=b"], "expected name=...,value=..., not 'kind' @ attributes[0]"),
        (["name=a", "name=a,value=b"], "twice the same name: 'a' @ attributes[1].name"),
        (['[{"name": 5}]'], "a name that is no text: int 5 @ attributes[0].name"),
        (['[{"name": "a", "value": 5}]'], "@ attributes"),
    ],
)
def test_attributes_that_are_none_are_refused(
    fit: Callable[..., Any], items: list[str], message: str
) -> None:
    result = fit("--attributes", *items)
    assert result.exit_code == 2
    assert message in result.stderr


def test_tasks_without_a_price_are_told_how_to_go_on(run: Run, files: list[str]) -> None:
    """C45: a type without a price is never chosen."""
    asked = ["fit", *files[:2], "--task-definition", "win:1"]
    assert run(*asked).stdout.splitlines()[-2:] == [
        "    no instance type that has a price for the task's operating system is offered there",
        "    --instance-type names one",
    ]
    named = run(*asked, "--instance-type", "m5.large").stdout.splitlines()
    assert named[-2:] == [
        "    1 m5.large in a, which takes it",
        "    what they cost is not known",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--instance-type", "m9.large"), "did you mean m5.large? @ --instance-type"),
        (("--availability-zone", "us-east-1z"), " @ --availability-zone"),
    ],
)
def test_errors_name_the_option(fit: Callable[..., Any], arguments: Any, message: str) -> None:
    result = fit(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.rstrip().endswith(message)


def test_a30_a_chosen_type_of_another_architecture_is_warned_of(
    run: Run, write: Callable[..., str]
) -> None:
    """A type that is named is what was asked for."""
    definition = {
        "family": "web",
        "containerDefinitions": [{"name": "w", "image": "w", "memory": 500}],
    }
    one = machine("one")
    one["attributes"] = [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
    files = ["--state", write({"containerInstances": [one]}), "--task-definition"]
    asked = ["fit", *files, write(definition, "web.json"), "--count", "3"]
    found = run(*asked)
    assert "    1 t4g.micro in us-east-1a, which takes it" in found.stdout.splitlines()
    assert found.stderr.startswith("warning: t4g.micro is arm64, and the instances of the cluster")
    assert run(*asked, "--instance-type", "t4g.micro").stderr == ""
    assert run(*asked, "--instance-type", "m5.large").stderr == ""


def test_constraints_and_strategies_are_those_of_run_task(fit: Callable[..., Any]) -> None:
    distinct = ["--placement-constraints", "type=distinctInstance"]
    spread = ["--placement-strategy", "type=spread,field=instanceId"]
    result = fit(*distinct, *spread, "--count", "4", "--instance-type", "m5.large")
    assert "    3 m5.large in a, each with room for 1 task" in result.stdout.splitlines()
    refused = fit("--placement-strategy", "type=binpack,field=colour")
    assert refused.exit_code == 2


def test_a_cluster_without_instances_may_be_asked(run: Run, write: Callable[..., str]) -> None:
    state = write({"containerInstances": []})
    definition = write(
        {"family": "web", "containerDefinitions": [{"name": "w", "image": "w", "memory": 10}]},
        "definition.json",
    )
    result = run("fit", "--state", state, "--task-definition", definition, "--count", "5")
    assert result.exit_code == 3
    assert "no container instances were found in the cluster" in result.stdout
    assert "in us-east-1a, which takes them" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--instance-type", "m5.lrage"], "did you mean m5.large?"),
        (["--availability-zone", ""], "zone"),
        (["--count", "0"], "--count"),
        (["--count", "1000001"], "--count"),
        (["--cli-input-json", '{"count": 0}'], "expected 1 to 1000000 tasks, not 0"),
        (["--launch-type", "FARGATE"], "FARGATE tasks need no container instance"),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(
    fit: Callable[..., Any], arguments: list[str], message: str
) -> None:
    result = fit(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_counting_ends_loudly(run: Run, write: Callable[..., str]) -> None:
    huge = machine("huge")
    amounts = [
        {"name": name, "type": "INTEGER", "integerValue": 2**40} for name in ("CPU", "MEMORY")
    ]
    huge["registeredResources"] = huge["remainingResources"] = amounts
    definition = {
        "family": "web",
        "containerDefinitions": [{"name": "w", "image": "w", "memory": 10}],
    }
    files = [write({"containerInstances": [huge]}), write(definition, "definition.json")]
    result = run("fit", "--state", files[0], "--task-definition", files[1])
    assert result.stdout.splitlines() == [
        "at least 1000000 tasks of family:web fit now",
        "    counting ended there: more may fit",
    ]


ZONES = "it has us-east-1a, us-east-1b, us-east-1c, us-east-1d, us-east-1e, us-east-1f"


@pytest.fixture
def fit_in(run: Run, write: Callable[..., str]) -> Callable[..., Any]:
    """Ask for nine tasks, and machines in a zone, of a cluster in us-east-1a."""
    there = machine("one", attributes=[{"name": "ecs.availability-zone", "value": "us-east-1a"}])
    state = write({"containerInstances": [there]}, "there.json")
    definition = {
        "family": "w",
        "containerDefinitions": [{"name": "w", "image": "w", "memory": 500}],
    }
    task = write(definition, "task.json")

    def call(zone: str, *arguments: str) -> Any:
        call = ("fit", "--state", state, "--task-definition", task, "--count", "9")
        return run(*call, "--availability-zone", zone, *arguments)

    return call


@pytest.mark.parametrize(
    ("zone", "message"),
    [
        (
            "us-east-1z",
            f"us-east-1 has no availability zone 'us-east-1z': {ZONES} @ --availability-zone\n",
        ),
        (
            "eu-west-1a",
            (
                "'eu-west-1a' is no availability zone of the cluster's region: its instances are in"
                " us-east-1a @ --availability-zone\n"
            ),
        ),
        ("nowhere", "'nowhere' is no availability zone of the cluster's region"),
    ],
)
def test_c45_a_zone_that_cannot_be_meant_is_refused(
    fit_in: Callable[..., Any], zone: str, message: str
) -> None:
    result = fit_in(zone)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")


def test_a_zone_without_instances_is_taken_and_warned_of(fit_in: Callable[..., Any]) -> None:
    result = fit_in("us-east-1c")
    assert result.exit_code == 3
    assert "in us-east-1c, which takes them" in result.stdout
    assert result.stderr == (
        "warning: the cluster has no instance in us-east-1c: its instances are in us-east-1a\n"
    )
    assert fit_in("us-east-1a").stderr == ""


def test_c45_a_type_that_a_zone_does_not_offer_is_not_named(fit_in: Callable[..., Any]) -> None:
    """Source: the table of types; us-east-1e has few."""
    result = fit_in("us-east-1e", "--instance-type", "m7i.large")
    assert result.exit_code == 3
    assert "    the instance type is not offered there\n" in result.stdout
    assert "    --availability-zone names one\n" in result.stdout
