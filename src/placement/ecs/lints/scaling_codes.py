"""A warning about scaling, and the codes that such warnings have.

In: nothing.  Out: ``ScalingLint`` and ``SCALING_CODES``.  Which warnings there are about an
account, the rules decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import attrs

from placement.errors import sanitize

if TYPE_CHECKING:
    from placement.ecs.control.account import Account

__all__ = ["PROVIDER_CODES", "SCALING_CODES", "ScalingLint", "ScalingLints", "ScalingRule"]

SCALING_CODES: dict[str, str] = {
    "action-without-effect": "the bounds of a scheduled action contradict the target's (S13.6)",
    "actions-disabled": "an alarm's actions are disabled, so that its policy never acts (S13.3)",
    "alarm-never-fires": "the metric cannot get beyond the alarm's threshold (S13.3)",
    "alarm-without-points": "the service that the alarm's metric is about is not there (S13.2)",
    "base-in-each-call": "each RunTask call fills the base again: loops never go beyond it (A56)",
    "base-takes-all": "the service never has more tasks than the base of one provider (S11.2)",
    "bounds-equal": "minimum and maximum are equal: no policy changes anything (S13.1)",
    "constraint-never-met": "no new instance of the group would meet the constraints (A60)",
    "forecast-only": "the predictive policy forecasts and scales nothing (S13.7)",
    "forecast-without-load": "nobody told the load that a predictive policy forecasts from (D93)",
    "incomplete-dump": "documents name what none describes: it is a guess, or left alone (C50)",
    "no-step-applies": "no step of the policy lies on the side on which its alarm fires (S13.5)",
    "not-modelled": "an alarm with a scaling action is kept and not evaluated (C48)",
    "numeric-weekday": "a number is a day of the week in cron: 1 is Sunday (A65)",
    "policies-fight": "one policy adds tasks at values at which another takes tasks away (S13.1.4)",
    "policies-flap": "two policies undo each other's change while the load is constant (S13.5)",
    "policy-without-alarm": "no alarm triggers the step scaling policy (S13.5)",
    "provider-cannot-grow": "a provider has no instance that takes tasks, and gets none (S11.3)",
    "provider-weight-zero": "a provider gets no tasks: the default weight is 0 (A54)",
    "requests-in-traffic-shift": "requests per target do not work with traffic shifts (6.2)",
    "scale-in-ends-tasks": "neither drained nor protected: a scale-in ends tasks (S11.6.1)",
    "scaling-suspended": "scaling of the target is suspended (D87)",
    "schedule-never-runs": "a scheduled action has no run left (S13.6)",
    "schedules-collide": "two scheduled actions set another bound at the same minute (S13.6)",
    "spread-below-target": "tasks are spread, and spare instances fill up with them (S11.4.5)",
    "stays-at-zero": "without tasks the metric has no points: nothing scales out again (S13.2)",
    "target-flaps": "rounding to whole tasks or instances goes back and forth (S13.4, D98)",
    "task-fits-no-type": "a task does not fit on the group's smallest type: it waits (S11.4)",
    "unregistered-subnet": "the zone of the subnet is a guess (C46)",
}
"""The codes, which stay the same from version to version, and what they mean."""

PROVIDER_CODES = frozenset(
    {
        *("base-in-each-call", "base-takes-all", "constraint-never-met", "provider-cannot-grow"),
        *("provider-weight-zero", "scale-in-ends-tasks", "spread-below-target"),
        *("task-fits-no-type", "unregistered-subnet"),
    }
)
"""Those that are about capacity providers alone, whosever strategy uses them."""


@attrs.frozen
class ScalingLint:
    """A warning about scaling.

    Attributes:
        code: One of ``SCALING_CODES``.
        subject: What it is about: ``service/CLUSTER/SERVICE``, ``cluster/NAME``,
            ``capacity-provider/NAME``, ``auto-scaling-group/NAME``, or an ARN or a name that
            documents have.
        path: Where in the subject, such as ``capacityProviderStrategy[0].weight``, or ``policy
            NAME``, ``alarm NAME``, ``scheduled action NAME``; empty for the whole.
        message: What is wrong, a sentence without full stop.
        advice: What helps; empty where only the operator can know.
    """

    code: str
    subject: str
    path: str
    message: str
    advice: str = ""

    def __str__(self) -> str:
        where = f"{self.subject}: {self.path}" if self.path else self.subject
        advice = f" (helps: {self.advice})" if self.advice else ""
        return sanitize(f"{where}: {self.message}{advice} [{self.code}]")


ScalingLints = Iterator[ScalingLint]

ScalingRule = Callable[["Account"], ScalingLints]
"""Returns the warnings of one kind about an account, which it only reads."""
