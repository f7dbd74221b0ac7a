"""Bounded caches that forget the entries put first: by number, and by bytes.

In: hashable keys and any values.  Out: the same values, as long as they are among the newest.
Knows nothing of what it keeps.  Threads may get and put at once: a lost entry is computed again.
"""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Any, Generic, TypeVar

__all__ = ["COMPILED", "BoundedCache", "SizedCache"]

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """At most ``limit`` entries; when one more is put, the oldest are dropped.

    Of a large cache a sixteenth is dropped at once: the cost of a put does not grow with it.
    """

    __slots__ = ("_entries", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._entries: dict[Hashable, Value] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """Return the value of a key, None if it is not here (any more)."""
        return self._entries.get(key)

    def values(self) -> list[Value]:
        """Return the values, oldest first."""
        return list(self._entries.values())

    def put(self, key: Hashable, value: Value) -> None:
        """Set the value of a key, and drop the oldest entries beyond the limit."""
        self._entries[key] = value
        if len(self._entries) > self.limit:
            keys = list(self._entries)  # counted once: another thread may be dropping the same
            surplus = len(keys) - self.limit
            for oldest in keys[: surplus + self.limit // 16] if surplus > 0 else []:
                self._entries.pop(oldest, None)

    def clear(self) -> None:
        """Drop every entry."""
        self._entries.clear()


class SizedCache(Generic[Value]):
    """Entries of at most ``limit`` bytes together, as their makers reckon them.

    When one more is put, the entries put first are dropped until the rest fits; an entry that is
    larger than the limit is not kept at all.  ``limit`` may be changed at any time.
    """

    __slots__ = ("_entries", "_limit", "_lock", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._entries: dict[Hashable, tuple[Value, int]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes that the entries hold together."""
        return self._size

    @property
    def limit(self) -> int:
        """Bytes that they may hold."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._drop()

    def get(self, key: Hashable) -> Value | None:
        """Return the value of a key, None if it is not here (any more)."""
        found = self._entries.get(key)
        return None if found is None else found[0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Set the value of a key, and drop the oldest entries beyond the limit."""
        with self._lock:
            _, before = self._entries.pop(key, (None, 0))
            self._entries[key] = value, size
            self._size += size - before
            self._drop()

    def _drop(self) -> None:
        entries = self._entries
        while self._size > self._limit:
            oldest = next(iter(entries))
            self._size -= entries.pop(oldest)[1]

    def clear(self) -> None:
        """Drop every entry."""
        with self._lock:
            self._entries.clear()
            self._size = 0


COMPILED: SizedCache[Any] = SizedCache(64 * 2**20)
"""All compiled patterns, their automata and programs, and all compiled queries of the process."""
