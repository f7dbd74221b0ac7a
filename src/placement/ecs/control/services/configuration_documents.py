"""Deployment settings read from and written to the API's documents (S2.1, D10).

In: ``deploymentConfiguration`` as the API has it.  Out: ``DeploymentConfiguration``, and documents
again.  Types are checked, so that dumps can be read; whether numbers are in range and go together
is checked by the calls, which know the service's texts (S2.4).  Must not know calls and records.
"""

from __future__ import annotations

import enum
from fractions import Fraction
from typing import Any, TypeVar

import attrs

from placement.documents.fields import mapping, sequence
from placement.ecs.control.services.configuration import (
    CanarySettings,
    CircuitBreaker,
    DeploymentAlarms,
    DeploymentConfiguration,
    DeploymentStrategy,
    EarlySuccess,
    LifecycleHook,
    LinearSettings,
    RevisionCleanup,
)
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_count, checked_flag, checked_text
from placement.services.breaker import ThresholdType
from placement.services.hooks import HookAction, HookKind
from placement.services.traffic_stages import Stage
from placement.services.traffic_steps import exact
from placement.timestamps import MINUTE

__all__ = ["read_configuration", "write_configuration"]

PATH = "deploymentConfiguration"


# Reading

Value = TypeVar("Value", bound=enum.Enum)


def read_configuration(
    document: Any, current: DeploymentConfiguration, path: str = PATH
) -> DeploymentConfiguration:
    """Return the settings that a document leaves when it is applied to ``current`` (D10).

    Members that are given replace; those of the circuit breaker one by one, everything else whole.
    ``linear`` and ``canary`` are there exactly if the strategy is theirs.

    Raises:
        DocumentError: a member has the wrong type, or a word that the API does not have.
    """
    given = {name: value for name, value in mapping(document, path).items() if value is not None}
    changes: dict[str, Any] = {}
    for name, value in given.items():
        here = f"{path}.{name}"
        match name:
            case "strategy":
                changes["strategy"] = _word(value, DeploymentStrategy, here)
            case "minimumHealthyPercent":
                changes["minimum_percent"] = _whole(value, here)
            case "maximumPercent":
                changes["maximum_percent"] = _whole(value, here)
            case "bakeTimeInMinutes":
                changes["bake_time"] = _whole(value, here) * MINUTE
            case "deploymentCircuitBreaker":
                changes["breaker"] = _breaker(value, current.breaker, here)
            case "alarms":
                changes["alarms"] = _alarms(value, here)
            case "earlySuccessCriteria":
                changes["early_success"] = _early_success(value, here)
            case "lifecycleHooks":
                hooks = enumerate(sequence(value, here))
                changes["hooks"] = tuple(_hook(one, f"{here}[{number}]") for number, one in hooks)
            case "linearConfiguration":
                changes["linear"] = _linear(value, here)
            case "canaryConfiguration":
                changes["canary"] = _canary(value, here)
            case _:
                changes["extra"] = {**changes.get("extra", current.extra), name: value}
    return _with_strategy(attrs.evolve(current, **changes))


def _with_strategy(settings: DeploymentConfiguration) -> DeploymentConfiguration:
    """Return settings with the defaults of their strategy, and without those of another one."""
    is_linear = settings.strategy is DeploymentStrategy.LINEAR
    is_canary = settings.strategy is DeploymentStrategy.CANARY
    return attrs.evolve(
        settings,
        linear=(settings.linear or LinearSettings()) if is_linear else None,
        canary=(settings.canary or CanarySettings()) if is_canary else None,
    )


def _breaker(value: Any, current: CircuitBreaker, path: str) -> CircuitBreaker:
    given = mapping(value, path)
    changes: dict[str, Any] = {}
    for name, field in (
        ("enable", "enable"),
        ("rollback", "rollback"),
        ("resetOnHealthyTask", "reset_on_healthy_task"),
    ):
        if given.get(name) is not None:
            changes[field] = checked_flag(given[name], f"{path}.{name}")
    if given.get("thresholdConfiguration") is not None:
        here = f"{path}.thresholdConfiguration"
        threshold = mapping(given["thresholdConfiguration"], here)
        changes["threshold_type"] = _word(threshold.get("type"), ThresholdType, f"{here}.type")
        changes["threshold_value"] = _whole(threshold.get("value"), f"{here}.value")
    return attrs.evolve(current, **changes)


def _alarms(value: Any, path: str) -> DeploymentAlarms:
    given = mapping(value, path)
    names = enumerate(sequence(given.get("alarmNames", ()), f"{path}.alarmNames"))
    return DeploymentAlarms(
        tuple(checked_text(one, f"{path}.alarmNames[{number}]") for number, one in names),
        checked_flag(given.get("enable", False), f"{path}.enable"),
        checked_flag(given.get("rollback", False), f"{path}.rollback"),
    )


def _early_success(value: Any, path: str) -> EarlySuccess:
    given = mapping(value, path)
    usual = EarlySuccess()
    percent = given.get("healthyPercent", usual.healthy_percent)
    cleanup = given.get("sourceServiceRevisionCleanup", usual.cleanup)
    return EarlySuccess(
        checked_flag(given.get("enable", False), f"{path}.enable"),
        _whole(percent, f"{path}.healthyPercent"),
        _word(cleanup, RevisionCleanup, f"{path}.sourceServiceRevisionCleanup"),
    )


