"""The bounds of a service's tasks."""

from __future__ import annotations

import pytest

from placement.services.limits import ceil_div, lower_bound, upper_bound
from placement.services.model import RevisionState, ServiceState


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "lower", "upper"),
    [(4, 50, 200, 2, 8), (2, 75, 100, 2, 2), (3, 66, 125, 2, 3), (0, 100, 200, 0, 0)],
)
def test_bounds_are_rounded_towards_each_other(
    desired: int, minimum: int, maximum: int, lower: int, upper: int
) -> None:
    """Section 4.2: the lower one up, the upper one down."""
    assert (lower_bound(desired, minimum), upper_bound(desired, maximum)) == (lower, upper)
    state = ServiceState(desired, RevisionState(1), (), minimum, maximum)
    assert (state.lower, state.upper) == (lower, upper)


def test_a_quotient_is_rounded_up() -> None:
    assert [ceil_div(n, 3) for n in (0, 1, 3, 4)] == [0, 1, 1, 2]
