"""A service of a session that is scaled, under a load that the test gives.

Seconds count from the moment at which scaling begins, a full hour; then the tasks of the service
run.  A task that starts is RUNNING 60 seconds after the decision, one that stops is gone at once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from placement.ecs import Options, Session, Timing

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
RESOURCE = "service/default/web"
TARGET: dict[str, Any] = {
    "ServiceNamespace": "ecs",
    "ResourceId": RESOURCE,
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}
FINE = {
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "ECSServiceAverageCPUUtilizationHighResolution"
    }
}
MONITORED = {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
START = Timing(pull=58, start=2, healthy_after=0, stop=0)
SIZES = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 1_000_000},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 1_000_000},
]


def new_session(
    tasks: int,
    *,
    monitored: bool = False,
    behaviour: Any = None,
    deploying_until: int | None = None,
    **options: Any,
) -> Session:
    """Return a session at noon with a steady service ``web``.

    With ``deploying_until`` a deployment is in progress until that second, whose tasks have all
    been replaced by noon.
    """
    if deploying_until is not None:
        options["settle"] = deploying_until + 60
    session = Session(
        start=NOON - timedelta(hours=1),
        timing=START,
        behaviour=behaviour,
        options=Options(**options),
    )
    client = session.client("ecs")
    client.create_cluster()
    client.register_container_instance(totalResources=SIZES)
    client.register_task_definition(
        family="web", containerDefinitions=[{"name": "c", "image": "i", "cpu": 1, "memory": 4}]
    )
    further = {"monitoring": MONITORED} if monitored else {}
    client.create_service(
        serviceName="web",
        taskDefinition="web",
        desiredCount=tasks,
        deploymentConfiguration={"maximumPercent": 200, "minimumHealthyPercent": 100},
        **further,
    )
    session.advance((NOON - session.now).total_seconds() - 120)
    assert session.advance_until("steady", limit=0)
    if deploying_until is not None:
        client.update_service(service="web", forceNewDeployment=True)
    session.advance(120)
    return session


@attrs.define
class Scaled:
    """A scaled service.

    Attributes:
        session: Its session.
        scaling: The client ``application-autoscaling``.
        changes: Second, desired count before and after.
    """

    session: Session
    scaling: Any
    changes: list[tuple[int, int, int]] = attrs.Factory(list)

    @classmethod
    def of(
        cls,
        tasks: int,
        *,
        load: Callable[[float], float] | float | None = None,
        minimum: int = 0,
        maximum: int = 1000,
        **session: Any,
    ) -> Scaled:
        """Return a registered service; ``load`` is CPU in task-percent by the second."""
        made = new_session(tasks, **session)
        if callable(load):
            given = load
            made.set_load("web", cpu=lambda since: given(since - 3600))
        elif load is not None:
            made.set_load("web", cpu=load)
        scaling = made.client("application-autoscaling")
        scaling.register_scalable_target(**TARGET, MinCapacity=minimum, MaxCapacity=maximum)
        return cls(made, scaling)

    def track(self, target: float, metric: dict[str, Any] = CPU, **further: Any) -> dict[str, Any]:
        """Put the policy ``track``; return the answer."""
        document = {"TargetValue": target, **metric, **further}
        answer: dict[str, Any] = self.scaling.put_scaling_policy(
            **TARGET,
            PolicyName="track",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=document,
        )
        return answer

    @property
    def second(self) -> int:
        """The second."""
        return int((self.session.now - NOON).total_seconds())

    @property
    def service(self) -> dict[str, Any]:
        """The service as described."""
        client = self.session.client("ecs")
        (found,) = client.describe_services(services=["web"])["services"]
        described: dict[str, Any] = found
        return described

    @property
    def desired(self) -> int:
        """The desired count."""
        return int(self.service["desiredCount"])

    def play(self, until: int, each: Callable[[], None] = lambda: None) -> None:
        """Move to a second, and write down every change of the desired count."""
        before = self.desired

        def look(_: Session) -> bool:
            nonlocal before
            now = self.desired
            if now != before:
                self.changes.append((self.second, before, now))
                before = now
            each()
            return False

        self.session.advance_until(look, limit=until - self.second)
        self.session.advance(until - self.second)

    def activities(self, *, not_scaled: bool = False) -> list[dict[str, Any]]:
        """Return the activities, oldest first."""
        answer = self.scaling.describe_scaling_activities(
            ServiceNamespace="ecs", ResourceId=RESOURCE, IncludeNotScaledActivities=not_scaled
        )
        found: list[dict[str, Any]] = answer["ScalingActivities"]
        return found[::-1]

    def reasons(self) -> list[str]:
        """Return the codes of what was not scaled, oldest first."""
        return [
            reason["Code"]
            for one in self.activities(not_scaled=True)
            for reason in one.get("NotScaledReasons", ())
        ]
