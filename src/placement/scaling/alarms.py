"""Alarms: which state follows from the newest points, some of which may be missing (S13.3).

In: points that breach the threshold, do not, or are missing.  Out: the state, with the rule that
gave it.  Where points come from is not known here (``metrics``), nor what an action does.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Sequence
from types import MappingProxyType

import attrs

from placement.errors import UsageError, describe_value
from placement.scaling.exact import Exact
from placement.timestamps import MINUTE, SECOND

__all__ = [
    "AlarmRule",
    "AlarmState",
    "AlarmWindow",
    "Comparison",
    "Evaluation",
    "EvaluationReason",
    "MissingData",
    "evaluate",
    "evaluation_interval",
    "runs_action",
]

EXTRA_POINTS = 2
"""How many points more than N are looked at for known ones (D90)."""

SHORT_PERIODS = (10 * SECOND, 20 * SECOND, 30 * SECOND)
SHORT_INTERVAL = 10 * SECOND


class AlarmState(enum.StrEnum):
    """The state of an alarm, as described."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(enum.Enum):
    """TreatMissingData: what a missing point counts as."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(enum.Enum):
    """ComparisonOperator: which values breach a threshold."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    AT_MOST = "LessThanOrEqualToThreshold"


_OPERATORS: MappingProxyType[Comparison, Callable[[int, int], bool]] = MappingProxyType(
    {
        Comparison.ABOVE: operator.gt,
        Comparison.AT_LEAST: operator.ge,
        Comparison.BELOW: operator.lt,
        Comparison.AT_MOST: operator.le,
    }
)


class EvaluationReason(enum.Enum):
    """The rule that gave a state; its value says it in words.

    - ENOUGH, TOO_FEW: M of the newest known points breach, or fewer.
    - FILLED: M breach together with missing points that count as breaching.
    - NO_POINTS, KEPT_WITHOUT_POINTS: no point is known.
    - PREMATURE: all known points breach, and the oldest is M points old or more.
    - TOO_YOUNG: all known points breach, but the oldest is younger (D91).
    - IGNORED: all known points breach, and missing ones are ignored.
    """

    ENOUGH = "enough points breach the threshold"
    TOO_FEW = "too few points breach the threshold"
    FILLED = "enough points breach the threshold, missing ones included"
    NO_POINTS = "no point is known"
    KEPT_WITHOUT_POINTS = "no point is known, and missing points are ignored"
    PREMATURE = "all known points breach the threshold, and began to long enough ago"
    TOO_YOUNG = "all known points breach the threshold, but there are too few"
    IGNORED = "too few points are known, and missing points are ignored"


@attrs.frozen
class Evaluation:
    """What one evaluation gave.

    Attributes:
        state: The state of the alarm from now on.
        reason: The rule that gave it.
        breaching: How many of the points that were used breach the threshold.
        known: How many points were used.
    """

    state: AlarmState
    reason: EvaluationReason
    breaching: int
    known: int


@attrs.frozen
class AlarmWindow:
    """The newest points of an alarm as bits, so that a new point costs no look at the others.

    Attributes:
        known: Which points are known; the lowest bit is the newest.
        breaching: Which points breach the threshold.
    """

    known: int = 0
    breaching: int = 0


def evaluate(
    points: Sequence[bool | None], n: int, m: int, missing: MissingData, state: AlarmState
) -> Evaluation:
    """Return the state of an alarm after its newest points.

    Args:
        points: The newest points, the newest last: whether one breaches the threshold; None: it is
            missing.  Of more than N + 2 the older ones do not matter; of fewer, those before are
            missing (D90).
        n: EvaluationPeriods.
        m: DatapointsToAlarm.
        missing: What missing points count as, where fewer than N are known.
        state: The state until now; a new alarm's is INSUFFICIENT_DATA.

    Raises:
        UsageError: not 1 <= m <= n.
    """
    _check_counts(n, m)
    known = breaching = 0
    for point in points[-(n + EXTRA_POINTS) :]:
        known = known << 1 | (point is not None)
        breaching = breaching << 1 | bool(point)
    return _evaluate(AlarmWindow(known, breaching), n, m, missing, state)


def _check_counts(n: int, m: int) -> None:
    if not 1 <= m <= n:
        raise UsageError(
            f"an alarm needs 1 <= m <= n, not m = {describe_value(m)} and n = {describe_value(n)}"
        )


def _evaluate(
    window: AlarmWindow, n: int, m: int, missing: MissingData, state: AlarmState
) -> Evaluation:
    """Return the state after the points of a window, which are at most N + 2."""
    real, count = window.known, window.known.bit_count()
    while count > n:
        real &= ~(1 << real.bit_length() - 1)  # without the oldest
        count -= 1
    breaching = (window.breaching & real).bit_count()
    if count == n:
        return _by_count(breaching, n, m)
    if missing is MissingData.BREACHING:
        if breaching + n - count < m:
            return _by_count(breaching, count, m)
        return Evaluation(AlarmState.ALARM, EvaluationReason.FILLED, breaching, count)
    if missing is MissingData.NOT_BREACHING or breaching < count:
        return _by_count(breaching, count, m)
    ignores = missing is MissingData.IGNORE
    if count == 0:
        if ignores:
            return Evaluation(state, EvaluationReason.KEPT_WITHOUT_POINTS, 0, 0)
        return Evaluation(AlarmState.INSUFFICIENT_DATA, EvaluationReason.NO_POINTS, 0, 0)
    if real.bit_length() < m:  # the age of the oldest
        return Evaluation(state, EvaluationReason.TOO_YOUNG, breaching, count)
    if ignores:
        return Evaluation(state, EvaluationReason.IGNORED, breaching, count)
    return Evaluation(AlarmState.ALARM, EvaluationReason.PREMATURE, breaching, count)


