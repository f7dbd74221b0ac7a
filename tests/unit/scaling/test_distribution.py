"""Which provider comes next, and which loses a task."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from placement.errors import UsageError
from placement.scaling.distribution import (
    ProviderChoice,
    Rule,
    StrategyItem,
    distribute,
    leave,
    next_item,
)

EVEN = [StrategyItem("A", 1), StrategyItem("B", 1)]


def test_an_item_of_weight_0_gets_its_base_and_no_more_a54() -> None:
    strategy = [StrategyItem("A", 0, 2), StrategyItem("B", 1)]
    order = [choice.provider for choice in distribute(strategy, {}, 5)]
    assert order == ["A", "A", "B", "B", "B"]


def test_nothing_is_remembered_between_calls_a56() -> None:
    """With count 1 in a loop, the base provider always wins."""
    strategy = [StrategyItem("A", 1, 1), StrategyItem("B", 3)]
    assert [distribute(strategy, {}, 1)[0].provider for _ in range(3)] == ["A", "A", "A"]


def test_a_choice_says_why_c51() -> None:
    strategy = [("A", 1, 1), ("B", 3, 0)]
    assert next_item(strategy, {}) == ProviderChoice("A", Rule.BASE, Fraction(1))
    deficit = ProviderChoice("B", Rule.LARGEST_DEFICIT, Fraction(3, 4))
    assert next_item(strategy, {"A": 1}) == deficit
    surplus = ProviderChoice("A", Rule.LARGEST_SURPLUS, Fraction(3, 2))
    assert leave(strategy, {"A": 3, "B": 1}) == surplus


def test_tasks_of_other_providers_do_not_count_for_the_next() -> None:
    assert next_item(EVEN, {"A": 1, "old": 50}).provider == "B"


def test_a_provider_that_is_no_longer_in_the_strategy_loses_its_tasks_first() -> None:
    """It has no share."""
    left = leave(EVEN, {"A": 2, "B": 2, "old": 2})
    assert left is not None
    assert left.provider == "old"


def test_ties_of_leaving_go_to_the_later_item() -> None:
    left = leave(EVEN, {"A": 1, "B": 1})
    assert left is not None
    assert left.provider == "B"


def test_only_allowed_providers_with_a_task_lose_one_d116() -> None:
    left = leave(EVEN, {"A": 5, "B": 1}, {"B"})
    assert left is not None
    assert left.provider == "B"
    assert leave(EVEN, {"A": 5}, {"B"}) is None
    assert leave(EVEN, {}) is None


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ([], "1 to 20 items, not 0"),
        ([(str(place), 1, 0) for place in range(21)], "not 21"),
        ([("A", 0, 0)], "weight above 0"),
        ([("A", 0, 3), ("B", 0, 0)], "weight above 0"),
        ([("A", 1001, 0)], "weight of 'A' is a number from 0 to 1000, not int 1001"),
        ([("A", -1, 0)], "not int -1"),
        ([("A", True, 0)], "not True"),
        ([("A", 1, 100_001)], "base of 'A'"),
        ([("A", 1, 1), ("B", 1, 1)], "at most one item"),
        ([("A", 1, 0), ("A", 2, 0)], "twice"),
    ],
)
def test_a_strategy_that_is_none_is_refused(strategy: Any, message: str) -> None:
    """S11.1."""
    with pytest.raises(UsageError, match=message):
        next_item(strategy, {})
    with pytest.raises(UsageError, match=message):
        leave(strategy, {"A": 1})


@pytest.mark.parametrize("strategy", [[1], 7, [("A", 1, 0, 0)], [[]], [([], 1, 0)]])
def test_what_is_no_strategy_is_refused(strategy: Any) -> None:
    with pytest.raises(UsageError, match="provider, weight and base"):
        next_item(strategy, {})


@pytest.mark.parametrize("count", [-1, 1.5, "2", None])
def test_what_is_no_number_of_tasks_is_refused(count: Any) -> None:
    with pytest.raises(UsageError, match="tasks of 'A' is a whole number from 0"):
        next_item(EVEN, {"A": count})
    with pytest.raises(UsageError, match="tasks of 'A' is a whole number from 0"):
        leave(EVEN, {"A": count})
