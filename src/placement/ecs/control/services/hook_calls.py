"""Functions of lifecycle hooks are called like Lambda handlers, and their answers read (S6.4, C44).

In: an account, a service deployment, what a stage asks for.  Out: a ``HookAnswer``; a function that
raises goes through to the caller.  What an answer leads to is decided in
``placement.services.hooks``.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

from placement.ecs.control.account import Account
from placement.ecs.control.services.records import ServiceDeploymentRecord, ServiceRecord
from placement.ecs.timing import duration
from placement.errors import UsageError
from placement.services.hooks import CALL_BACK_DELAY, HookAnswer, HookStatus
from placement.services.traffic_actions import CallHook

__all__ = ["HOOK_ID", "call_hook", "new_hook_id", "percent"]

HOOK_ID = "ecs-pause-"
HOOK_ID_LENGTH = 43
"""A hook that awaits an action has an id: this, and so many URL-safe characters (S2.5)."""

NO_FUNCTION = "no function is registered for it: it answers SUCCEEDED"

_ANSWERS = {
    status.value: status
    for status in (HookStatus.SUCCEEDED, HookStatus.FAILED, HookStatus.IN_PROGRESS)
}


def new_hook_id(account: Account) -> str:
    """Return the id of a pause, which ContinueServiceDeployment takes."""
    return HOOK_ID + account.new_url_safe(HOOK_ID_LENGTH)


def call_hook(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord, action: CallHook
) -> HookAnswer:
    """Call the function of a hook; an ARN without a function answers SUCCEEDED (C44)."""
    arn = action.invocation.hook.target or ""
    function = account.registered_functions.get(arn)
    if function is None:
        account.time.record(run.arn, f"hook {arn}", NO_FUNCTION)
        return HookAnswer(HookStatus.SUCCEEDED)
    account.time.record(run.arn, f"hook {arn}", f"called at {action.invocation.stage.value}")
    return _read(account.ask(function, _event(account, service, run, action), None))


def _event(
    account: Account, service: ServiceRecord, run: ServiceDeploymentRecord, action: CallHook
) -> dict[str, Any]:
    """Return what the function is given (S6.4); it shares nothing with the model."""
    return {
        "executionId": account.new_uuid(),
        "lifecycleStage": action.invocation.stage.value,
        "resourceArn": run.arn,
        "executionDetails": {
            "serviceArn": service.arn,
            "targetServiceRevisionArn": run.target.revision.arn,
            "testTrafficWeights": _shares(service, run, action.test),
            "productionTrafficWeights": _shares(service, run, action.production),
        },
        "hookDetails": copy.deepcopy(action.invocation.details),
    }


def _shares(
    service: ServiceRecord, run: ServiceDeploymentRecord, share: Fraction | None
) -> dict[str, int | float]:
    """Return shares of traffic in per cent by revision ARN; empty where the stage gives none."""
    if share is None:
        return {}
    found = {run.target.revision.arn: percent(share)}
    blue = None if run.traffic is None else run.traffic.blue
    for one in service.deployments:
        if one.number == blue:
            found[one.revision.arn] = percent(1 - share)
    return found


def percent(share: Fraction) -> int | float:
    """Return a share in per cent: a whole number where it is one."""
    value = 100 * share
    return value.numerator if value.denominator == 1 else float(value)


def _read(answer: Any) -> HookAnswer:
    """Return what a function answered; what cannot be read has no status, and fails."""
    if not isinstance(answer, dict):
        return HookAnswer(None)
    word, delay = answer.get("hookStatus"), answer.get("callBackDelay")
    status = _ANSWERS.get(word) if isinstance(word, str) else None
    wait = CALL_BACK_DELAY
    if status is HookStatus.IN_PROGRESS and delay is not None:
        try:
            wait = duration(delay, "callBackDelay")
        except UsageError:
            status = None
    return HookAnswer(status, wait, copy.deepcopy(answer.get("hookDetails")))
