"""Caches that are bounded in bytes."""

from __future__ import annotations

from placement.caches import SizedCache


def test_the_entries_put_first_are_dropped_until_the_rest_fits() -> None:
    cache: SizedCache[str] = SizedCache(10)
    for key in "abc":
        cache.put(key, key.upper(), 4)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (None, "B", "C")
    assert (cache.size, len(cache)) == (8, 2)


def test_an_entry_that_is_put_again_counts_once() -> None:
    cache: SizedCache[int] = SizedCache(10)
    cache.put("a", 1, 4)
    cache.put("a", 2, 6)
    assert (cache.get("a"), cache.size, len(cache)) == (2, 6, 1)


def test_an_entry_larger_than_the_limit_is_not_kept() -> None:
    cache: SizedCache[int] = SizedCache(10)
    cache.put("a", 1, 11)
    assert (cache.get("a"), cache.size) == (None, 0)


def test_a_smaller_limit_drops_entries_at_once() -> None:
    cache: SizedCache[int] = SizedCache(10)
    cache.put("a", 1, 5)
    cache.put("b", 2, 5)
    cache.limit = 5
    assert (cache.get("a"), cache.get("b"), cache.size) == (None, 2, 5)
    cache.clear()
    assert (cache.get("b"), cache.size, cache.limit) == (None, 0, 5)
