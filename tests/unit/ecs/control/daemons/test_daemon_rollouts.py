"""Deployments of managed daemons: failure, rollback, alarms, providers, deletion (S7.3, D55)."""

from __future__ import annotations

from typing import Any

import pytest

from daemon_session import SECONDS, DaemonSession
from placement.ecs import Behaviour


def failing(*revisions: int) -> Any:
    """Return a behaviour in which these revisions of ``agent`` do not start."""
    endings = tuple(f"daemon-task-definition/agent:{one}" for one in revisions)

    def of(task: dict[str, Any]) -> Behaviour | None:
        if task["taskDefinitionArn"].endswith(endings):
            return Behaviour(start_failure="no image")
        return None

    return of


def settle(world: DaemonSession, rounds: int = 60) -> None:
    """Let time pass; instances that are drained are replaced at once."""
    for _ in range(rounds):
        world.session.advance(5)
        world.replace()


def test_d55_the_circuit_breaker_rolls_back_to_the_last_successful_revision() -> None:
    world = DaemonSession(timing=SECONDS, behaviour=failing(2))
    daemon = world.create()
    world.session.advance(0)
    for _ in range(4):
        world.instance()
    world.session.advance(20)
    first = world.deployment(daemon)["targetDaemonRevision"]["arn"]
    world.register()
    deployment = world.update(daemon)
    settle(world)
    assert world.revisions() == ["1"] * 4
    described = world.deployment(daemon)
    assert described["daemonDeploymentArn"] == deployment
    assert described["status"] == "ROLLBACK_SUCCESSFUL"
    reason = "Daemon deployment rolled back because the circuit breaker threshold was exceeded."
    assert described["statusReason"] == described["rollback"]["reason"] == reason
    assert described["rollback"]["rollbackTargetDaemonRevisionArn"] == first
    assert described["circuitBreaker"] == {
        "failureCount": 3,
        "status": "TRIGGERED",
        "threshold": 3,
    }
    [current] = world.ecs.describe_daemon(daemonArn=daemon)["daemon"]["currentRevisions"]
    assert current["arn"] == first
    assert current["totalRunningCount"] == 4


def test_d55_without_an_earlier_revision_the_rollback_fails_and_nothing_starts() -> None:
    world = DaemonSession(timing=SECONDS, behaviour=failing(1))
    daemon = world.create()
    for _ in range(4):  # before the daemon: they are drained
        world.instance()
    settle(world)
    described = world.deployment(daemon)
    assert described["status"] == "ROLLBACK_FAILED"
    assert described["statusReason"].endswith("Rollback failed: no rollback candidate.")
    assert described["circuitBreaker"]["failureCount"] == 3
    assert world.revisions() == [None] * 4
    assert not world.drained()
    id = world.instance()
    world.app(1)
    world.session.advance(12)
    assert not world.daemons(id)
    assert not world.cluster.instances[id].awaited


def test_d55_instances_that_were_there_before_the_daemon_are_replaced() -> None:
    world = DaemonSession(timing=SECONDS)
    for _ in range(2):
        world.instance()
    daemon = world.create()
    world.session.advance(0)
    assert len(world.drained()) == 1
    assert world.revisions() == [None, None]
    settle(world)
    assert world.revisions() == ["1", "1"]
    assert world.deployment(daemon)["status"] == "SUCCESSFUL"


def alarm(world: DaemonSession, state: str) -> None:
    cloudwatch: Any = world.session.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        Namespace="app",
        MetricName="errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")


def watched(world: DaemonSession, *, enable: bool = True) -> tuple[str, str]:
    """Create a daemon, update it with the alarm and a long bake time; return both ARNs."""
    daemon = world.create()
    world.session.advance(0)
    for _ in range(2):
        world.instance()
    world.session.advance(20)
    world.register()
    settings = {"alarms": {"alarmNames": ["errors"], "enable": enable}, "bakeTimeInMinutes": 60}
    return daemon, world.update(daemon, deploymentConfiguration=settings)


def test_d55_an_alarm_rolls_a_deployment_back() -> None:
    world = DaemonSession(timing=SECONDS)
    alarm(world, "OK")
    daemon, _ = watched(world)
    settle(world, 10)
    assert world.revisions() == ["1", "2"]
    assert world.deployment(daemon)["alarms"]["status"] == "MONITORING"
    alarm(world, "ALARM")
    settle(world, 20)
    described = world.deployment(daemon)
    assert described["status"] == "ROLLBACK_SUCCESSFUL"
    assert world.revisions() == ["1", "1"]
    assert described["alarms"] == {
        "status": "TRIGGERED",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": ["errors"],
    }


@pytest.mark.parametrize(("state", "enable"), [("ALARM", True), ("OK", False)])
def test_d36_an_alarm_that_was_in_alarm_or_is_not_enabled_is_not_watched(
    state: str, enable: bool
) -> None:
    world = DaemonSession(timing=SECONDS)
    alarm(world, state)
    daemon, _ = watched(world, enable=enable)
    settle(world, 10)
    alarm(world, "ALARM")
    settle(world, 10)
    described = world.deployment(daemon)
    assert described["status"] == "IN_PROGRESS"
    assert described["alarms"]["status"] == "DISABLED"


