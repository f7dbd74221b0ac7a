"""Keys of indexes: memory that is used again, and how much of it indexes built once may hold."""

from __future__ import annotations

import numpy as np
import pytest

from placement.engine.index import key_pool
from placement.engine.index.key_pool import KeyPool, Keys

POSITIONS, BUCKETS = 128, 3
NBYTES = Keys(POSITIONS, BUCKETS, wide=False).nbytes


def pool(most_bytes: int = 2**20) -> KeyPool:
    return KeyPool(most_bytes)


def take(of: KeyPool, index: int, *, positions: int = POSITIONS, wide: bool = False) -> list[int]:
    """Take keys, check that all are 0, and fill them; return which indexes were evicted."""
    keys, evicted = of.take(index, positions, BUCKETS, wide=wide, used=lambda index: index)
    assert not keys.memory.any()
    keys.memory.fill(-1)
    return evicted


@pytest.mark.parametrize(("wide", "dtype"), [(False, np.int32), (True, np.int64)])
def test_the_arrays_of_an_index_share_one_piece_of_memory(wide: bool, dtype: type) -> None:
    keys = Keys(POSITIONS, BUCKETS, wide=wide)
    arrays = keys.bounds, keys.best, keys.keys
    assert [len(array) for array in arrays] == [POSITIONS // 64, BUCKETS, POSITIONS]
    assert keys.keys.dtype == dtype
    assert sum(array.nbytes for array in arrays) == keys.nbytes
    starts = [array.__array_interface__["data"][0] for array in arrays]
    assert list(keys.addresses) == starts


def test_memory_of_an_index_that_is_evicted_is_used_again_as_zeros(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_pool, "MAX_PROBATION", 2)
    of = pool()
    assert [take(of, index) for index in range(4)] == [[], [], [0], [1]]
    assert sorted(of.built) == [2, 3]
    assert take(of, 4, wide=True) == [2]
    assert take(of, 5, positions=256) == [3]
    assert of.nbytes == sum(keys.nbytes for keys in of.built.values())


def test_large_memory_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from the system as 0, and where nothing is written it takes no room."""
    monkeypatch.setattr(key_pool, "MAX_PROBATION", 1)
    monkeypatch.setattr(key_pool, "MAX_REUSED", NBYTES - 1)
    of = pool()
    take(of, 0)
    before = of.built[0].memory
    assert take(of, 1) == [0]
    assert of.built[1].memory is not before


def test_indexes_built_once_make_room_first_if_they_take_more_than_their_share() -> None:
    """Requests that come once do not evict those that come again, even if these come seldom."""
    of = pool(16 * NBYTES)
    for index in (0, 1):
        take(of, index)
        of.drop(index)
        take(of, index)  # built again: no longer on probation
    evicted = [index for number in range(2, 100) for index in take(of, number)]
    assert evicted == list(range(2, 2 + len(evicted)))
    assert {0, 1} < set(of.built)
    assert of.nbytes == sum(keys.nbytes for keys in of.built.values()) <= 16 * NBYTES


def test_indexes_built_once_that_are_few_are_evicted_like_all() -> None:
    of = pool(16 * NBYTES)
    for index in range(14):
        take(of, index)
        of.drop(index)
        take(of, index)
    take(of, 20)
    take(of, 21)
    assert take(of, 22) == [0, 1]
