"""``lint_scaling``: each code where it applies, and not where something is just right (C52)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import placement.ecs as pe
from capacity_session import group_with, provider_of
from placement.ecs.lints.scaling_codes import SCALING_CODES
from placement.errors import UsageError
from session_scaling import CPU, RESOURCE, TARGET
from small_sessions import percents, service, small_session

Session = pe.Session
Make = Callable[[], Session]
SPREAD = {"type": "spread", "field": "instanceId"}
BINPACK = {"type": "binpack", "field": "cpu"}
REQUESTS = {
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/web/0123456789abcdef/targetgroup/web/0123456789abcdef",
    }
}
DIMENSIONS = [{"Name": "ClusterName", "Value": "default"}, {"Name": "ServiceName", "Value": "web"}]
UP = {"MetricIntervalLowerBound": 0, "ScalingAdjustment": 1}
DOWN = {"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}


# Scalable targets


def scaled(
    minimum: int = 2,
    maximum: int = 20,
    *,
    suspended: bool = False,
    container: dict[str, Any] | None = None,
    definition: dict[str, Any] | None = None,
    **parameters: Any,
) -> Session:
    """Return a session whose service ``web`` is registered with bounds."""
    session = small_session(container=container)
    if definition is not None:
        session.client("ecs").register_task_definition(
            family="limited",
            containerDefinitions=[{"name": "app", "image": "nginx", "memory": 64}],
            **definition,
        )
        parameters["taskDefinition"] = "limited"
    session.client("ecs").create_service(**service(**parameters))
    state = {"SuspendedState": {"DynamicScalingInSuspended": True}} if suspended else {}
    session.client("application-autoscaling").register_scalable_target(
        **TARGET, MinCapacity=minimum, MaxCapacity=maximum, **state
    )
    return session


def tracking(session: Session, target: float = 60, metric: Any = CPU, **more: Any) -> Session:
    session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName="track",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={"TargetValue": target, **metric, **more},
    )
    return session


def stepping(session: Session, name: str = "step", *steps: dict[str, Any], **more: Any) -> str:
    """Put a step scaling policy; return its ARN."""
    answer = session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName=name,
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "StepAdjustments": list(steps or (UP,)),
            **more,
        },
    )
    return str(answer["PolicyARN"])


def alarm(session: Session, action: str, threshold: float, **more: Any) -> Session:
    """Put an alarm on the CPU of ``web``, above a threshold unless something else is given."""
    usual = {
        "AlarmName": f"cpu-{threshold}",
        "AlarmActions": [action],
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": DIMENSIONS,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
    }
    session.client("cloudwatch").put_metric_alarm(**usual | more)
    return session


def steps(
    out: float | None, into: float | None = None, *, by: int = 1, bounds: tuple[int, int] = (2, 20)
) -> Session:
    """Return a session with a step policy above a threshold, and another below one."""
    session = scaled(*bounds)
    if out is not None:
        alarm(session, stepping(session, "up", {**UP, "ScalingAdjustment": by}), out)
    if into is not None:
        below = {"ComparisonOperator": "LessThanThreshold"}
        alarm(session, stepping(session, "down", DOWN), into, **below)
    return session


def with_alarm(*steps: dict[str, Any], threshold: float = 70, **more: Any) -> Session:
    session = scaled()
    return alarm(session, stepping(session, "step", *steps), threshold, **more)


def acting(
    schedule: str, *, name: str = "act", session: Session | None = None, **action: int
) -> Session:
    """Return a session with a scheduled action."""
    session = scaled() if session is None else session
    session.client("application-autoscaling").put_scheduled_action(
        **TARGET,
        ScheduledActionName=name,
        Schedule=schedule,
        ScalableTargetAction=action or {"MinCapacity": 3},
    )
    return session


def over(*, ended: bool) -> Session:
    """Return a session with an action whose only run is over, or is not yet."""
    session = acting("at(2026-03-02T09:10:00)")
    session.advance(3600 if ended else 60)
    return session


def two_actions(second: str) -> Session:
    session = acting("cron(0 9 ? * MON *)", MinCapacity=3)
    return acting(second, name="other", session=session, MinCapacity=4)


def predicting(mode: str, *, told: bool = True) -> Session:
    session = scaled()
    pair = {"PredefinedMetricType": "ECSServiceCPUUtilization"}
    answer = session.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName="predict",
        PolicyType="PredictiveScaling",
        PredictiveScalingPolicyConfiguration={
            "MetricSpecifications": [
                {"TargetValue": 60, "PredefinedMetricPairSpecification": pair}
            ],
            "Mode": mode,
        },
    )
    if told:
        session.set_load_history(answer["PolicyARN"], [(session.now, 100)])
    return session


def disabled(*, enabled: bool) -> Session:
    session = with_alarm()
    if not enabled:
        session.client("cloudwatch").disable_alarm_actions(AlarmNames=["cpu-70"])
    return session


def of_percentile(*, percentile: bool) -> Session:
    """Return a session from a dump with an alarm that the model does not evaluate (C48)."""
    document = with_alarm().to_ecs()
    (found,) = document["MetricAlarms"]
    if percentile:
        del found["Statistic"]
        found["ExtendedStatistic"] = "p90"
    return Session.from_ecs(document)


# Capacity providers


def provided(
    *,
    strategy: list[dict[str, Any]] | None = None,
    target: int = 100,
    managed: bool = True,
    group: dict[str, Any] | None = None,
    protects: bool = True,
    drains: bool = True,
    described: bool = True,
    cpu: int = 256,
    default: bool = False,
    idle_spares: bool = False,
    **parameters: Any,
) -> Session:
    """Return a session with the providers a and b, and a service on them."""
    session = Session(timing=pe.Timing(), options=pe.Options(idle_spares=idle_spares))
    ecs = session.client("ecs")
    for name in "ab":
        arn = group_with(session, f"group-{name}", **(group or {}) if name == "a" else {})
        settings: dict[str, Any] = {}
        if managed or name == "b":
            settings["managedScaling"] = {"status": "ENABLED", "targetCapacity": target}
            settings["managedTerminationProtection"] = "ENABLED" if protects else "DISABLED"
        settings["managedDraining"] = "ENABLED" if drains else "DISABLED"
        provider_of(session, name, arn, **settings)
    if not described:
        session._account.machine_templates.clear()
    usual = strategy or [{"capacityProvider": "a", "weight": 1}]
    ecs.create_cluster(
        capacityProviders=["a", "b"], defaultCapacityProviderStrategy=usual if default else []
    )
    container = {"name": "app", "image": "nginx", "cpu": cpu, "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    if not default:
        ecs.create_service(**service(capacityProviderStrategy=usual, **parameters))
    return session


def weights(*pairs: tuple[int, int]) -> list[dict[str, Any]]:
    """Return a strategy of a and b with weights and bases."""
    return [
        {"capacityProvider": name, "weight": weight, "base": base}
        for name, (weight, base) in zip("ab", pairs, strict=False)
    ]


def run_alone(times: int, count: int) -> Session:
    """Return a session in which calls of RunTask have used the cluster's default strategy."""
    session = provided(strategy=weights((1, 1), (1, 0)), default=True)
    for _ in range(times):
        session.client("ecs").run_task(taskDefinition="web", count=count)
    return session


