"""The keys of one index: reading and changing them, and finding the best row of a bucket.

In: the tables of the indexes, positions, keys.  Out: the arrays of one index, its keys, bounds and
best positions.  Knows neither tasks nor requests: ``kernels.index`` works out which key a row
should have, and says what an index is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from placement.kernels.bundles import Length, Place, bundle_of_two
from placement.kernels.fields import (
    BEST,
    BLOCK,
    BLOCKED,
    BLOCKS,
    BOUNDS,
    BUCKET_AT,
    CHAIN,
    FIRST_BLOCK,
    KEYS,
    LAYOUT,
    MOST_BUCKETS,
    MOST_PAGES,
    MOST_ROWS,
    NARROW_BLOCKED,
    NARROW_NEVER,
    NEVER,
    NO_ROW,
    NONE,
    PAGE,
    PAGE_OF,
    PAGES,
    POSITION_OF,
    POSITIONS,
    ROW_AT,
    STALE,
    STATIC,
    VALUES,
    WIDE,
    Indexes,
)
from placement.kernels.tiers import inlined

__all__ = [
    "OpenIndex",
    "advance_best",
    "block_key",
    "find_best",
    "is_candidate",
    "key_at",
    "open_index",
    "position_of",
    "set_key",
    "write_key",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

GROUPED = 16
"""Bounds that are compared at once."""

LOOKAHEAD = 8
"""Blocks in which the next best row is looked for before the bucket is searched."""


class OpenIndex(NamedTuple):
    """The arrays of one index and its layout; P positions, B blocks, K buckets, N rows.

    Attributes:
        is_wide: whether ``wide`` has the keys, else ``narrow``.
        wide: int64 ``[P]``.
        narrow: int32 ``[P]``, NARROW_NEVER for NEVER, NARROW_BLOCKED for BLOCKED.
        bounds: int64 ``[B]``, at most the smallest key of the block.
        best: int64 ``[K]``, the best position of a bucket, STALE or NONE.
        static: bool ``[N]``, whether the static conditions are true.
        row_at: int32 ``[P]``, the row at a position, or NO_ROW.
        page_of: int32 ``[N / PAGE]``, the page of each row // PAGE.
        position_on: int32 ``[page, PAGE]``, NO_ROW for a row that is not here (``position_of``).
        bucket_at: int32 ``[B]``, the bucket of each block.
        first_block: int32 ``[K]``, the first block of each bucket.
        blocks: int32 ``[K]``, how many blocks of the bucket have been used.
        values: int32 ``[K, CHAIN]``, a bucket's value of each attribute of the layout.
    """

    is_wide: Any
    wide: Array
    narrow: Array
    bounds: Array
    best: Array
    static: Array
    row_at: Array
    page_of: Array
    position_on: Array
    bucket_at: Array
    first_block: Array
    blocks: Array
    values: Array


_POSITIONS = Length(POSITIONS, 1)
_BLOCKS = Length(POSITIONS, 1, BLOCK)
_BUCKETS = Length(MOST_BUCKETS, 1)
_ROWS = Length(MOST_ROWS, 1)

_opened = bundle_of_two(
    OpenIndex,
    {
        "is_wide": Place(None, WIDE),
        "wide": Place(np.int64, KEYS, (_POSITIONS,)),
        "narrow": Place(np.int32, KEYS, (_POSITIONS,)),
        "bounds": Place(np.int64, BOUNDS, (_BLOCKS,)),
        "best": Place(np.int64, BEST, (_BUCKETS,)),
        "static": Place(np.bool_, STATIC, (_ROWS,)),
        "row_at": Place(np.int32, ROW_AT, (_POSITIONS,), 1),
        "page_of": Place(np.int32, PAGE_OF, (Length(MOST_PAGES, 1),), 1),
        "position_on": Place(np.int32, POSITION_OF, (Length(PAGES, 1), PAGE), 1),
        "bucket_at": Place(np.int32, BUCKET_AT, (_BLOCKS,), 1),
        "first_block": Place(np.int32, FIRST_BLOCK, (_BUCKETS,), 1),
        "blocks": Place(np.int32, BLOCKS, (_BUCKETS,), 1),
        "values": Place(np.int32, VALUES, (_BUCKETS, CHAIN), 1),
    },
)


@inlined
def open_index(indexes: Indexes, index: int) -> OpenIndex:
    """Return the arrays of an index that is built."""
    own = indexes.table[index]
    opened: OpenIndex = _opened(own, indexes.layouts[own[LAYOUT]])
    return opened


@inlined
def key_at(own: OpenIndex, position: int) -> Number:
    """Return the key at a position."""
    if own.is_wide:
        return own.wide[position]
    key = np.int64(own.narrow[position])
    return key if key < NARROW_BLOCKED else key + (NEVER - NARROW_NEVER)


@inlined
def is_candidate(own: OpenIndex, position: int) -> Number:
    """Return whether there is a row at a position, and its static conditions are true."""
    row = own.row_at[position]
    return row != NO_ROW and own.static[row]


@inlined
def position_of(own: OpenIndex, row: int) -> Number:
    """Return the position of a row, NO_ROW if it is not in the layout."""
    return np.int64(own.position_on[own.page_of[row // PAGE], row % PAGE])


@inlined
def write_key(own: OpenIndex, position: int, key: int) -> None:
    """Write a key, and nothing else."""
    if own.is_wide:
        own.wide[position] = key
    else:
        own.narrow[position] = key if key < NARROW_BLOCKED else key - (NEVER - NARROW_NEVER)


@inlined
def set_key(own: OpenIndex, position: int, key: int) -> None:
    """Change the key at a position, and what is known of its block and bucket."""
    old = key_at(own, position)
    write_key(own, position, key)
    block = position // BLOCK
    bucket = own.bucket_at[block]
    best = own.best[bucket]
    if key < old and key < BLOCKED:  # to become BLOCKED is no improvement
        own.bounds[block] = min(own.bounds[block], key)
        if best == NONE:
            own.best[bucket] = position
        elif best >= 0:
            least = key_at(own, best)
            if key < least or (key == least and position < best):
                own.best[bucket] = position
    elif key > old and best == position:
        own.best[bucket] = STALE


@inlined
def advance_best(own: OpenIndex, position: int, key: int) -> None:
    """Raise the key of a bucket's best row; the next row with the old key becomes the best.

    Rows before the best one have larger keys, and no row has a smaller one, so that the first after
    it with the same key is the next: in its block, or in the next block whose bound is that key.
    It is mostly near.  If it is not, the bucket is searched the next time it is needed.
    """
    old = key_at(own, position)
    write_key(own, position, key)
    block = position // BLOCK
    bucket = own.bucket_at[block]
    end = own.first_block[bucket] + own.blocks[bucket]
    at = position + 1
    own.best[bucket] = STALE
    for nearby in range(block, min(block + LOOKAHEAD, end)):
        if nearby > block:
            if own.bounds[nearby] != old:
                continue
            at = nearby * BLOCK
        while at < (nearby + 1) * BLOCK:
            if key_at(own, at) == old:
                if is_candidate(own, at):
                    own.best[bucket] = at
                    return
                write_key(own, at, np.int64(NEVER))
            at += 1


@inlined
def block_key(own: OpenIndex, position: int) -> None:
    """Write BLOCKED at a position of which the key is less: a task does not fit on its row."""
    if own.best[own.bucket_at[position // BLOCK]] == position:
        advance_best(own, position, np.int64(BLOCKED))
    else:
        write_key(own, position, np.int64(BLOCKED))


@inlined
def _least_of(keys: Array, start: int) -> Number:
    """Return the smallest of a block's keys, of either width."""
    least = keys[start]
    for i in range(start + 1, start + BLOCK):
        least = min(least, keys[i])
    return np.int64(least)