def _hook(value: Any, path: str) -> LifecycleHook:
    given = mapping(value, path)
    stages = enumerate(sequence(given.get("lifecycleStages", ()), f"{path}.lifecycleStages"))
    limit = f"{path}.timeoutConfiguration"
    timeout = mapping(given.get("timeoutConfiguration") or {}, limit)
    minutes, action = timeout.get("timeoutInMinutes"), timeout.get("action")
    return LifecycleHook(
        _word(given.get("targetType", "AWS_LAMBDA"), HookKind, f"{path}.targetType"),
        _text(given.get("hookTargetArn"), f"{path}.hookTargetArn"),
        _text(given.get("roleArn"), f"{path}.roleArn"),
        tuple(_word(one, Stage, f"{path}.lifecycleStages[{number}]") for number, one in stages),
        given.get("hookDetails"),
        None if minutes is None else _whole(minutes, f"{limit}.timeoutInMinutes") * MINUTE,
        None if action is None else _word(action, HookAction, f"{limit}.action"),
    )


def _linear(value: Any, path: str) -> LinearSettings:
    given = mapping(value, path)
    usual = LinearSettings()
    bake = given.get("stepBakeTimeInMinutes", usual.step_bake // MINUTE)
    return LinearSettings(
        _percent(given.get("stepPercent", usual.step_percent), f"{path}.stepPercent"),
        _whole(bake, f"{path}.stepBakeTimeInMinutes") * MINUTE,
    )


def _canary(value: Any, path: str) -> CanarySettings:
    given = mapping(value, path)
    usual = CanarySettings()
    bake = given.get("canaryBakeTimeInMinutes", usual.bake // MINUTE)
    return CanarySettings(
        _percent(given.get("canaryPercent", usual.percent), f"{path}.canaryPercent"),
        _whole(bake, f"{path}.canaryBakeTimeInMinutes") * MINUTE,
    )


def _word(value: Any, kind: type[Value], path: str) -> Value:
    """Return a word of an enumeration."""
    for word in kind:
        if value == word.value:
            return word
    known = ", ".join(word.value for word in kind)
    raise DocumentError(f"expected one of {known}, not {describe_value(value)}", path)


def _whole(value: Any, path: str) -> int:
    """Return a whole number of 32 bits; it may be negative, since the calls check its range."""
    if isinstance(value, int) and not isinstance(value, bool) and -(1 << 31) <= value < 0:
        return int(value)
    return checked_count(value, path)


def _text(value: Any, path: str) -> str | None:
    return None if value is None else checked_text(value, path, empty=True)


def _percent(value: Any, path: str) -> Fraction:
    """Return a share in per cent exactly as it is written: 33.3 is 333/10, not its binary value."""
    if isinstance(value, Fraction):
        return value
    try:
        return exact(value)
    except UsageError as error:
        raise DocumentError(str(error), path) from None


# Writing


def write_configuration(settings: DeploymentConfiguration) -> dict[str, Any]:
    """Return settings as the API shows them; ``read_configuration`` reads them back."""
    breaker = settings.breaker
    document: dict[str, Any] = {
        **settings.extra,
        "deploymentCircuitBreaker": {
            "enable": breaker.enable,
            "rollback": breaker.rollback,
            "resetOnHealthyTask": breaker.reset_on_healthy_task,
            "thresholdConfiguration": {
                "type": breaker.threshold_type.value,
                "value": breaker.threshold_value,
            },
        },
        "maximumPercent": settings.maximum_percent,
        "minimumHealthyPercent": settings.minimum_percent,
        "strategy": str(settings.strategy),
        "bakeTimeInMinutes": settings.bake_time // MINUTE,
    }
    if settings.alarms is not None:
        document["alarms"] = {
            "alarmNames": list(settings.alarms.names),
            "rollback": settings.alarms.rollback,
            "enable": settings.alarms.enable,
        }
    if settings.early_success is not None:
        document["earlySuccessCriteria"] = {
            "enable": settings.early_success.enable,
            "healthyPercent": settings.early_success.healthy_percent,
            "sourceServiceRevisionCleanup": str(settings.early_success.cleanup),
        }
    if settings.hooks:
        document["lifecycleHooks"] = [_hook_document(one) for one in settings.hooks]
    if settings.linear is not None:
        document["linearConfiguration"] = {
            "stepPercent": float(settings.linear.step_percent),
            "stepBakeTimeInMinutes": settings.linear.step_bake // MINUTE,
        }
    if settings.canary is not None:
        document["canaryConfiguration"] = {
            "canaryPercent": float(settings.canary.percent),
            "canaryBakeTimeInMinutes": settings.canary.bake // MINUTE,
        }
    return document


def _hook_document(hook: LifecycleHook) -> dict[str, Any]:
    document: dict[str, Any] = {"targetType": hook.kind.value}
    if hook.target_arn is not None:
        document["hookTargetArn"] = hook.target_arn
    if hook.role_arn is not None:
        document["roleArn"] = hook.role_arn
    document["lifecycleStages"] = [stage.value for stage in hook.stages]
    if hook.details is not None:
        document["hookDetails"] = hook.details
    timeout: dict[str, Any] = {}
    if hook.timeout is not None:
        timeout["timeoutInMinutes"] = hook.timeout // MINUTE
    if hook.timeout_action is not None:
        timeout["action"] = hook.timeout_action.value
    if timeout:
        document["timeoutConfiguration"] = timeout
    return document
