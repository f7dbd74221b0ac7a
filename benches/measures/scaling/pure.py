"""One evaluation of an alarm, and one decision of target tracking, without a session."""

from __future__ import annotations

from fractions import Fraction

from harness.report import Line
from harness.scaling_plan import ScalingPlan
from measures.scaling.stage import cpu_ns
from measures.services.targets import Found, at_most
from placement.scaling.alarms import AlarmState, MissingData, evaluate
from placement.scaling.proposals import Direction
from placement.scaling.target_tracking import decide, low_alarm

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True

_EVALUATION, _DECISION = 5e-6, 10e-6
_LOADS = 97
"""Different values that are looked at in turn."""


def figures(plan: ScalingPlan) -> dict[str, float]:
    """Return the mean time of each, over calls with different arguments."""
    number = plan.run.evaluations
    values = [Fraction(300 + 7 * place, 11) for place in range(_LOADS + 17)]
    low = low_alarm(50)
    breaches = [low.breaches(one) for one in values]
    windows = [breaches[place : place + 17] for place in range(_LOADS)]
    rows = [tuple(values[place : place + 15]) for place in range(_LOADS)]
    raw = [values[place : place + 17] for place in range(_LOADS)]

    def evaluations() -> None:
        for turn in range(number):
            evaluate(windows[turn % _LOADS], 15, 15, MissingData.MISSING, AlarmState.OK)

    def from_values() -> None:
        for turn in range(number):
            low.evaluate(raw[turn % _LOADS], AlarmState.OK)

    def decisions(direction: Direction) -> None:
        for turn in range(number):
            decide(10, 10, rows[turn % _LOADS], 50, direction=direction)

    return {
        "alarm": cpu_ns(evaluations) / number,
        "alarm_values": cpu_ns(from_values) / number,
        "decide_out": cpu_ns(lambda: decisions(Direction.OUT)) / number,
        "decide_in": cpu_ns(lambda: decisions(Direction.IN)) / number,
    }


def lines(_: ScalingPlan, found: Found) -> list[Line]:
    """Return the times beside their targets."""
    return [
        at_most("an evaluation of an alarm, 15 of 15 points", found, "alarm", _EVALUATION),
        at_most("  the same from values of the metric", found, "alarm_values", 2 * _EVALUATION),
        at_most("a decision of target tracking, out", found, "decide_out", _DECISION),
        at_most("a decision of target tracking, in, of 15 points", found, "decide_in", _DECISION),
    ]
