"""``lint_service``: each code where it applies, and not where something is just right (C52)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

import placement.ecs as pe
from placement.ecs.lints.codes import CODES
from placement.errors import CqlError, DocumentError, UsageError
from small_sessions import percents, register, service, small_session

Session = pe.Session
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0123456789abcdef"
HOOK = "arn:aws:lambda:us-east-1:123456789012:function:check"
DISTINCT = {"placementConstraints": [{"type": "distinctInstance"}]}
BY_ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}
BINPACK = {"type": "binpack", "field": "cpu"}
CHECK = {"healthCheck": {"command": ["CMD-SHELL", "true"], "startPeriod": 90}}


def balanced(**more: Any) -> dict[str, Any]:
    return {
        "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}],
        **more,
    }


def subnets(*names: str) -> dict[str, Any]:
    return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": list(names)}}}


def hooked(strategy: str, arn: str = HOOK) -> dict[str, Any]:
    hook = {"hookTargetArn": arn, "roleArn": "r", "lifecycleStages": ["PRE_SCALE_UP"]}
    return {"deploymentConfiguration": {"strategy": strategy, "lifecycleHooks": [hook]}}


def full(session: Session) -> Session:
    """Fill the 16 places of the cluster with 16 tasks of the service."""
    session.client("ecs").create_service(**service(desiredCount=16))
    assert session.advance_until("steady")
    return session


def alarmed(session: Session) -> Session:
    cloudwatch = session.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        MetricName="5xx",
        Namespace="app",
        Period=60,
        Statistic="Sum",
        Threshold=1.0,
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    return session


def with_function(session: Session) -> Session:
    session.register_function(HOOK, lambda _event, _context: {"hookStatus": "SUCCEEDED"})
    return session


def knows(*places: tuple[str, str]) -> Callable[[], Session]:
    def make() -> Session:
        session = small_session()
        for name, zone in places:
            session.client("ecs").register_subnet(
                subnetId=name, vpcId="vpc-1", availabilityZone=zone
            )
        return session

    return make


def alarms(*, enable: bool) -> dict[str, Any]:
    settings = {"alarmNames": ["errors"], "enable": enable, "rollback": True}
    return {"deploymentConfiguration": {"alarms": settings}}


def breaker(*, enable: bool) -> dict[str, Any]:
    return {
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": enable, "rollback": True}
        }
    }


def of_providers(*drained: str, weights: tuple[int | None, ...] = (1, 1)) -> tuple[Any, Any]:
    """Return a session with an instance for each of the providers a and b, and a strategy of them.

    ``drained``: the providers whose instance drains.
    """

    def make() -> Session:
        session = small_session(2)
        cluster = session._account.clusters["default"]
        for name, record in zip("ab", cluster.instances.values(), strict=True):
            record.capacity_provider = name
            if name in drained:
                session.client("ecs").update_container_instances_state(
                    containerInstances=[record.arn], status="DRAINING"
                )
        return session

    strategy = [
        {"capacityProvider": name, **({} if weight is None else {"weight": weight})}
        for name, weight in zip("ab", weights, strict=True)
    ]
    return make, {"capacityProviderStrategy": strategy, "desiredCount": 2, **percents(100, 150)}


def with_neuron_devices(session: Session) -> Session:
    """Register a revision for Neuron devices, 3, and an instance that reports some, of rack 7."""
    ecs = session.client("ecs")
    requirement = {"type": "NeuronDevice", "value": "ALL"}
    ecs.register_task_definition(
        family="web",
        containerDefinitions=[
            {"name": "app", "image": "app", "memory": 64, "resourceRequirements": [requirement]}
        ],
    )
    ecs.register_container_instance(
        totalResources=[
            {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": 4096},
            {"name": "NEURON_CORES", "type": "STRINGSET", "stringSetValue": ["0", "1"]},
        ],
        attributes=[{"name": "rack", "value": "7"}],
    )
    return session


def daemon() -> dict[str, Any]:
    return {"schedulingStrategy": "DAEMON", "desiredCount": None}


def one_full(cpu: int) -> Callable[[], Session]:
    """A session of four instances, three of which have no room beside ``cpu`` units per task."""

    def make() -> Session:
        session = small_session(3, container={"cpu": cpu})
        ecs = session.client("ecs")
        ecs.run_task(taskDefinition="web", count=3, placementStrategy=[BY_ZONE])
        register(ecs)
        return session

    return make


def with_an_old_revision() -> Session:
    """A session with a revision that is older than B39."""
    document = small_session().to_ecs()
    revision = {
        "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/old:1",
        "family": "old",
        "revision": 1,
        "status": "ACTIVE",
        "memory": "64",
        "containerDefinitions": [
            {"name": "app", "image": "app", "memory": 128, "memoryReservation": 64}
        ],
    }
    document["taskDefinitions"] = [*document["taskDefinitions"], revision]
    return Session.from_ecs(document)


def without_group() -> Session:
    """Return a session from a dump whose service names a target group that nobody described."""
    session = small_session()
    ecs = session.client("ecs")
    ecs.create_service(**service(serviceName="other"))
    assert session.advance_until("steady")
    document = session.to_ecs()
    del document["placementState"]
    binding = balanced()["loadBalancers"][0]
    for one in document["services"]:
        one["loadBalancers"] = [binding]
    for one in document["serviceRevisions"]:
        one["loadBalancers"] = [binding]
    return Session.from_ecs(document)


Case = tuple[str, Callable[[], Session], dict[str, Any], dict[str, Any]]

CASES: dict[str, Case] = {
    # code: (path, session, parameters with which it is given, parameters with which it is not)
    "blocking-percents": (
        "deploymentConfiguration",
        small_session,
        {"desiredCount": 3, **percents(100, 125)},
        {"desiredCount": 4, **percents(100, 125)},
    ),
    "rebalancing-blocked": (
        "availabilityZoneRebalancing",
        small_session,
        {"desiredCount": 3, **percents(50, 125)},
        {"desiredCount": 3, **percents(50, 134)},
    ),
    "rebalancing-ineligible": (
        "availabilityZoneRebalancing",
        small_session,
        {"availabilityZoneRebalancing": "ENABLED", **percents(50, 100)},
        {"availabilityZoneRebalancing": "DISABLED", **percents(50, 100)},
    ),
    "percents-ignored": (
        "deploymentConfiguration.maximumPercent",
        small_session,
        percents(100, 150, strategy="BLUE_GREEN"),
        percents(100, 150),
    ),
    "detector-off": (
        "deploymentConfiguration.deploymentCircuitBreaker",
        small_session,
        breaker(enable=False),
        breaker(enable=True),
    ),
    "alarm-in-alarm": (
        "deploymentConfiguration.alarms",
        lambda: alarmed(small_session()),
        alarms(enable=True),
        alarms(enable=False),
    ),
    "hooks-ignored": (
        "deploymentConfiguration.lifecycleHooks[0]",
        small_session,
        hooked("ROLLING"),
        hooked("BLUE_GREEN"),
    ),
    "hook-without-function": (
        "deploymentConfiguration.lifecycleHooks[0].hookTargetArn",
        lambda: with_function(small_session()),
        hooked("CANARY", f"{HOOK}2"),
        hooked("CANARY"),
    ),
    "controller-not-run": (
        "deploymentController.type",
        small_session,
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        {"deploymentController": {"type": "ECS"}},
    ),
    "not-modelled": (
        "serviceRegistries",
        small_session,
        {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:x"}]},
        {"serviceRegistries": []},
    ),
    "classic-load-balancer": (
        "loadBalancers[0].loadBalancerName",
        small_session,
        {"loadBalancers": [{"loadBalancerName": "old"}]},
        balanced(),
    ),
    "grace-too-short": (
        "healthCheckGracePeriodSeconds",
        lambda: small_session(container=CHECK),
        balanced(healthCheckGracePeriodSeconds=89),
        balanced(healthCheckGracePeriodSeconds=90),
    ),
    "grace-ignored": (
        "healthCheckGracePeriodSeconds",
        small_session,
        {"healthCheckGracePeriodSeconds": 30},
        balanced(healthCheckGracePeriodSeconds=30),
    ),
    "static-ports": (
        "taskDefinition",
        lambda: small_session(container={"portMappings": [{"containerPort": 80, "hostPort": 80}]}),
        {"desiredCount": 4},
        {"desiredCount": 4, **percents(50, 100)},
    ),
    "one-per-instance": (
        "placementConstraints",
        small_session,
        {"desiredCount": 5, **DISTINCT, **percents(50, 100)},
        {"desiredCount": 4, **DISTINCT, **percents(50, 100)},
    ),
    "one-zone": (
        "",
        lambda: small_session(zones="a"),
        {},
        {"desiredCount": 1},
    ),
    "zone-order": (
        "placementStrategy[1]",
        small_session,
        {"placementStrategy": [{"type": "spread", "field": "instanceId"}, BY_ZONE]},
        {"placementStrategy": [BY_ZONE, {"type": "spread", "field": "instanceId"}]},
    ),
    "strategy-ignored": (
        "placementStrategy[1]",
        small_session,
        {"placementStrategy": [BINPACK, {"type": "spread", "field": "instanceId"}]},
        {"placementStrategy": [{"type": "spread", "field": "instanceId"}, BINPACK]},
    ),
    "neuron-devices-unchecked": (
        "taskDefinition",
        lambda: with_neuron_devices(small_session()),
        {"taskDefinition": "web:3"},
        {
            "taskDefinition": "web:3",
            "placementConstraints": [{"type": "memberOf", "expression": "attribute:rack == 7"}],
        },
    ),
    "unregistered-subnet": (
        "networkConfiguration.awsvpcConfiguration.subnets[1]",
        knows(("subnet-1", "us-east-1a"), ("subnet-2", "us-east-1b")),
        subnets("subnet-1", "subnet-3"),
        subnets("subnet-1", "subnet-2"),
    ),
    "no-instance-qualifies": (
        "",
        small_session,
        {"placementConstraints": [{"type": "memberOf", "expression": "attribute:rack == 7"}]},
        {"placementConstraints": [{"type": "memberOf", "expression": "runningTasksCount < 7"}]},
    ),
    "no-room": ("", small_session, {"desiredCount": 17}, {"desiredCount": 16}),
    "full-hosts": (
        "",
        lambda: full(small_session()),
        {"desiredCount": 16, **percents(50, 100)},
        {"desiredCount": 16, **percents(100, 100)},
    ),
    "daemon-without-room": ("", one_full(300), daemon(), {"desiredCount": 1}),
    "provider-weight-zero": (
        "capacityProviderStrategy[1].weight",
        of_providers()[0],
        of_providers(weights=(1, None))[1],
        of_providers()[1],
    ),
    "provider-without-instances": (
        "capacityProviderStrategy[0]",
        *of_providers("a"),
        of_providers(weights=(0, 1))[1],
    ),
    "incomplete-dump": (
        "",
        without_group,
        balanced(),
        {},
    ),
    "definition-refused": (
        "taskDefinition.containerDefinitions[0].memory",
        with_an_old_revision,
        {"taskDefinition": "old:1"},
        {"taskDefinition": "web:2"},
    ),
    "unknown-task-definition": (
        "taskDefinition",
        small_session,
        {"taskDefinition": "web:9"},
        {"taskDefinition": "web:2"},
    ),
}


def test_every_code_has_a_case() -> None:
    assert CASES.keys() == CODES.keys()


def codes(found: list[pe.ServiceLint]) -> set[str]:
    return {one.code for one in found}


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_given_where_it_applies_and_not_beside(code: str) -> None:
    path, make, wrong, right = CASES[code]
    session = make()
    found = pe.lint_service(service(**wrong), session=session)
    assert [one.path for one in found if one.code == code] == [path]
    assert code not in codes(pe.lint_service(service(**right), session=session))


def test_a_plain_service_has_no_warning() -> None:
    assert pe.lint_service(service(), session=small_session()) == []
    assert pe.lint_service(service()) == []


def test_a_warning_says_what_is_wrong_where_and_what_helps() -> None:
    found = pe.lint_service(service(desiredCount=1, **percents(50, 150)))
    assert [str(one) for one in found] == [
        (
            "deploymentConfiguration: 1 task at 50/150 per cent: the least that stay healthy and "
            "the most that may run are both 1, so that a deployment can neither start nor stop a "
            "task (helps: maximumPercent 200 starts one more, minimumHealthyPercent 0 stops one "
            "first) [blocking-percents]"
        ),
        (
            "availabilityZoneRebalancing: rebalancing starts tasks before it stops others, and 1 "
            "task at 150 per cent may be no more than 1 (helps: maximumPercent 200 lets it move "
            "one task at a time) [rebalancing-blocked]"
        ),
    ]


@pytest.mark.parametrize(
    ("desired", "least", "most"),
    [(3, 100, 125), (2, 75, 100), (1, 50, 100), (1, 100, 150), (10, 100, 100)],
)
def test_percents_of_s4_7_that_are_stuck_are_named_and_what_helps_them_moves(
    desired: int, least: int, most: int
) -> None:
    """S4.7: the advice is the smallest maximumPercent and the largest minimum that move."""
    (found, *_) = pe.lint_service(service(desiredCount=desired, **percents(least, most)))
    assert found.code == "blocking-percents"
    words = found.advice.replace(",", "").split()
    more, fewer = int(words[1]), int(words[6])
    for setting, is_enough in (
        (percents(least, more), True),
        (percents(least, more - 1), False),
        (percents(fewer, most), True),
        (percents(fewer + 1, most), False),
    ):
        others = codes(pe.lint_service(service(desiredCount=desired, **setting)))
        assert ("blocking-percents" not in others) is is_enough


def test_a_daemon_that_may_not_be_missing_anywhere_is_blocked() -> None:
    """S7.2, and rounding: 75 per cent of two instances are two."""
    session = small_session(2)
    for percent, is_blocked in ((100, True), (75, True), (50, False), (0, False)):
        given = service(**daemon(), **percents(percent, 100))
        found = codes(pe.lint_service(given, session=session))
        assert ("blocking-percents" in found) is is_blocked


def test_a_rolling_deployment_on_full_hosts_is_told_what_is_missing() -> None:
    session = full(small_session())
    (found,) = pe.lint_service(service(desiredCount=16), session=session)
    assert found.code == "no-room"
    assert found.advice == "room for 1 more task, or minimumHealthyPercent 93"
    (found,) = pe.lint_service(
        service(desiredCount=16, deploymentConfiguration={"strategy": "BLUE_GREEN"}),
        session=session,
    )
    assert found.message == (
        "a deployment starts 16 tasks beside the 16 that run, and there is room for 0"
    )


def test_an_unregistered_subnet_is_named_c46() -> None:
    """C46: it counts as zone a of the region, and a lint says so."""
    found = pe.lint_service(service(**subnets("subnet-9")), session=small_session())
    (warning,) = [one for one in found if one.code == "unregistered-subnet"]
    assert "where subnet-9 is, nobody said: it counts as zone us-east-1a" in warning.message


def test_expressions_have_the_codes_of_lint() -> None:
    rule = {"type": "memberOf", "expression": "attribute:rack != 7"}
    found = pe.lint_service(service(placementConstraints=[rule]))
    assert [(one.code, one.path) for one in found] == [
        ("negative-skips-absent", "placementConstraints[0].expression")
    ]


def test_a_described_service_is_taken_as_it_is() -> None:
    session = full(small_session())
    described = session.client("ecs").describe_services(services=["web"])["services"][0]
    assert codes(pe.lint_service(described, session=session)) == {"no-room"}


def test_nothing_is_changed() -> None:
    session = full(small_session())
    before = session.client("ecs").to_ecs("default")
    history = len(session.history)
    pe.lint_service(service(desiredCount=40), session=session)
    assert session.client("ecs").to_ecs("default") == before
    assert len(session.history) == history
    twin = small_session()
    pe.lint_service(service(desiredCount=9), session=twin)
    assert full(twin).client("ecs").to_ecs("default") == before


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"definition": 3}, UsageError, "definition is what create_service takes"),
        ({"definition": service(), "session": 3}, UsageError, "session is a placement.ecs.Session"),
        ({"definition": service(), "cluster": "x"}, UsageError, "give the session too"),
        (
            {"definition": service(), "cluster": 3},
            UsageError,
            "cluster is a name or an ARN, not int 3",
        ),
        ({"definition": {"desiredCount": 1}}, pe.ParamValidationError, "serviceName"),
        ({"definition": service(desiredCounts=1)}, pe.ParamValidationError, "desiredCounts"),
        (
            {"definition": service(placementStrategy=[{"type": "pile"}])},
            DocumentError,
            "expected spread, binpack or random, not 'pile'",
        ),
        (
            {
                "definition": service(
                    placementConstraints=[{"type": "memberOf", "expression": "attribute:"}]
                )
            },
            CqlError,
            "attribute",
        ),
    ],
)
def test_wrong_arguments_are_refused_by_name(
    arguments: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=re.escape(text)):
        pe.lint_service(**arguments)


def test_a_cluster_that_is_not_there_is_the_apis_error() -> None:
    with pytest.raises(pe.ClientError) as caught:
        pe.lint_service(service(), session=small_session(), cluster="nowhere")
    assert type(caught.value).__name__ == "ClusterNotFoundException"
