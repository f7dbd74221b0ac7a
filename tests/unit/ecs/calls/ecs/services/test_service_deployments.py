"""Calls about service deployments and revisions (S3.2)."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest

from against_botocore import Checked
from awaiting_hooks import HOOK_ID, pause_deployment
from placement.ecs import ClientError
from placement.ecs.control.services.records import Rollback, ServiceDeploymentRecord
from placement.ecs.control.services.statuses import ServiceDeploymentStatus, ServiceStatus
from placement.services.alarms import AlarmWatch
from placement.services.breaker import BreakerCount
from placement.services.traffic_deployment import Weights
from service_account import service_record

WEB: dict[str, Any] = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 10}


@pytest.fixture
def run(client: Checked) -> ServiceDeploymentRecord:
    """Return the service deployment of a new service."""
    breaker = {"enable": True, "rollback": True}
    client.create_service(**WEB, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    return service_record(client).service_deployments[0]


def described(client: Checked, run: ServiceDeploymentRecord) -> dict[str, Any]:
    answer = client.describe_service_deployments(serviceDeploymentArns=[run.arn])
    [found] = answer["serviceDeployments"]
    return dict(found)


def test_a_service_deployment_as_it_is_shown(client: Checked, run: ServiceDeploymentRecord) -> None:
    shown = described(client, run)
    assert (shown["status"], shown["sourceServiceRevisions"]) == ("PENDING", [])
    assert shown["targetServiceRevision"] == {
        "arn": run.target.revision.arn,
        "requestedTaskCount": 0,
        "runningTaskCount": 0,
        "pendingTaskCount": 0,
    }
    for name in ("startedAt", "finishedAt", "stoppedAt", "rollback", "alarms", "lifecycleStage"):
        assert name not in shown


def test_counts_are_a_snapshot_after_the_end(client: Checked, run: ServiceDeploymentRecord) -> None:
    """S3.2."""
    run.target.desired_shown, run.target.running_shown = 10, 7
    assert described(client, run)["targetServiceRevision"]["runningTaskCount"] == 7
    run.snapshot = {run.target.revision.arn: (10, 10, 0)}
    run.target.running_shown = 3
    assert described(client, run)["targetServiceRevision"]["runningTaskCount"] == 10


@pytest.mark.parametrize(
    ("enabled", "triggered", "status", "shown"),
    [
        (True, False, ServiceDeploymentStatus.IN_PROGRESS, "MONITORING"),
        (True, False, ServiceDeploymentStatus.SUCCESSFUL, "MONITORING_COMPLETE"),
        (True, True, ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS, "TRIGGERED"),
        (False, False, ServiceDeploymentStatus.IN_PROGRESS, "DISABLED"),
    ],
)
def test_the_circuit_breaker_as_it_is_shown(
    client: Checked,
    run: ServiceDeploymentRecord,
    enabled: bool,
    triggered: bool,
    status: ServiceDeploymentStatus,
    shown: str,
) -> None:
    """S5.1: the threshold of the latest desired count."""
    breaker = attrs.evolve(run.configuration.breaker, enable=enabled)
    run.configuration = attrs.evolve(run.configuration, breaker=breaker)
    run.breaker_count, run.is_breaker_triggered, run.status = BreakerCount(2), triggered, status
    found = described(client, run)["deploymentCircuitBreaker"]
    assert found == {"status": shown, "failureCount": 2, "threshold": 5}
    client.update_service(service="web", desiredCount=4)
    assert described(client, run)["deploymentCircuitBreaker"]["threshold"] == 3


def test_alarms_that_are_ignored_are_disabled_d36(client: Checked) -> None:
    session = client.client.session
    session.client("cloudwatch").put_metric_alarm(
        AlarmName="errors",
        Namespace="shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    client.create_service(**WEB, deploymentConfiguration={"alarms": alarms})
    run = service_record(client).service_deployments[0]
    assert described(client, run)["alarms"] == {
        "status": "MONITORING",
        "alarmNames": ["errors"],
        "triggeredAlarmNames": [],
    }
    run.triggered_alarms = ("errors",)
    assert described(client, run)["alarms"]["status"] == "TRIGGERED"
    run.triggered_alarms, run.alarms = (), AlarmWatch(("errors",), is_ignored=True)
    assert described(client, run)["alarms"]["status"] == "DISABLED"


def test_a_rollback_as_it_is_shown(client: Checked, run: ServiceDeploymentRecord) -> None:
    now = client.client._account.clock()
    run.rollback = Rollback("because", now, None)
    assert described(client, run)["rollback"] == {"reason": "because", "startedAt": now}


def test_the_traffic_shift_as_it_is_shown(client: Checked, run: ServiceDeploymentRecord) -> None:
    """S3.2, S6.1: stage, hooks, weights."""
    pause_deployment(client.client, "default", "web")
    assert run.traffic is not None
    run.traffic = attrs.evolve(run.traffic, weights=Weights(Fraction(1), Fraction(333, 1000)))
    shown = described(client, run)
    assert shown["lifecycleStage"] == "POST_SCALE_UP"
    [hook] = shown["lifecycleHookDetails"]
    assert hook.pop("expiresAt") == client.client._account.clock() + timedelta(minutes=1440)
    assert hook == {
        "hookId": HOOK_ID,
        "targetType": "PAUSE",
        "status": "AWAITING_ACTION",
        "timeoutAction": "ROLLBACK",
    }
    target = shown["targetServiceRevision"]
    assert target["requestedTestTrafficWeight"] == 100.0
    assert target["requestedProductionTrafficWeight"] == 33.3


def test_a_hook_is_continued_once(client: Checked, run: ServiceDeploymentRecord) -> None:
    """S3.2: ConflictException where it does not await an action."""
    asked = {"serviceDeploymentArn": run.arn, "hookId": HOOK_ID}
    with pytest.raises(ClientError, match="does not await an action"):
        client.continue_service_deployment(**asked)
    pause_deployment(client.client, "default", "web")
    with pytest.raises(ClientError, match="action should be one of"):
        client.continue_service_deployment(**asked, action="WAIT")
    answer = client.continue_service_deployment(**asked)
    assert answer["serviceDeploymentArn"] == run.arn
    assert described(client, run)["lifecycleHookDetails"][0]["status"] == "SUCCEEDED"
    with pytest.raises(ClientError) as refusal:
        client.continue_service_deployment(**asked)
    assert refusal.value.response["Error"]["Code"] == "ConflictException"


@pytest.mark.parametrize("status", ServiceDeploymentStatus)
def test_stopping_asks_for_a_rollback_d22(
    client: Checked, run: ServiceDeploymentRecord, status: ServiceDeploymentStatus
) -> None:
    """S3.2: accepted until the end, without effect on the way to it; ConflictException after."""
    run.status = status
    if status.has_ended:
        with pytest.raises(ClientError) as refusal:
            client.stop_service_deployment(serviceDeploymentArn=run.arn)
        assert refusal.value.response["Error"]["Code"] == "ConflictException"
        assert run.status is status
        return
    answer = client.stop_service_deployment(serviceDeploymentArn=run.arn, stopType="ROLLBACK")
    assert answer["serviceDeploymentArn"] == run.arn
    running = (ServiceDeploymentStatus.PENDING, ServiceDeploymentStatus.IN_PROGRESS)
    wanted = ServiceDeploymentStatus.ROLLBACK_REQUESTED if status in running else status
    assert run.status is wanted


def test_service_deployments_are_listed_newest_first(client: Checked) -> None:
    client.create_service(**WEB)
    for _ in range(24):
        client.update_service(service="web", forceNewDeployment=True)
    known = [run.arn for run in service_record(client).service_deployments]
    first = client.list_service_deployments(service="web")
    assert len(first["serviceDeployments"]) == 20
    rest = client.list_service_deployments(service="web", nextToken=first["nextToken"])
    listed = [*first["serviceDeployments"], *rest["serviceDeployments"]]
    assert [one["serviceDeploymentArn"] for one in listed] == known
    pending = client.list_service_deployments(service="web", status=["PENDING"])
    assert [one["serviceDeploymentArn"] for one in pending["serviceDeployments"]] == known[:1]


def test_service_deployments_are_listed_by_their_creation(client: Checked) -> None:
    """Both ends are included; a moment may be a datetime, a number or a text."""
    created = client.create_service(**WEB)["service"]["createdAt"]
    second = timedelta(seconds=1)

    def count(**period: Any) -> int:
        answer = client.list_service_deployments(service="web", createdAt=period)
        return len(answer["serviceDeployments"])

    assert count(after=created, before=created) == 1
    assert count(after=created + second) == 0
    assert count(before=created - second) == 0
    assert count(after=created.timestamp()) == 1
    assert count(after=created.isoformat(), before=(created + second).replace(tzinfo=None)) == 1


def test_what_is_not_there_is_missing(client: Checked, run: ServiceDeploymentRecord) -> None:
    wrong = [run.arn[:-1] + "!", run.arn.replace("/web/", "/none/"), "none"]
    answer = client.describe_service_deployments(serviceDeploymentArns=[run.arn, *wrong, *wrong])
    assert len(answer["serviceDeployments"]) == 1
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"} for arn in wrong]
    arn = run.target.revision.arn
    revisions = client.describe_service_revisions(serviceRevisionArns=[arn, "none"])
    assert [one["serviceRevisionArn"] for one in revisions["serviceRevisions"]] == [arn]
    assert revisions["failures"] == [{"arn": "none", "reason": "MISSING"}]


def test_the_history_of_an_inactive_service_is_refused(
    client: Checked, run: ServiceDeploymentRecord
) -> None:
    """S3.2."""
    service_record(client).status = ServiceStatus.INACTIVE
    for call, name, arn in (
        (client.describe_service_deployments, "serviceDeploymentArns", run.arn),
        (client.describe_service_revisions, "serviceRevisionArns", run.target.revision.arn),
    ):
        with pytest.raises(ClientError) as refusal:
            call(**{name: [arn]})
        assert refusal.value.response["Error"]["Code"] == "ServiceNotFoundException"


def test_revisions_are_of_one_service(client: Checked, run: ServiceDeploymentRecord) -> None:
    """S3.2."""
    client.create_service(**{**WEB, "serviceName": "other"})
    other = service_record(client, "other").revisions[0].arn
    with pytest.raises(ClientError, match="revisions of one service"):
        client.describe_service_revisions(serviceRevisionArns=[run.target.revision.arn, other])
