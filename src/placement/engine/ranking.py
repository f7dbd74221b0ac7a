"""Strategies as sort keys: what each of them compares, in every way that it is asked for.

In: the strategies of a request.  Out: ``Ranking``: its sort keys, the most important first, without
those that cannot decide any more (a repetition, everything after ``Random``).  A sort key owns its
numbers over all rows (full scan), its numbers for tasks (scale-in) and its place in the packed key
of an index.  It reads the cluster through the contexts below and knows nothing of how rows are
chosen.

A new strategy is a data class in ``engine.request``, a sort key here and a case in ``sort_key_of``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.lookup import attribute_values, resource_number
from placement.engine.plugins import AnyRanker, ask_ranker, checked_ranker, normalize
from placement.engine.request import BinPack, Random, Spread, Strategy

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = [
    "DEFAULT_SERVICE",
    "AttributeCountKey",
    "GroupCountKey",
    "PluginKey",
    "Ranking",
    "ResourceKey",
    "RowContext",
    "SortKey",
    "TaskContext",
    "default_strategy",
    "ranking_of",
    "remarks_on",
]

Array = npt.NDArray[Any]

SERVICE = "service:"

DEFAULT_SERVICE: tuple[Strategy, ...] = (
    Spread("attribute:ecs.availability-zone"),
    Spread("instanceId"),
)
"""What decides for services where no strategy is given (2.9, C18)."""

DEFAULT_STANDALONE: tuple[Strategy, ...] = (Random(),)
"""What decides for standalone tasks where no strategy is given."""


class CountContext(Protocol):
    """What sort keys that count a group's tasks read."""

    @property
    def store(self) -> Store:
        """The store of the cluster."""

    def group_counts(self, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count on each row, in the way of a key (A33).

        In scale-in at each place.
        """


class RowContext(CountContext, Protocol):
    """A decision by full scan, as sort keys read it."""

    def answers_of(self, ranker: AnyRanker) -> Array:
        """Return what a user-defined ranker says of each row, not normalized: float64."""


class TaskContext(CountContext, Protocol):
    """A decision of scale-in, as sort keys read it: tasks chosen so far count as stopped."""

    @property
    def rows(self) -> Array:
        """The row of each place: int64, ascending.  Rows without a task to choose may have none."""

    @property
    def left(self) -> Array:
        """What rows have left: int64 ``[place, resource]``."""

    def places_of(self, tasks: Array) -> Array:
        """Return the place of each task's row."""

    def values_of(self, attribute: str) -> Array:
        """Return a number for each place's value of an attribute: int64, 0 where it has none."""

    def demand_of(self, tasks: Array, resource: int) -> Array:
        """Return how much of a resource each task holds."""

    def value_counts(self, attribute: str, key: GroupCountKey) -> Array:
        """Return how many tasks of the group count by the number of a value of an attribute."""

    def is_counted(self, key: GroupCountKey, task: int) -> bool:
        """Return whether a task is among those that count for a key."""


class PackedKey(Protocol):
    """A packed key that sort keys add themselves to: ``key_encoder.KeyEncoder``."""

    @property
    def widths(self) -> Mapping[SortKey, int]:
        """How many bits the numbers of each sort key take; 0 for counts."""

    def add_attribute_count(self, attribute: str) -> None:
        """Add the count of the request's group by the values of an attribute."""

    def add_group_count(self) -> None:
        """Add the count of the request's group on a row."""

    def add_resource(self, name: str, width: int) -> None:
        """Add what a row has left of a resource, in so many bits."""


class SortKey(Protocol):
    """A strategy as numbers to compare.  Equal sort keys compare alike."""

    __slots__ = ()

    @property
    def attribute(self) -> str | None:
        """The attribute whose values the strategy spreads over; None if it does not."""
        return None

    @property
    def indexable(self) -> bool:
        """Whether an index can keep the numbers up to date; otherwise each decision scans."""
        return True

    @property
    def predictable(self) -> bool:
        """Whether ``change_by_stop`` is known, so that numbers need not be asked for again."""
        return True

    def by_row(self, context: RowContext) -> Array:
        """Return a number for each row; among the candidates the smallest is best."""

    def by_candidate(self, context: RowContext, rows: Array) -> Array:
        """Return a number for each of the candidates that are left, ascending rows."""
        numbers: Array = self.by_row(context)[rows]
        return numbers

    def by_task(self, context: TaskContext, tasks: Array) -> Array:
        """Return a number for each of some tasks; the largest stops first (2.11, A39)."""

    def change_by_stop(self, context: TaskContext, task: int) -> int:
        """Return by how much a stop of a task changes the numbers of other tasks.

        Of those on the same row; where the strategy spreads over an attribute, of those with the
        same value.  The numbers of all others stay.  Only called if ``predictable``.
        """

    def bit_width(self, _store: Store, /) -> int:
        """Return how many bits of a packed key the numbers take; 0: none, or all that are left."""
        return 0

    def encode(self, encoder: PackedKey) -> None:
        """Add the numbers to a packed key, the least important sort key first.

        Only called if ``indexable``.
        """


@attrs.frozen
class GroupCountKey(SortKey):
    """Fewest tasks of the group on the instance.

    Attributes:
        count_draining: Count tasks on DRAINING instances too (A33).
        count_old_revisions: Count tasks of other revisions of the task's family too (A33).
    """

    count_draining: bool
    count_old_revisions: bool

    @property
    def indexable(self) -> bool:
        """Whether all tasks of the group count."""
        return self.count_draining and self.count_old_revisions

    def by_row(self, context: RowContext) -> Array:
        """Return the counts."""
        return context.group_counts(self)

    def by_task(self, context: TaskContext, tasks: Array) -> Array:
        """Return the counts of the tasks' rows."""
        counts: Array = context.group_counts(self)[context.places_of(tasks)]
        return counts

    def change_by_stop(self, context: TaskContext, task: int) -> int:
        """Return -1 if the task is counted."""
        return -1 if context.is_counted(self, task) else 0

    def encode(self, encoder: PackedKey) -> None:
        """Take the bits that resources leave; a task of the request adds 1."""
        encoder.add_group_count()

    def __str__(self) -> str:
        return "spread(instanceId)"


@attrs.frozen
class AttributeCountKey(SortKey):
    """Fewest tasks of the group on instances with the same value of an attribute (A33, A34)."""

    attribute: str
    on_row: GroupCountKey
    """How the tasks on one row are counted."""

    @property
    def indexable(self) -> bool:
        """Whether all tasks of the group count."""
        return self.on_row.indexable

    def by_row(self, context: RowContext) -> Array:
        """Return the counts by value."""
        values = attribute_values(context.store, self.attribute)
        return _by_value(values, np.bincount(values, context.group_counts(self.on_row)))

    def by_task(self, context: TaskContext, tasks: Array) -> Array:
        """Return the counts by the values of the tasks' rows."""
        values = context.values_of(self.attribute)[context.places_of(tasks)]
        return _by_value(values, context.value_counts(self.attribute, self.on_row))

    def change_by_stop(self, context: TaskContext, task: int) -> int:
        """Return -2 if the task is counted: the numbers are twice the counts."""
        return 2 * self.on_row.change_by_stop(context, task)

    def encode(self, encoder: PackedKey) -> None:
        """Compare buckets by a count that the cluster keeps; it takes no bits of a row's key."""
        encoder.add_attribute_count(self.attribute)

    def __str__(self) -> str:
        return f"spread(attribute:{self.attribute})"


def _by_value(values: Array, counts: Array) -> Array:
    """Return for each of some values, given by numbers, twice its count; 1 more for no value.

    Rows without the attribute are a bucket of their own, which loses a tie (A34).
    """
    numbers: Array = 2 * counts.astype(np.int64)[values] + (values == 0)
    return numbers


@attrs.frozen
class ResourceKey(SortKey):
    """Least left of a resource on the instance."""

    resource: str

    def by_row(self, context: RowContext) -> Array:
        """Return what each row has left for placements (A45); less than 0 counts as 0 (C10)."""
        store = context.store
        number = resource_number(store, self.resource)
        if number is None:
            return np.zeros(len(store.ids), np.int64)
        left: Array = np.maximum(store.tasks.resources.free[: len(store.ids), number], 0)
        return left

    def by_task(self, context: TaskContext, tasks: Array) -> Array:
        """Return what the task's row would have left without it."""
        number = resource_number(context.store, self.resource)
        if number is None:
            return np.zeros(len(tasks), np.int64)
        left: Array = context.left[context.places_of(tasks), number]
        return left + context.demand_of(tasks, number)

    def change_by_stop(self, context: TaskContext, task: int) -> int:
        """Return what the task gives back."""
        number = resource_number(context.store, self.resource)
        return 0 if number is None else int(context.demand_of(np.array([task]), number)[0])

    def bit_width(self, store: Store, /) -> int:
        """Return how many bits the largest amount of the resource takes."""
        number = resource_number(store, self.resource)
        return 0 if number is None else store.tasks.resources.bit_width(number)

    def encode(self, encoder: PackedKey) -> None:
        """Take as many bits as the largest amount; a task of the request takes its amount away."""
        encoder.add_resource(self.resource, encoder.widths[self])

    def __str__(self) -> str:
        return f"binpack({self.resource})"


@attrs.frozen
class PluginKey(SortKey):
    """Smallest number of a user-defined ranker (C22)."""

    ranker: AnyRanker = attrs.field(eq=id)

    @property
    def indexable(self) -> bool:
        """What a ranker's numbers follow from is not known to an index."""
        return False

    @property
    def predictable(self) -> bool:
        """What a ranker's numbers follow from is not known."""
        return False

    def change_by_stop(self, context: TaskContext, task: int) -> int:
        """Not called."""
        raise NotImplementedError(f"numbers of {self} are asked for again")

    def encode(self, encoder: PackedKey) -> None:
        """Not called."""
        raise NotImplementedError(f"{self} has no packed key")

    def by_row(self, context: RowContext) -> Array:
        """Return the numbers of the ranker, not normalized."""
        return context.answers_of(self.ranker)

    def by_candidate(self, context: RowContext, rows: Array) -> Array:
        """Return the numbers of the ranker, which it may normalize among the candidates."""
        return normalize(self.ranker, self.by_row(context)[rows], rows)

    def by_task(self, context: TaskContext, tasks: Array) -> Array:
        """Return the ranker's numbers of the tasks' rows, each row asked about once.

        It is not asked if all tasks are on one row: its answer would decide nothing.
        """
        found, positions = np.unique(context.places_of(tasks), return_inverse=True)
        if len(found) < 2:
            return np.zeros(len(tasks), np.float64)
        rows = context.rows[found]
        numbers: Array = normalize(self.ranker, ask_ranker(self.ranker, rows), rows)[positions]
        return numbers

    def __str__(self) -> str:
        return self.ranker.name


@attrs.frozen
class Ranking:
    """Sort keys, the most important first; ``random`` if chance decides among the best."""

    keys: tuple[SortKey, ...]
    random: bool

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that are spread over, in order."""
        return tuple([key.attribute for key in self.keys if key.attribute is not None])

    @property
    def indexable(self) -> bool:
        """Whether an index can keep rows in this order."""
        return all(key.indexable for key in self.keys)


def remarks_on(strategies: Sequence[Strategy | AnyRanker]) -> tuple[str, ...]:
    """Return what is probably not meant by some strategies (2.9)."""
    remarks: list[str] = []
    seen: list[str] = []
    for strategy in strategies:
        name = getattr(strategy, "name", None) or str(strategy)
        if "random" in seen:
            remarks.append(f"{name} is never asked: random decides before it")
        elif name in seen:
            remarks.append(f"{name} is listed twice")
        elif isinstance(strategy, Spread) and any(each.startswith("binpack") for each in seen):
            remarks.append(f"{name} after binpack only decides among exactly equal amounts")
        seen.append(name)
    return tuple(remarks)


def default_strategy(group: str) -> tuple[Strategy, ...]:
    """Return the strategies where none are given (C18)."""
    return DEFAULT_SERVICE if group.startswith(SERVICE) else DEFAULT_STANDALONE


def ranking_of(strategies: Sequence[Strategy | AnyRanker], *, random_ties: bool = False) -> Ranking:
    """Return the ranking of some strategies; ``random_ties`` lets chance break ties (A35).

    Raises:
        DocumentError: something is neither a strategy nor a ranker.
    """
    keys: dict[SortKey, None] = {}
    for strategy in strategies:
        if isinstance(strategy, Random):
            return Ranking(tuple(keys), True)
        keys[sort_key_of(strategy)] = None
    return Ranking(tuple(keys), random_ties)


def sort_key_of(strategy: Spread | BinPack | AnyRanker) -> SortKey:
    """Return the sort key of a strategy that is not ``Random``.

    Raises:
        DocumentError: it is neither a strategy nor a ranker.
    """
    match strategy:
        case BinPack(field):
            return ResourceKey(field)
        case Spread(field):
            on_row = GroupCountKey(strategy.count_draining, strategy.count_old_revisions)
            if field in ("instanceId", "host"):
                return on_row
            return AttributeCountKey(field.removeprefix("attribute:"), on_row)
    return PluginKey(checked_ranker(strategy, "strategy"))