def constrained(expression: str) -> Session:
    constraint = {"type": "memberOf", "expression": expression}
    return provided(placementConstraints=[constraint])


def in_subnets(*, known: bool) -> Session:
    session = provided()
    if known:
        session.client("ecs").register_subnet(
            subnetId="subnet-1", vpcId="vpc-1", availabilityZone="us-east-1b"
        )
    group_with(session, "group-c", AvailabilityZones=[], VPCZoneIdentifier="subnet-1")
    return session


def without_alarm_document(*, complete: bool) -> Session:
    """Return a session from a dump whose scaled service may lack its revision (C50)."""
    session = tracking(scaled())
    assert session.advance_until("steady")
    document = session.to_ecs()
    del document["placementState"]
    if not complete:
        document["taskDefinitions"] = []
    return Session.from_ecs(document)


CASES: dict[str, tuple[str, Make, Make]] = {
    # code: (path, a session where it is given, one beside it where it is not)
    "action-without-effect": (
        "scheduled action act",
        lambda: acting("rate(1 day)", MinCapacity=21),
        lambda: acting("rate(1 day)", MinCapacity=20),
    ),
    "actions-disabled": (
        "policy step, alarm cpu-70",
        lambda: disabled(enabled=False),
        lambda: disabled(enabled=True),
    ),
    "alarm-never-fires": (
        "policy step, alarm cpu-0",
        lambda: with_alarm(DOWN, threshold=0, ComparisonOperator="LessThanThreshold"),
        lambda: with_alarm(DOWN, threshold=0, ComparisonOperator="LessThanOrEqualToThreshold"),
    ),
    "alarm-without-points": (
        "policy step, alarm cpu-70",
        lambda: with_alarm(Dimensions=[DIMENSIONS[0], {"Name": "ServiceName", "Value": "gone"}]),
        with_alarm,
    ),
    "base-in-each-call": (
        "defaultCapacityProviderStrategy[0].base",
        lambda: run_alone(4, 1),
        lambda: run_alone(1, 4),
    ),
    "base-takes-all": (
        "capacityProviderStrategy[0].base",
        lambda: provided(strategy=weights((1, 1), (1, 0)), desiredCount=1),
        lambda: provided(strategy=weights((1, 1), (1, 0)), desiredCount=2),
    ),
    "bounds-equal": (
        "MaxCapacity",
        lambda: tracking(scaled(4, 4)),
        lambda: tracking(scaled(4, 5)),
    ),
    "constraint-never-met": (
        "placementConstraints",
        lambda: constrained("attribute:ecs.instance-type == c5.large"),
        lambda: constrained("attribute:ecs.instance-type == m5.large"),
    ),
    "forecast-only": (
        "policy predict",
        lambda: predicting("ForecastOnly"),
        lambda: predicting("ForecastAndScale"),
    ),
    "forecast-without-load": (
        "policy predict",
        lambda: predicting("ForecastAndScale", told=False),
        lambda: predicting("ForecastAndScale"),
    ),
    "incomplete-dump": (
        "",
        lambda: without_alarm_document(complete=False),
        lambda: without_alarm_document(complete=True),
    ),
    "no-step-applies": (
        "policy step",
        lambda: with_alarm(DOWN),
        lambda: with_alarm(UP, DOWN),
    ),
    "not-modelled": (
        "policy step, alarm cpu-70",
        lambda: of_percentile(percentile=True),
        lambda: of_percentile(percentile=False),
    ),
    "numeric-weekday": (
        "scheduled action act",
        lambda: acting("cron(0 9 ? * 2 *)"),
        lambda: acting("cron(0 9 ? * MON#2 *)"),
    ),
    "policies-fight": (
        "policy up",
        lambda: steps(70, 75),
        lambda: steps(70, 30),
    ),
    "policies-flap": (
        "policy up",
        # 2 tasks at 70 per cent are 3 at 46.7: 50 takes the third away again.
        lambda: steps(70, 50),
        lambda: steps(70, 46),
    ),
    "policy-without-alarm": (
        "policy up",
        lambda: (session := scaled(), stepping(session, "up"))[0],
        lambda: steps(70),
    ),
    "provider-cannot-grow": (
        "capacityProviderStrategy[0]",
        lambda: provided(group={"MaxSize": 0}),
        lambda: provided(group={"MaxSize": 1}),
    ),
    "provider-weight-zero": (
        "capacityProviderStrategy[1].weight",
        lambda: provided(strategy=weights((1, 0), (0, 0))),
        lambda: provided(strategy=weights((1, 0), (1, 0))),
    ),
    "requests-in-traffic-shift": (
        "policy track",
        lambda: tracking(scaled(**percents(100, 200, strategy="BLUE_GREEN")), 10, REQUESTS),
        lambda: tracking(scaled(), 10, REQUESTS),
    ),
    "scale-in-ends-tasks": (
        "autoScalingGroupProvider.managedDraining",
        lambda: provided(protects=False, drains=False),
        lambda: provided(protects=True, drains=False),
    ),
    "scaling-suspended": (
        "SuspendedState.DynamicScalingInSuspended",
        lambda: scaled(suspended=True),
        lambda: scaled(suspended=False),
    ),
    "schedule-never-runs": (
        "scheduled action act",
        lambda: over(ended=True),
        lambda: over(ended=False),
    ),
    "schedules-collide": (
        "scheduled action act",
        lambda: two_actions("cron(0 9 1-7 * ? *)"),
        lambda: two_actions("cron(1 9 1-7 * ? *)"),
    ),
    "spread-below-target": (
        "placementStrategy",
        lambda: provided(target=80, placementStrategy=[SPREAD, BINPACK]),
        lambda: provided(target=80, placementStrategy=[BINPACK, SPREAD]),
    ),
    "stays-at-zero": (
        "MinCapacity",
        lambda: tracking(scaled(0)),
        lambda: tracking(scaled(1)),
    ),
    "target-flaps": (
        "policy track",
        lambda: tracking(scaled(2, 9)),
        lambda: tracking(scaled(2, 10)),
    ),
    "task-fits-no-type": (
        "taskDefinition",
        lambda: provided(cpu=2049),
        lambda: provided(cpu=2048),
    ),
    "unregistered-subnet": (
        "VPCZoneIdentifier",
        lambda: in_subnets(known=False),
        lambda: in_subnets(known=True),
    ),
}


