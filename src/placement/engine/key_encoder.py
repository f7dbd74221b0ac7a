"""The packed key of a ranking: the numbers of a row's sort keys in one integer.

In: sort keys, the least important first.  Out: ``KeyEncoder``: the numbers by which
``kernels.index`` reads and changes keys.  Knows neither which strategies there are
(``engine.ranking``) nor which requests have the key (``engine.orders``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from placement.kernels import fields

if TYPE_CHECKING:
    from placement.engine.ranking import Ranking
    from placement.state.store import Store

__all__ = ["KeyEncoder", "encode_key"]

KEY_BITS = 61
"""Bits of a packed key."""

MIN_COUNT_BITS = 24
"""Bits that a group's count on a row has at least."""


def encode_key(
    store: Store,
    ranking: Ranking,
    demand: Mapping[int, int],
    spread_number: Callable[[str], int],
    most_tasks: int,
) -> KeyEncoder | None:
    """Return the packed key of a ranking, None if its numbers do not fit into one integer.

    Args:
        store: The store of the cluster.
        ranking: The ranking; all its sort keys are indexable.
        demand: The amounts that a task of the request holds, by number of the resource.
        spread_number: Returns the number of the counts of the request's group by the values of an
            attribute (A33).
        most_tasks: The largest count of a group's tasks on a row that must fit.
    """
    encoder = KeyEncoder(store, ranking, demand, spread_number)
    if encoder.count_bits < max(MIN_COUNT_BITS, most_tasks.bit_length()):
        return None
    for key in reversed(ranking.keys):
        key.encode(encoder)
    encoder.links.reverse()
    return encoder


class KeyEncoder:
    """A packed key under construction: sort keys add themselves from the lowest bits up.

    Attributes:
        store: The store of the cluster.
        widths: How many bits the numbers of each sort key take; 0 for counts.
        count_bits: How many bits are left for the group's count on a row.
        links: Four numbers for each sort key, as ``kernels.fields`` has them.
        change: How much a row's key changes when a task of the request is placed there.
        count_shift: The lowest bit of the group's count, -1 if it is not in the key.
        count_mask: The largest count, as a mask.
    """

    def __init__(
        self,
        store: Store,
        ranking: Ranking,
        demand: Mapping[int, int],
        spread_number: Callable[[str], int],
    ) -> None:
        self.store = store
        self.widths = {key: key.bit_width(store) for key in ranking.keys}
        self.count_bits = KEY_BITS - sum(self.widths.values())
        self.links: list[tuple[int, int, int, int]] = []
        self.change = 0
        self.count_shift = -1
        self.count_mask = 0
        self._shift = 0
        """The lowest bit that is not taken."""
        self._value = len(ranking.attributes)
        """Which value of a bucket was added last: buckets have one for each attribute."""
        self._demand = demand
        self._spread_number = spread_number

    def add_attribute_count(self, attribute: str) -> None:
        """Add the count of the request's group by the values of an attribute (A33)."""
        self._value -= 1
        number = self._spread_number(attribute)
        self.links.append((fields.BY_ATTRIBUTE, number, self._value, 0))

    def add_group_count(self) -> None:
        """Add the count of the request's group on a row."""
        self.count_shift, self.count_mask = self._shift, 2**self.count_bits - 1
        self.links.append((fields.BY_KEY, self._shift, self.count_mask, -1))
        self.change += 1 << self._shift
        self._shift += self.count_bits

    def add_resource(self, name: str, width: int) -> None:
        """Add what a row has left of a resource; ``width`` bits hold the largest amount."""
        resource = self.store.tasks.resource(name)  # named here: kernels address it by its number
        mask = 2**width - 1
        self.links.append((fields.BY_KEY, self._shift, mask, resource))
        amount = self._demand.get(resource, 0)
        if amount <= mask:  # no row has more: such a task is placed nowhere
            self.change -= amount << self._shift
        self._shift += width
