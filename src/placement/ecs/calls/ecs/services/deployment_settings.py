"""``deploymentConfiguration`` of a call: what it makes of the settings before, if it is valid.

In: the object as given, and the settings before.  Out: the settings after (D10), or
``InvalidParameterException`` in the texts of S2.4.  Which alarms there are, is asked of a function.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from placement.ecs.calls.ecs.checking import invalid
from placement.ecs.control.services.configuration import (
    DeploymentConfiguration,
    DeploymentStrategy,
)
from placement.ecs.control.services.configuration_documents import read_configuration
from placement.ecs.options import Options
from placement.errors import describe_value
from placement.services.breaker import ThresholdType
from placement.services.hooks import TIMEOUT_MINUTES, HookKind, HookProblem, wrong_hooks
from placement.services.traffic_steps import (
    OutOfRange,
    Strategy,
    wrong_bake,
    wrong_percent,
    wrong_step_bake,
)
from placement.timestamps import MINUTE

__all__ = ["check_percents", "deployment_settings"]

MAX_HOOKS_TEXT = "A service can have at most 10 lifecycle hooks of the type {}."

Document = Mapping[str, Any]


def deployment_settings(
    document: Document | None, current: DeploymentConfiguration, scheduling: str, options: Options
) -> DeploymentConfiguration:
    """Return the settings after a call; ``current`` if it gives none.

    Args:
        document: ``deploymentConfiguration`` of the call, its types right.
        current: The settings before; of a new service the defaults.
        scheduling: REPLICA or DAEMON.
        options: Whether percents that block deployments are taken (D6).

    Raises:
        DocumentError: a word is none of its enumeration.
        InvalidParameterException: a value is out of range, or does not go with another one.
    """
    if document is None:
        return current
    _check_words(document)
    settings = read_configuration(document, current)
    check_percents(settings, scheduling, options)
    _check_strategy(document, settings, scheduling)
    _check_early_success(settings)
    _check_hooks(settings)
    return settings


def _check_words(document: Document) -> None:
    """Refuse words and numbers for which the service has texts of its own."""
    strategy = document.get("strategy", DeploymentStrategy.ROLLING)
    if strategy not in tuple(DeploymentStrategy):
        known = ",".join(DeploymentStrategy)
        raise invalid(f"Deployment strategy should be one of [{known}]")
    for hook in document.get("lifecycleHooks", ()):
        if hook.get("targetType", "AWS_LAMBDA") not in [kind.value for kind in HookKind]:
            raise invalid("Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE")
    breaker = document.get("deploymentCircuitBreaker", {})
    threshold = breaker.get("thresholdConfiguration")
    if threshold is None:
        return
    if threshold["type"] not in [one.value for one in ThresholdType]:
        raise invalid("Invalid deployment circuit breaker threshold type.")
    is_percent = threshold["type"] != ThresholdType.COUNT.value
    if threshold["value"] < 1 or (is_percent and threshold["value"] > 100):
        raise invalid("Invalid deployment circuit breaker threshold value.")


def check_percents(settings: DeploymentConfiguration, scheduling: str, options: Options) -> None:
    """Refuse percents that are out of range, or with which no deployment could move (S2.1)."""
    most, least = settings.maximum_percent, settings.minimum_percent
    if scheduling == "DAEMON" and most > 100:
        raise invalid(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent "
            "on a deployment configuration. Change the maximumPercent value to 100, and try again"
        )
    if most < 100:
        raise invalid("maximumPercent must be at least 100")
    if least > 100:
        raise invalid("minimumHealthyPercent must be at most 100")
    if least < 0:
        raise invalid("minimumHealthyPercent must be at least 0")
    if most == least == 100 and not options.allow_blocking_percents:
        raise invalid(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments."
        )


def _check_strategy(document: Document, settings: DeploymentConfiguration, scheduling: str) -> None:
    """Refuse settings that are not of the strategy, or out of its ranges (S6.3)."""
    strategy = settings.strategy
    if settings.shifts_traffic and scheduling == "DAEMON":
        raise invalid(
            f"The daemon scheduling strategy does not support the deployment strategy {strategy}. "
            "Change the deployment strategy to ROLLING and try again"
        )
    for name, owner in (("linearConfiguration", "LINEAR"), ("canaryConfiguration", "CANARY")):
        if name in document and strategy != owner:
            raise invalid(f"{name} is only valid for the deployment strategy {owner}.")
    bake = wrong_bake(settings.bake_time // MINUTE)
    _refuse(bake, "bakeTimeInMinutes")
    if settings.linear is not None:
        _refuse(wrong_percent(Strategy.LINEAR, settings.linear.step_percent), "stepPercent")
        step_bake = settings.linear.step_bake // MINUTE
        _refuse(wrong_step_bake(Strategy.LINEAR, step_bake), "stepBakeTimeInMinutes")
    if settings.canary is not None:
        _refuse(wrong_percent(Strategy.CANARY, settings.canary.percent), "canaryPercent")
        canary_bake = settings.canary.bake // MINUTE
        _refuse(wrong_step_bake(Strategy.CANARY, canary_bake), "canaryBakeTimeInMinutes")


def _refuse(problem: OutOfRange | None, name: str) -> None:
    if problem is not None:
        allowed = problem.allowed
        steps = "" if allowed.step == 1 else f" in steps of {float(allowed.step)}"
        lowest, highest = _number(allowed.lowest), _number(allowed.highest)
        raise invalid(f"{name} must be from {lowest} to {highest}{steps}.")


def _number(value: Fraction) -> str:
    return str(int(value)) if value.denominator == 1 else str(float(value))


def _check_early_success(settings: DeploymentConfiguration) -> None:
    """Refuse early success of another strategy than ROLLING, or out of its bounds (S4.6)."""
    early = settings.early_success
    if early is None or not early.enable:
        return
    if settings.shifts_traffic:
        raise invalid("earlySuccessCriteria is only valid for the deployment strategy ROLLING.")
    if not settings.minimum_percent <= early.healthy_percent <= 100:
        raise invalid(
            "healthyPercent of earlySuccessCriteria must be from minimumHealthyPercent, "
            f"{settings.minimum_percent}, to 100."
        )


def _check_hooks(settings: DeploymentConfiguration) -> None:
    """Refuse hooks without a function or stages, and those that S6.4 does not allow."""
    for hook in settings.hooks:
        if hook.kind is HookKind.AWS_LAMBDA and not hook.target_arn:
            raise invalid("hookTargetArn is required for a lifecycle hook of the type AWS_LAMBDA.")
        if not hook.stages:
            raise invalid("lifecycleStages cannot be empty.")
    for problem in wrong_hooks(hook.for_core() for hook in settings.hooks):
        raise invalid(_hook_text(problem))


def _hook_text(problem: HookProblem) -> str:
    kind = problem.kind
    if problem.stage is not None:
        return (
            f"A lifecycle hook of the type {kind.value} cannot run at the stage "
            f"{problem.stage.value}."
        )
    if problem.timeout is not None:
        minutes = TIMEOUT_MINUTES[kind]
        return (
            f"timeoutInMinutes of a lifecycle hook of the type {kind.value} must be from "
            f"{minutes[0]} to {minutes[-1]}, not {describe_value(problem.timeout // MINUTE)}."
        )
    return MAX_HOOKS_TEXT.format(kind.value)