def _by_count(breaching: int, known: int, m: int) -> Evaluation:
    """Return ALARM if M points breach, else OK."""
    if breaching >= m:
        return Evaluation(AlarmState.ALARM, EvaluationReason.ENOUGH, breaching, known)
    return Evaluation(AlarmState.OK, EvaluationReason.TOO_FEW, breaching, known)


def _check_period(_instance: object, _attribute: object, value: int) -> None:
    evaluation_interval(value)


@attrs.frozen
class AlarmRule:
    """Settings of an alarm on a metric.

    Attributes:
        comparison: Which values breach.
        threshold: What they are compared with.
        period: Microseconds of a point: 10, 20 or 30 seconds, or whole minutes.
        n: EvaluationPeriods: how many points are needed.
        m: DatapointsToAlarm: how many of them have to breach.
        missing: What missing points count as.
        all_known: ``AlarmWindow.known`` when every point that an evaluation looks at is known.

    Raises:
        UsageError: the period is none of these, or not 1 <= m <= n.
    """

    comparison: Comparison
    threshold: Exact
    period: int = attrs.field(default=MINUTE, validator=_check_period)
    n: int = 1
    m: int = 1
    missing: MissingData = MissingData.MISSING
    all_known: int = attrs.field(init=False, repr=False, eq=False)
    _newest: int = attrs.field(init=False, repr=False, eq=False)
    _top: int = attrs.field(init=False, repr=False, eq=False)
    _bottom: int = attrs.field(init=False, repr=False, eq=False)
    _operator: Callable[[int, int], bool] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        _check_counts(self.n, self.m)
        object.__setattr__(self, "_operator", _OPERATORS[self.comparison])
        object.__setattr__(self, "all_known", (1 << self.points_needed) - 1)
        object.__setattr__(self, "_newest", (1 << self.n) - 1)
        object.__setattr__(self, "_top", self.threshold.numerator)
        object.__setattr__(self, "_bottom", self.threshold.denominator)

    @property
    def points_needed(self) -> int:
        """How many of the newest points an evaluation looks at."""
        return self.n + EXTRA_POINTS

    def breaches(self, value: Exact) -> bool:
        """Whether a value breaches the threshold."""
        return self._operator(value.numerator * self._bottom, self._top * value.denominator)

    def moved_on(self, window: AlarmWindow, value: Exact | None) -> AlarmWindow:
        """Return the window with one newer point; None: it is missing."""
        kept = self.all_known
        known, breaching = window.known << 1 & kept, window.breaching << 1 & kept
        if value is None:
            return AlarmWindow(known, breaching)
        return AlarmWindow(known | 1, breaching | self.breaches(value))

    def next_if_settled(
        self, window: AlarmWindow, value: Exact | None, state: AlarmState
    ) -> AlarmWindow | None:
        """Return the window with one newer point, if all points are known and the state stays.

        ``moved_on`` and ``look`` say the same; most evaluations are of this kind, and this takes a
        third of their time.  None: they are to be asked.
        """
        everything = self.all_known
        if value is None or window.known != everything or state is AlarmState.INSUFFICIENT_DATA:
            return None
        breaching = window.breaching << 1 & everything | self.breaches(value)
        is_alarm = breaching and (breaching & self._newest).bit_count() >= self.m
        if bool(is_alarm) is not (state is AlarmState.ALARM):
            return None
        return window if breaching == window.breaching else AlarmWindow(everything, breaching)

    def look(self, window: AlarmWindow, state: AlarmState) -> Evaluation:
        """Return the state after the points of a window that ``moved_on`` made."""
        return _evaluate(window, self.n, self.m, self.missing, state)

    def evaluate(self, values: Sequence[Exact | None], state: AlarmState) -> Evaluation:
        """Return the state after the newest values, the newest last; None: it is missing."""
        newest = values[-self.points_needed :]
        points = [None if value is None else self.breaches(value) for value in newest]
        return evaluate(points, self.n, self.m, self.missing, state)

    def used(self, values: Sequence[Exact | None]) -> tuple[Exact, ...]:
        """Return the known values that an evaluation uses, at most N, the newest last."""
        known = [value for value in values[-self.points_needed :] if value is not None]
        return tuple(known[-self.n :])


def evaluation_interval(period: int) -> int:
    """Return how often an alarm is evaluated, in microseconds (D120 for periods above a minute).

    Raises:
        UsageError: the period is neither 10, 20 or 30 seconds nor a multiple of a minute.
    """
    if period in SHORT_PERIODS:
        return SHORT_INTERVAL
    if period > 0 and period % MINUTE == 0:
        return MINUTE
    raise UsageError(
        "the period of an alarm is 10, 20 or 30 seconds or a multiple of a minute, "
        f"not {describe_value(period)} microseconds"
    )


def runs_action(
    before: AlarmState,
    after: AlarmState,
    now: int,
    last_run: int | None = None,
    *,
    is_scaling: bool = False,
) -> bool:
    """Return whether the actions of a state run after an evaluation.

    They run when the state is entered; a scaling action runs again each minute while the alarm is
    in ALARM (A66).

    Args:
        before: The state before the evaluation.
        after: The state after it.
        now: The moment of the evaluation.
        last_run: When the action ran last; None: never.
        is_scaling: Whether it is the action of a scaling policy.
    """
    if before is not after:
        return True
    if after is not AlarmState.ALARM or not is_scaling:
        return False
    return last_run is None or now - last_run >= MINUTE