def test_a_new_deployment_takes_the_place_of_the_one_under_way() -> None:
    world = DaemonSession(timing=SECONDS)
    daemon = world.create()
    world.session.advance(0)
    world.instance()
    world.session.advance(20)
    first = world.update(daemon)
    world.session.advance(1)
    second = world.update(daemon)
    found = world.ecs.describe_daemon_deployments(daemonDeploymentArns=[first, second])
    statuses = [one["status"] for one in found["daemonDeployments"]]
    assert statuses == ["STOP_REQUESTED", "PENDING"]
    settle(world, 10)
    found = world.ecs.list_daemon_deployments(daemonArn=daemon)["daemonDeployments"]
    assert [one["status"] for one in found] == ["SUCCESSFUL", "STOPPED", "SUCCESSFUL"]
    assert found[1]["statusReason"] == "The deployment was replaced by a new deployment."


def test_an_update_to_other_providers_replaces_the_instances_of_both() -> None:
    world = DaemonSession(timing=SECONDS)
    world.provider("other")
    daemon = world.create()
    world.session.advance(0)
    world.instance()
    world.instance("other")
    world.session.advance(20)
    assert world.revisions() == ["1", None]
    world.update(daemon, capacityProviderArns=["other"])
    for provider in ("managed", "other"):
        world.session.advance(20)
        assert len(world.drained()) == 1
        world.replace(provider)
    world.session.advance(20)
    assert [one.capacity_provider for one in world.instances] == ["managed", "other"]
    assert world.revisions() == [None, "1"]
    assert world.deployment(daemon)["status"] == "SUCCESSFUL"


def test_a_deleted_daemon_is_gone_when_its_instances_are() -> None:
    world = DaemonSession(timing=SECONDS)
    daemon = world.create()
    world.session.advance(0)
    world.instance()
    world.app(1, service="web")
    world.session.advance(60)
    answer = world.ecs.delete_daemon(daemonArn=daemon)
    assert answer["status"] == "DELETE_IN_PROGRESS"
    world.session.advance(60)
    assert world.drained()
    assert not world.session.advance_until("steady", limit=60)
    id = world.instance()
    world.session.advance(60)
    assert not world.daemons(id)
    assert world.replace()
    world.session.advance(60)
    assert world.ecs.list_daemons()["daemonSummariesList"] == []
    assert world.session.advance_until("steady", limit=60)


def test_a_task_definition_is_deleted_when_no_daemon_uses_it() -> None:
    world = DaemonSession(timing=SECONDS)
    daemon = world.create()
    world.session.advance(0)
    world.instance()
    world.session.advance(20)
    world.ecs.delete_daemon_task_definition(daemonTaskDefinition="agent:1")

    def status() -> str:
        answer = world.ecs.describe_daemon_task_definition(daemonTaskDefinition="agent:1")
        return str(answer["daemonTaskDefinition"]["status"])

    world.session.advance(60)
    assert status() == "DELETE_IN_PROGRESS", "the daemon goes on with it"
    world.register()
    world.update(daemon)
    settle(world, 10)
    assert status() == "DELETED"


def test_a_rollback_is_no_deployment_that_can_fail_d104() -> None:
    """The revision that comes back may fail as well: nothing counts, nothing bakes."""
    world = DaemonSession(timing=SECONDS, behaviour=failing(2))
    daemon = world.create(deploymentConfiguration={"bakeTimeInMinutes": 1})
    world.session.advance(0)
    world.instance()
    world.session.advance(20)
    world.register()
    world.update(daemon)
    settle(world, 20)
    assert world.deployment(daemon)["status"] == "ROLLBACK_SUCCESSFUL"
    ended = world.deployment(daemon)
    assert (ended["stoppedAt"] - ended["rollback"]["startedAt"]).total_seconds() < 60


def test_daemon_deployments_are_described_for_90_days_s3_2_3() -> None:
    """The newest one stays however old it is; a later deployment drops the others."""
    world = DaemonSession()
    world.register()
    daemon = world.create()
    world.session.advance(0)
    world.update(daemon)
    world.session.advance(0)

    def listed() -> list[str]:
        found = world.ecs.list_daemon_deployments(daemonArn=daemon)["daemonDeployments"]
        return [one["daemonDeploymentArn"] for one in found]

    newest, first = listed()
    world.session.advance(89 * 86_400)
    assert listed() == [newest, first]
    world.session.advance(2 * 86_400)
    assert listed() == [newest]
    answer = world.ecs.describe_daemon_deployments(daemonDeploymentArns=[newest, first])
    assert [one["daemonDeploymentArn"] for one in answer["daemonDeployments"]] == [newest]
    assert [one["reason"] for one in answer["failures"]] == ["MISSING"]
    document = world.session.to_ecs()
    assert [one["daemonDeploymentArn"] for one in document["daemonDeployments"]] == [newest]
    world.update(daemon)
    world.session.advance(0)
    [record] = world.session._account.daemons.by_number.values()
    assert [one.arn for one in record.deployments] == listed()
    assert len(listed()) == 1