def test_every_code_has_a_case() -> None:
    assert CASES.keys() == SCALING_CODES.keys()


def paths(session: Session, code: str) -> list[str]:
    return [one.path for one in pe.lint_scaling(session) if one.code == code]


@pytest.mark.parametrize("code", SCALING_CODES)
def test_a_code_is_given_where_it_applies_and_not_beside(code: str) -> None:
    path, wrong, right = CASES[code]
    assert paths(wrong(), code)[:1] == [path]
    assert paths(right(), code) == []


def test_a_plain_scaled_service_and_plain_providers_have_no_warning() -> None:
    assert pe.lint_scaling(tracking(scaled())) == []
    assert pe.lint_scaling(steps(70, 30)) == []
    assert pe.lint_scaling(provided()) == []
    assert pe.lint_scaling(Session()) == []


def test_what_is_linted_stays_as_it_was() -> None:
    session = provided(target=80)
    before = session.to_ecs()
    pe.lint_scaling(session)
    assert session.to_ecs() == before


def test_a_warning_reads_as_a_sentence_with_its_subject_and_code() -> None:
    (found,) = pe.lint_scaling(tracking(scaled(4, 4)))
    assert found.subject == RESOURCE
    assert str(found) == (
        "service/default/web: MaxCapacity: MinCapacity and MaxCapacity are 4: no policy changes "
        "anything (helps: a larger MaxCapacity) [bounds-equal]"
    )


