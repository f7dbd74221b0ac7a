"""Deployment settings of a service as frozen values.

In: nothing.  Out: ``DeploymentConfiguration`` and its parts, also as ``placement.services`` takes
them.  ``configuration_documents`` reads and writes them.  Must not know calls and records.

A duration is a whole number of microseconds, a share of traffic an exact fraction (D48).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import attrs

from placement.ecs.options import Options
from placement.services.breaker import Breaker, ThresholdType
from placement.services.hooks import DEFAULT_TIMEOUT, Hook, HookAction, HookKind
from placement.services.traffic_stages import Stage
from placement.timestamps import MINUTE

__all__ = [
    "CanarySettings",
    "CircuitBreaker",
    "DeploymentAlarms",
    "DeploymentConfiguration",
    "DeploymentStrategy",
    "EarlySuccess",
    "LifecycleHook",
    "LinearSettings",
    "RevisionCleanup",
    "default_configuration",
]


class DeploymentStrategy(enum.StrEnum):
    """How a deployment brings in its revision."""

    ROLLING = "ROLLING"
    BLUE_GREEN = "BLUE_GREEN"
    LINEAR = "LINEAR"
    CANARY = "CANARY"


class RevisionCleanup(enum.StrEnum):
    """When the sources of an early success are removed: before COMPLETED or after it (S4.6)."""

    BLOCKING = "BLOCKING"
    DEFERRED = "DEFERRED"


@attrs.frozen
class CircuitBreaker:
    """The circuit breaker (S5.1).

    Attributes:
        enable: Whether it watches deployments.
        rollback: Whether it rolls back when it fires.
        reset_on_healthy_task: Whether a healthy task sets its count to 0.
        threshold_type: What ``threshold_value`` means.
        threshold_value: A number of tasks, or per cent of the desired count.
    """

    enable: bool = False
    rollback: bool = False
    reset_on_healthy_task: bool = True
    threshold_type: ThresholdType = ThresholdType.BOUNDED_PERCENT
    threshold_value: int = 50

    def for_core(self, options: Options) -> Breaker:
        """Return the breaker as ``placement.services`` has it.

        Raises:
            UsageError: the value of the threshold is out of its bounds; the calls refuse that.
        """
        return Breaker(
            self.enable,
            self.threshold_type,
            self.threshold_value,
            self.reset_on_healthy_task,
            options.count_early_exits,
            options.strict_stages,
        )


@attrs.frozen
class DeploymentAlarms:
    """The alarms that make a deployment fail (S5.2).

    Attributes:
        names: Their names.
        enable: Whether they are watched.
        rollback: Whether one rolls back.
    """

    names: tuple[str, ...] = ()
    enable: bool = False
    rollback: bool = False


@attrs.frozen
class EarlySuccess:
    """``earlySuccessCriteria`` (S4.6).

    Attributes:
        enable: Whether it applies.
        healthy_percent: Per cent of the desired count that must be healthy.
        cleanup: When the sources are removed.
    """

    enable: bool = False
    healthy_percent: int = 100
    cleanup: RevisionCleanup = RevisionCleanup.BLOCKING


@attrs.frozen
class LifecycleHook:
    """A hook at stages of a deployment (S6.4).

    Attributes:
        kind: A function, or a pause (``targetType``).
        target_arn: The function; None for PAUSE.
        role_arn: The role, only stored.
        stages: The stages at which it runs, as given.
        details: What the function gets as ``hookDetails``; None: nothing.
        timeout: How long an invocation may take; None: not given.
        timeout_action: What happens then; None: not given.
    """

    kind: HookKind = HookKind.AWS_LAMBDA
    target_arn: str | None = None
    role_arn: str | None = None
    stages: tuple[Stage, ...] = ()
    details: Any = attrs.field(default=None, eq=repr)
    timeout: int | None = None
    timeout_action: HookAction | None = None

    def for_core(self) -> Hook:
        """Return the hook as ``placement.services`` has it."""
        return Hook(
            self.kind,
            self.stages,
            self.target_arn,
            DEFAULT_TIMEOUT if self.timeout is None else self.timeout,
            self.timeout_action or HookAction.ROLLBACK,
            self.details,
        )


@attrs.frozen
class LinearSettings:
    """``linearConfiguration``: the share moved by each step, in per cent, and the wait after it."""

    step_percent: Fraction = Fraction(10)
    step_bake: int = 6 * MINUTE


@attrs.frozen
class CanarySettings:
    """``canaryConfiguration``: the share of the first step, in per cent, and the wait after it."""

    percent: Fraction = Fraction(5)
    bake: int = 10 * MINUTE


@attrs.frozen
class DeploymentConfiguration:
    """``deploymentConfiguration`` of a service; a deployment keeps the one it began with (D11).

    Attributes:
        strategy: How the revision is brought in.
        minimum_percent: ``minimumHealthyPercent``.
        maximum_percent: ``maximumPercent``.
        bake_time: How long a deployment is watched after its tasks are healthy (D45: 0 if missing).
        breaker: The circuit breaker.
        alarms: The alarms; None: none were given.
        early_success: None: it was not given.
        hooks: The lifecycle hooks.
        linear: For LINEAR only.
        canary: For CANARY only.
        extra: Further fields of a loaded document, as the API names them.
    """

    strategy: DeploymentStrategy = DeploymentStrategy.ROLLING
    minimum_percent: int = 100
    maximum_percent: int = 200
    bake_time: int = 0
    breaker: CircuitBreaker = CircuitBreaker()
    alarms: DeploymentAlarms | None = None
    early_success: EarlySuccess | None = None
    hooks: tuple[LifecycleHook, ...] = ()
    linear: LinearSettings | None = None
    canary: CanarySettings | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict, eq=repr)

    @property
    def shifts_traffic(self) -> bool:
        """Whether the revision is brought in by shifting traffic (S6)."""
        return self.strategy is not DeploymentStrategy.ROLLING


def default_configuration(scheduling: str) -> DeploymentConfiguration:
    """Return what holds where nothing is given (S2.1); ``scheduling`` is REPLICA or DAEMON."""
    if scheduling == "DAEMON":
        return DeploymentConfiguration(minimum_percent=0, maximum_percent=100)
    return DeploymentConfiguration()
