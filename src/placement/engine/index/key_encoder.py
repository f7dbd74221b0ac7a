"""The packed key of a ranking: the numbers of a row's sort keys in one integer.

In: sort keys, the least important first.  Out: ``KeyEncoder``: the numbers by which
``kernels.keys`` reads and changes keys.  Knows neither which strategies there are
(``engine.ranking``) nor which requests have the key (``placement_index``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from placement.kernels import fields

if TYPE_CHECKING:
    from placement.engine.ranking import Ranking
    from placement.state.store import Store

__all__ = ["KeyEncoder", "encode_key"]

WIDE_BITS, NARROW_BITS = 61, 30
"""Bits of a packed key, and of one that takes half the memory."""

WIDE_COUNT_BITS, NARROW_COUNT_BITS = 24, 6
"""Bits that a group's count on a row has at least."""


def encode_key(
    store: Store,
    ranking: Ranking,
    spread_number: Callable[[str], int],
    *,
    wide: bool,
) -> KeyEncoder | None:
    """Return the packed key of a ranking, None if its numbers do not fit into one integer.

    Args:
        store: The store of the cluster.
        ranking: The ranking; all its sort keys are indexable.
        spread_number: Returns the number of the counts of the request's group by the values of an
            attribute (A33).
        wide: Whether the key may have ``WIDE_BITS``, or only ``NARROW_BITS``.
    """
    bits, least = (WIDE_BITS, WIDE_COUNT_BITS) if wide else (NARROW_BITS, NARROW_COUNT_BITS)
    encoder = KeyEncoder(store, ranking, spread_number, bits)
    if encoder.count_bits < least:
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
        count_shift: The lowest bit of the group's count, -1 if it is not in the key.
        count_mask: The largest count, as a mask.
    """

    def __init__(
        self,
        store: Store,
        ranking: Ranking,
        spread_number: Callable[[str], int],
        bits: int,
    ) -> None:
        self.store = store
        self.widths = {key: key.bit_width(store) for key in ranking.keys}
        self.count_bits = bits - sum(self.widths.values())
        self.links: list[tuple[int, int, int, int]] = []
        self.count_shift = -1
        self.count_mask = 0
        self._shift = 0
        """The lowest bit that is not taken."""
        self._value = len(ranking.attributes)
        """Which value of a bucket was added last: buckets have one for each attribute."""
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
        self._shift += self.count_bits

    def add_resource(self, name: str, width: int) -> None:
        """Add what a row has left of a resource; ``width`` bits hold the largest amount."""
        resource = self.store.tasks.resource(name)  # named here: kernels address it by its number
        mask = 2**width - 1
        self.links.append((fields.BY_KEY, self._shift, mask, resource))
        self._shift += width
