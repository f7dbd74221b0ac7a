from __future__ import annotations

import attrs
import pytest

from placement.scaling import activities
from placement.scaling.activities import ActivityStatus, NotScaledReason
from placement.scaling.bounds import BoundsChange, BoundsReason
from placement.scaling.policies import NotScaled
from placement.timestamps import DAY, SECOND

CAUSE = activities.alarm_cause("high", "cpu")


def test_an_alarm_is_named_as_the_cause() -> None:
    activity = activities.scaled(8, CAUSE, 0, "cpu")
    assert activity.cause == "monitor alarm high in state ALARM triggered policy cpu"
    assert (activity.description, activity.message) == ("Setting desired count to 8.", None)
    assert activity.policy == "cpu"


def test_d122_nothing_ends_before_its_ten_seconds() -> None:
    activity = activities.scaled(8, CAUSE, 0)
    assert activities.after(activity, 10 * SECOND - 1, desired=8, running=8) == activity
    assert activity.due == 10 * SECOND
    ended = activities.after(activity, 10 * SECOND, desired=8, running=8)
    assert (ended.status, ended.end) == (ActivityStatus.SUCCESSFUL, 10 * SECOND)
    assert ended.due is None


def test_d115_a_later_change_overrides_an_unfinished_one() -> None:
    activity = activities.scaled(8, CAUSE, 0)
    activity = activities.after(activity, 20 * SECOND, desired=8, running=4)
    assert activity.status is ActivityStatus.IN_PROGRESS
    activity = activities.after(activity, 30 * SECOND, desired=9, running=4)
    assert activity.status is ActivityStatus.OVERRIDDEN
    assert activities.after(activity, 40 * SECOND, desired=8, running=8) == activity


def test_d96_unfulfilled_only_as_an_option() -> None:
    activity = activities.scaled(8, CAUSE, 0)
    late = activities.after(activity, DAY, desired=8, running=4)
    assert late.status is ActivityStatus.IN_PROGRESS
    ended = activities.after(late, DAY, desired=8, running=4, unfulfilled_after=DAY)
    assert (ended.status, ended.end) == (ActivityStatus.UNFULFILLED, DAY)


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (
            NotScaled.AT_MAXIMUM,
            ActivityStatus.FAILED,
            NotScaledReason(NotScaled.AT_MAXIMUM, maximum=9),
        ),
        (
            NotScaled.AT_MINIMUM,
            ActivityStatus.FAILED,
            NotScaledReason(NotScaled.AT_MINIMUM, minimum=1),
        ),
        (
            NotScaled.AT_DESIRED,
            ActivityStatus.SUCCESSFUL,
            NotScaledReason(NotScaled.AT_DESIRED, current=5),
        ),
    ],
)
def test_what_was_not_scaled_has_its_reason(
    code: NotScaled, status: ActivityStatus, reason: NotScaledReason
) -> None:
    activity = activities.not_scaled(code, CAUSE, 7, desired=5, minimum=1, maximum=9)
    assert activity is not None
    assert activity.description == "Attempting to scale due to alarm triggered"
    assert (activity.status, activity.message, activity.end) == (status, None, None)
    assert activity.reasons == (reason,)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (BoundsChange(0, 4), "min capacity to 0 and max capacity to 4"),
        (BoundsChange(minimum=2), "min capacity to 2"),
        (BoundsChange(maximum=5), "max capacity to 5"),
    ],
)
def test_d122_bounds_that_were_set(change: BoundsChange, text: str) -> None:
    cause = activities.schedule_cause("night")
    activity = activities.bounds_set(change, cause, 3, BoundsReason.WITHIN)
    assert (activity.description, activity.message) == (
        f"Setting {text}",
        f"Successfully set {text}",
    )
    assert (activity.status, activity.end) == (ActivityStatus.SUCCESSFUL, 3)


def test_bounds_that_would_cross_fail() -> None:
    activity = activities.bounds_set(BoundsChange(minimum=9), "any", 0, BoundsReason.CROSSED)
    assert activity.status is ActivityStatus.FAILED
    assert activity.message == (
        "Failed to set min capacity to 9: the maximum would be below the minimum"
    )


def test_the_count_moves_because_of_a_bound() -> None:
    assert activities.bounds_cause(BoundsReason.RAISED, 2, 9) == "minimum capacity was set to 2"
    assert activities.bounds_cause(BoundsReason.LOWERED, 2, 9) == "maximum capacity was set to 9"


def test_six_weeks_are_listed() -> None:
    activity = activities.scaled(8, CAUSE, 0)
    assert activity.is_listed(42 * DAY - 1)
    assert not activity.is_listed(42 * DAY)
    assert not attrs.evolve(activity, status=ActivityStatus.FAILED).is_open
