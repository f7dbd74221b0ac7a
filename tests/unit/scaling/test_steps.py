from __future__ import annotations

from fractions import Fraction

import pytest

from placement.errors import UsageError
from placement.scaling.alarms import Comparison
from placement.scaling.proposals import Direction, ProposalReason
from placement.scaling.steps import AdjustmentType, Step, StepPolicy, adjust

PERCENT = AdjustmentType.PERCENT
GUIDE = StepPolicy(
    PERCENT,
    (
        Step(10, 10, 20),
        Step(0, 0, 10),
        Step(30, 20),
        Step(-10, -20, -10),
        Step(-30, None, -20),
        Step(0, -10, 0),
    ),
)


def test_the_walk_of_the_guide_10_11_14_13_10() -> None:
    counts = [10]
    for metric in (60, 70, 40, 30):
        counts.append(adjust(GUIDE, metric - 50, counts[-1]).capacity)
    assert counts == [10, 11, 14, 13, 10]


@pytest.mark.parametrize(
    ("comparison", "change"),
    [
        (Comparison.ABOVE, 1),
        (Comparison.AT_LEAST, 1),
        (Comparison.BELOW, -1),
        (Comparison.AT_MOST, -1),
    ],
)
def test_a63_at_equality_the_comparison_decides_the_side(
    comparison: Comparison, change: int
) -> None:
    policy = StepPolicy(AdjustmentType.CHANGE, (Step(1, 0), Step(-1, None, 0)))
    assert adjust(policy, 0, 10, comparison).change == change


def test_a64_an_adjustment_of_0_percent_changes_nothing() -> None:
    policy = StepPolicy(PERCENT, (Step(0, 0),), magnitude=5)
    proposal = adjust(policy, 1, 10)
    assert (proposal.direction, proposal.reason) == (None, ProposalReason.NO_CHANGE)


def test_b37_exactly_one_task_is_not_rounded() -> None:
    policy = StepPolicy(PERCENT, (Step(10, 0), Step(-10, None, 0)))
    assert [adjust(policy, delta, 10).capacity for delta in (1, -1)] == [11, 9]


def test_tasks_never_fall_below_0() -> None:
    policy = StepPolicy(AdjustmentType.CHANGE, (Step(-7, None, 0),))
    assert adjust(policy, -1, 3).capacity == 0


def test_distances_are_exact() -> None:
    policy = StepPolicy(
        AdjustmentType.CHANGE, (Step(1, 0, Fraction(1, 3)), Step(2, Fraction(1, 3)))
    )
    assert adjust(policy, Fraction(333, 1000), 0).capacity == 1
    assert adjust(policy, Fraction(1, 3), 0).capacity == 2


def test_c51_a_proposal_says_why() -> None:
    policy = StepPolicy(AdjustmentType.EXACT, (Step(6, 0),))
    proposal = adjust(policy, 1, 4)
    assert (proposal.direction, proposal.reason) == (Direction.OUT, ProposalReason.STEP)
    assert proposal.is_absolute
    assert adjust(policy, -1, 4).reason is ProposalReason.NO_STEP


def test_fewer_than_no_tasks_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 0"):
        adjust(GUIDE, 1, -1)