@inlined
def find_best(own: OpenIndex, bucket: int) -> None:
    """Find the first position with the smallest key of a bucket, correcting bounds on the way."""
    first = own.first_block[bucket]
    bounds = own.bounds[first : first + own.blocks[bucket]]
    whole = bounds.shape[0] // GROUPED * GROUPED
    while True:
        least, block = np.int64(NEVER), np.int64(0)
        for at in range(0, whole, GROUPED):
            smallest = bounds[at]
            for i in range(1, GROUPED):  # several are compared at once
                smallest = min(smallest, bounds[at + i])
            if smallest < least:
                least, block = smallest, np.int64(at)
        for at in range(whole, bounds.shape[0]):
            if bounds[at] < least:
                least, block = bounds[at], np.int64(at)
        if least >= BLOCKED:
            own.best[bucket] = NONE
            return
        while bounds[block] != least:
            block += 1
        start = (first + block) * BLOCK
        if own.is_wide:
            smallest = _least_of(own.wide, start)
        else:
            smallest = _least_of(own.narrow, start)
            if smallest >= NARROW_BLOCKED:
                smallest += NEVER - NARROW_NEVER
        bounds[block] = smallest
        if smallest == least:
            for position in range(start, start + BLOCK):
                if key_at(own, position) == least:
                    if is_candidate(own, position):
                        own.best[bucket] = position
                        return
                    write_key(own, position, np.int64(NEVER))
