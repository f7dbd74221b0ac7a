"""Keys of indexes are kept within a bound of bytes; those used longest ago are evicted."""

from __future__ import annotations

import numpy as np
import pytest

from placement.engine.index import key_pool
from placement.engine.index.key_pool import KeyPool, Keys

NARROW, WIDE = 64 * 4 + 8 + 2 * 8, 64 * 8 + 8 + 2 * 8
"""Bytes of an index of one block and two buckets."""


class Used:
    """Says when an index was used last."""

    def __init__(self) -> None:
        self.at: dict[int, int] = {}

    def __call__(self, index: int) -> int:
        return self.at[index]


def build(pool: KeyPool, used: Used, index: int, when: int, *, wide: bool = False) -> list[int]:
    """Build an index, used at some moment, and return those that have been evicted."""
    used.at[index] = when
    new, evicted = pool.take(index, 64, 2, wide=wide, used=used)
    assert pool.built[index] is new
    assert new.keys.dtype == (np.int64 if wide else np.int32)
    assert (len(new.keys), len(new.bounds), len(new.best)) == (64, 1, 2)
    assert not new.keys.any()
    assert not new.bounds.any()
    assert not set(evicted) & set(pool.built)
    assert pool.nbytes == sum(keys.nbytes for keys in pool.built.values())
    return evicted


def test_bytes_are_those_of_the_arrays() -> None:
    used = Used()
    pool = KeyPool(2**20)
    build(pool, used, 3, 1)
    assert pool.nbytes == NARROW
    build(pool, used, 4, 2, wide=True)
    assert pool.nbytes == NARROW + WIDE
    pool.drop(3)
    pool.drop(3)
    assert pool.nbytes == WIDE
    pool.replace(4, Keys(128, 2, wide=True))
    assert pool.nbytes == 128 * 8 + 16 + 16


def test_an_index_that_is_built_again_takes_its_bytes_once() -> None:
    used = Used()
    pool = KeyPool(2**20)
    for wide in (False, True, True):
        assert build(pool, used, 1, 1, wide=wide) == []
    assert pool.nbytes == WIDE


def test_those_used_longest_ago_are_evicted_with_a_sixteenth_to_spare() -> None:
    used = Used()
    pool = KeyPool(32 * NARROW)
    for index in range(32):
        assert build(pool, used, index, 100 + index) == []
    used.at |= {0: 200, 5: 0, 6: 1}
    assert build(pool, used, 32, 201) == [5, 6, 1]
    assert len(pool.built) == 30
    assert build(pool, used, 33, 202) == build(pool, used, 34, 203) == []
    assert build(pool, used, 35, 204) == [2, 3, 4]


def test_the_keys_of_one_index_are_kept_in_any_case() -> None:
    used = Used()
    pool = KeyPool(0)
    assert build(pool, used, 1, 1) == []
    assert build(pool, used, 2, 2) == [1]
    assert build(pool, used, 2, 3) == []
    assert list(pool.built) == [2]


def test_indexes_that_come_once_are_evicted_before_those_that_were_built_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also if they were used later; an index that was evicted may be built again."""
    monkeypatch.setattr(key_pool, "MAX_PROBATION", 3)
    used = Used()
    pool = KeyPool(2**30)
    for index in (1, 2):
        for _ in range(2):
            assert build(pool, used, index, 0) == []
    for index in (10, 11, 12):
        assert build(pool, used, index, index) == []
    assert build(pool, used, 13, 13) == [10]
    assert build(pool, used, 14, 14) == [11]
    assert build(pool, used, 10, 15) == []
    assert [build(pool, used, 20 + number, 20 + number) for number in range(4)] == [
        [12],
        [13],
        [14],
        [20],
    ]
    assert sorted(pool.built) == [1, 2, 10, 21, 22, 23]


def test_an_index_that_was_dropped_for_room_counts_no_more_as_built_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_pool, "MAX_PROBATION", 2)
    used = Used()
    pool = KeyPool(2**20)
    build(pool, used, 1, 1)
    build(pool, used, 2, 2)
    pool.drop(1)
    assert build(pool, used, 3, 3) == []
    assert build(pool, used, 1, 4) == []
    assert build(pool, used, 4, 5) == [2]
