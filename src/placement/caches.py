"""A bounded cache that forgets the entry put first.

In: hashable keys and any values.  Out: the same values, as long as they are among the newest.
Knows nothing of what it keeps.  Threads may get and put at once: a lost entry is computed again.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["BoundedCache"]

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """At most ``limit`` entries; when one more is put, the oldest is dropped."""

    __slots__ = ("_entries", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._entries: dict[Hashable, Value] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> Value | None:
        """Return the value of a key, None if it is not here (any more)."""
        return self._entries.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        """Set the value of a key, and drop the oldest entries beyond the limit."""
        self._entries[key] = value
        if len(self._entries) > self.limit:
            for oldest in list(self._entries)[: len(self._entries) - self.limit]:
                self._entries.pop(oldest, None)  # another thread may have dropped it

    def clear(self) -> None:
        """Drop every entry."""
        self._entries.clear()
