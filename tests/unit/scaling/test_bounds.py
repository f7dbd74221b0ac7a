from __future__ import annotations

import pytest

from placement.errors import PolicyError
from placement.scaling.bounds import Bounds, BoundsChange, BoundsReason, change_bounds


@pytest.mark.parametrize(
    ("change", "desired", "reason"),
    [
        (BoundsChange(3, 5), 3, BoundsReason.RAISED),
        (BoundsChange(maximum=1), 1, BoundsReason.LOWERED),
        (BoundsChange(minimum=1), 2, BoundsReason.WITHIN),
    ],
)
def test_the_count_is_put_into_new_bounds(
    change: BoundsChange, desired: int, reason: BoundsReason
) -> None:
    effect = change_bounds(Bounds(0, 10), change, 2)
    assert (effect.desired, effect.reason) == (desired, reason)


def test_a_bound_that_would_cross_the_other_changes_nothing() -> None:
    effect = change_bounds(Bounds(0, 4), BoundsChange(minimum=6), 2)
    assert (effect.bounds, effect.desired) == (Bounds(0, 4), 2)
    assert effect.reason is BoundsReason.CROSSED


def test_bounds_that_cross_are_refused() -> None:
    with pytest.raises(PolicyError) as caught:
        Bounds(2, 1)
    assert caught.value.reason == "Maximum capacity cannot be less than minimum capacity"


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(PolicyError, match="At least one of minimum capacity and maximum"):
        BoundsChange()