@pytest.mark.parametrize(
    ("size", "target", "fires"),
    [({"cpu": "128"}, 100, False), ({"cpu": "128"}, 99, True), ({}, 100, True)],
)
def test_use_above_100_needs_sizes_of_containers_alone(size: Any, target: int, fires: bool) -> None:
    """6.2: only where the size is at container level may utilization exceed 100."""
    session = tracking(scaled(definition=size), target)
    assert (paths(session, "alarm-never-fires") == []) is fires


def test_step_scale_in_is_not_vetoed_by_target_tracking() -> None:
    """S13.1.4: a step policy takes tasks away at values at which target tracking adds some."""
    session = tracking(scaled())
    below = {"ComparisonOperator": "LessThanThreshold"}
    alarm(session, stepping(session, "down", DOWN), 80, **below)
    (found,) = [one for one in pe.lint_scaling(session) if one.code == "policies-fight"]
    assert found.path == "policy track"
    assert "policy down" in found.message


def test_a_step_below_the_target_that_tracking_undoes() -> None:
    """5 tasks at 49 per cent are 4 at 61.25, above the target of 60."""
    session = tracking(scaled(2, 12))
    below = {"ComparisonOperator": "LessThanThreshold"}
    alarm(session, stepping(session, "down", DOWN), 50, **below)
    (found,) = [one for one in pe.lint_scaling(session) if one.code == "policies-flap"]
    assert "under a constant load" in found.message
    session = tracking(scaled(2, 12))
    alarm(session, stepping(session, "down", DOWN), 29, **below)
    assert paths(session, "policies-flap") == []


