"""Which capacity provider the next task goes to, and which one loses a task (S11.2, A54, A55, B33).

In: the strategy's items in order, and how many tasks each provider has.  Out: a provider, and the
rule that chose it.  Which tasks count is the caller's: those of one revision (D117) with
desiredStatus RUNNING that are not on a draining instance (D72).  Nothing here knows tasks,
instances or what a provider is: providers are any hashable values.

All comparisons are between whole numbers: shares are multiplied by the sum of the weights.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import attrs

from placement.errors import UsageError, describe_value

__all__ = [
    "MAX_BASE",
    "MAX_ITEMS",
    "MAX_WEIGHT",
    "ProviderChoice",
    "Rule",
    "StrategyItem",
    "distribute",
    "leave",
    "next_item",
]

MAX_ITEMS = 20
"""Items of a strategy (API)."""

MAX_WEIGHT = 1000
"""The largest weight (API)."""

MAX_BASE = 100_000
"""The largest base (API)."""


Provider: TypeAlias = Any
"""A capacity provider: any hashable value."""


class StrategyItem(NamedTuple):
    """An item of a capacity provider strategy; a plain tuple of the three does as well.

    Attributes:
        provider: The capacity provider.
        weight: Its share of the tasks beyond the base, relative to the sum of all weights.
        base: How many tasks it gets before the weights are looked at.
    """

    provider: Provider
    weight: int = 0
    base: int = 0


class Rule(enum.Enum):
    """Why a provider was chosen; the value is a sentence."""

    BASE = "the provider has fewer tasks than its base"
    LARGEST_DEFICIT = "the provider is furthest below its share by weight"
    LARGEST_SURPLUS = "the provider is furthest above its share of the tasks that are left"


@attrs.frozen
class ProviderChoice:
    """A provider, and why it was chosen.

    Attributes:
        provider: The capacity provider.
        rule: What chose it.
        distance: By how many tasks it is below its share (above, when a task leaves); with
            ``Rule.BASE`` how many its base lacks.
    """

    provider: Provider
    rule: Rule
    distance: Fraction


Items = Iterable[tuple[Provider, int, int]]


def next_item(strategy: Items, counts: Mapping[Provider, int]) -> ProviderChoice:
    """Return the provider of the next task.

    The base comes first; then the item of weight above 0 with the largest
    ``(N + 1) * weight / sum of weights - n``, where n leaves the base out and N is the sum of all
    n; ties go to the earlier item (A55).  An item of weight 0 gets its base and no more (A54).

    Args:
        strategy: Provider, weight and base of each item, in order.
        counts: How many tasks each provider has; others than the strategy's are ignored.

    Raises:
        UsageError: the strategy is not valid (S11.1), or a count is below 0.
    """
    items, total_weight = _read_strategy(strategy)
    _check_counts(counts)
    numbers = []
    for provider, _, base in items:
        count = counts.get(provider, 0)
        if count < base:
            return ProviderChoice(provider, Rule.BASE, Fraction(base - count))
        numbers.append(count - base)
    after = sum(numbers) + 1
    best, largest = None, 0
    for (provider, weight, _), number in zip(items, numbers, strict=True):
        deficit = after * weight - number * total_weight
        if weight and (best is None or deficit > largest):
            best, largest = provider, deficit
    return ProviderChoice(best, Rule.LARGEST_DEFICIT, Fraction(largest, total_weight))


def leave(
    strategy: Items,
    counts: Mapping[Provider, int],
    among: Collection[Provider] | None = None,
) -> ProviderChoice | None:
    """Return the provider that loses a task, None if none of those allowed has one.

    The provider with the largest surplus over its share of the tasks that are left, ties to the
    later item (B33).  A provider with tasks that is not in the strategy has no share, and is later
    than all items, in the order of ``counts``.

    Args:
        strategy: Provider, weight and base of each item, in order.
        counts: How many tasks each provider has.
        among: The providers allowed: those with a task that may stop (D116).  None: all.

    Raises:
        UsageError: the strategy is not valid (S11.1), or a count is below 0.
    """
    items, total_weight = _read_strategy(strategy)
    _check_counts(counts)
    named = {item.provider for item in items}
    others = tuple(StrategyItem(provider) for provider in counts if provider not in named)
    left = sum(counts.values()) - 1
    by_weight = left - sum(min(item.base, left) for item in items)
    best, largest = None, 0
    for provider, weight, base in (*items, *others):
        count = counts.get(provider, 0)
        if not count or (among is not None and provider not in among):
            continue
        surplus = (count - min(base, left)) * total_weight - by_weight * weight
        if best is None or surplus >= largest:
            best, largest = StrategyItem(provider), surplus
    if best is None:
        return None
    return ProviderChoice(best.provider, Rule.LARGEST_SURPLUS, Fraction(largest, total_weight))


def distribute(
    strategy: Items, counts: Mapping[Provider, int], number: int
) -> tuple[ProviderChoice, ...]:
    """Return the providers of the next ``number`` tasks, in order.

    Within a RunTask call ``counts`` is empty: nothing is remembered between calls (A56).

    Raises:
        UsageError: as ``next_item``.
    """
    items, _ = _read_strategy(strategy)
    so_far = dict(counts)
    choices = []
    for _ in range(number):
        choice = next_item(items, so_far)
        so_far[choice.provider] = so_far.get(choice.provider, 0) + 1
        choices.append(choice)
    return tuple(choices)


def _read_strategy(strategy: Items) -> tuple[tuple[StrategyItem, ...], int]:
    """Return the items of a strategy and the sum of their weights, checked."""
    try:
        return _checked_strategy(tuple(map(tuple, strategy)))
    except UsageError:
        raise
    except TypeError as error:
        raise UsageError(
            f"a strategy lists provider, weight and base of each item, not "
            f"{describe_value(strategy)}; providers are hashable"
        ) from error


def _checked_strategy(
    strategy: tuple[tuple[Any, ...], ...],
) -> tuple[tuple[StrategyItem, ...], int]:
    """Return the items and the sum of their weights; strategies are few, and asked for often.

    Raises:
        UsageError: the strategy is not valid.
    """
    for item in strategy:
        for value in item[1:]:
            if isinstance(value, bool):  # equal to a number, as the key of a cache
                raise UsageError(
                    f"weight and base of a strategy's item are numbers, not {describe_value(value)}"
                )
    return _check_strategy(strategy)


@lru_cache(maxsize=1024)
def _check_strategy(
    strategy: tuple[tuple[Any, ...], ...],
) -> tuple[tuple[StrategyItem, ...], int]:
    """Return what ``_checked_strategy`` does of a strategy without truth values."""
    items = tuple(StrategyItem(*item) for item in strategy)
    if not 1 <= len(items) <= MAX_ITEMS:
        raise UsageError(f"a strategy has 1 to {MAX_ITEMS} items, not {len(items)}")
    for item in items:
        _check_number(item, "weight", item.weight, MAX_WEIGHT)
        _check_number(item, "base", item.base, MAX_BASE)
    if len({item.provider for item in items}) < len(items):
        raise UsageError("a capacity provider is listed twice in a strategy")
    if sum(item.base > 0 for item in items) > 1:
        raise UsageError("at most one item of a strategy has a base")
    total = sum(item.weight for item in items)
    if not total:
        raise UsageError("at least one item of a strategy has a weight above 0")
    return items, total


def _check_number(item: StrategyItem, name: str, value: int, most: int) -> None:
    if type(value) is not int or not 0 <= value <= most:
        raise UsageError(
            f"the {name} of {describe_value(item.provider)} is a number from 0 to {most}, "
            f"not {describe_value(value)}"
        )


def _check_counts(counts: Mapping[Provider, int]) -> None:
    for provider, count in counts.items():
        if not isinstance(count, int) or count < 0:
            raise UsageError(
                f"the number of tasks of {describe_value(provider)} is a whole number from 0, "
                f"not {describe_value(count)}"
            )