@pytest.mark.parametrize(
    ("out", "into", "by", "bounds"),
    [(70, 46, 1, (2, 9)), (70, 50, 1, (2, 9)), (80, 20, 3, (3, 8)), (60, 55, 2, (4, 12))],
)
def test_a_session_flaps_where_the_warning_says_so_and_nowhere_else(
    out: int, into: int, by: int, bounds: tuple[int, int]
) -> None:
    """Under constant loads the desired count of a session moves for ever, or settles."""
    session = steps(out, into, by=by, bounds=bounds)
    said = {one.code for one in pe.lint_scaling(session)} & {"policies-flap", "policies-fight"}
    counts = range(bounds[0], bounds[1] + 1)
    loads = [load for count in counts for load in (out * count + 1, into * count - 1)]
    assert bool(said) is any(moves(session, load) for load in loads)


def moves(session: Session, load: int) -> bool:
    """Return whether the desired count still moves after two hours of a load in task-percent."""
    session = session.copy()
    session.set_load("web", cpu=load)
    session.advance(7200)
    seen = set()
    for _ in range(45):
        session.advance(60)
        (found,) = session.client("ecs").describe_services(services=["web"])["services"]
        seen.add(found["desiredCount"])
    return len(seen) > 1


def test_target_tracking_alone_never_flaps_under_a_constant_load() -> None:
    for maximum in (3, 7, 40, 1000):
        assert paths(tracking(scaled(1, maximum)), "policies-flap") == []


def test_an_idle_provider_below_100_goes_to_and_fro() -> None:
    """D98, CR#900."""
    found = [one for one in pe.lint_scaling(provided(target=80)) if one.code == "target-flaps"]
    assert [one.subject for one in found] == ["capacity-provider/a", "capacity-provider/b"]
    assert "users have seen" in found[0].message
    found = pe.lint_scaling(provided(target=80, idle_spares=True))
    assert any("as Options(idle_spares=True) has it" in one.message for one in found)
    assert paths(provided(target=80, group={"MinSize": 1}), "target-flaps") == [
        "managedScaling.targetCapacity"  # that of b alone
    ]


def test_default_spread_counts_as_spread() -> None:
    assert paths(provided(target=80), "spread-below-target") == ["placementStrategy"]
    assert paths(provided(target=100), "spread-below-target") == []
    at_random = provided(target=80, placementStrategy=[{"type": "random"}])
    assert paths(at_random, "spread-below-target") == []


def test_a_provider_without_managed_scaling_or_without_a_type_gets_no_instance() -> None:
    (found,) = pe.lint_scaling(provided(managed=False, protects=False))
    assert (found.code, "no managed scaling" in found.message) == ("provider-cannot-grow", True)
    (found,) = pe.lint_scaling(provided(described=False))
    assert (found.code, "no instance type" in found.message) == ("provider-cannot-grow", True)


def test_a_base_as_large_as_the_maximum_takes_all() -> None:
    session = provided(strategy=weights((1, 5), (1, 0)), desiredCount=2)
    register = session.client("application-autoscaling").register_scalable_target
    register(**TARGET, MinCapacity=2, MaxCapacity=6)
    assert paths(session, "base-takes-all") == []
    register(**TARGET, MinCapacity=2, MaxCapacity=5)
    assert paths(session, "base-takes-all") == ["capacityProviderStrategy[0].base"]


def test_a_policy_on_demand_or_a_schedule_brings_tasks_back_from_zero() -> None:
    assert paths(tracking(scaled(0), 10, REQUESTS), "stays-at-zero") == []
    session = tracking(acting("rate(1 day)", session=scaled(0), MinCapacity=2))
    assert paths(session, "stays-at-zero") == []


@pytest.mark.parametrize("junk", [None, 3, "session", {}])
def test_only_sessions_are_linted(junk: Any) -> None:
    with pytest.raises(UsageError, match=r"session is a placement\.ecs\.Session, not"):
        pe.lint_scaling(junk)
