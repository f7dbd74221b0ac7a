"""Host ports that an agent would choose: for port mappings that leave them open (2.3).

In: how many ports in a row are wanted.  Out: the first of them; ports that are taken are passed
over.  Placement does not look at them: they never conflict and count towards no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["FIRST", "LAST", "DynamicPorts"]

FIRST, LAST = 32768, 60999
"""Linux's ephemeral range, as the ECS-optimised machine has it (2.3)."""


class DynamicPorts:
    """The ports of one instance that were chosen, and where the next search starts."""

    __slots__ = ("next", "taken")

    def __init__(self) -> None:
        self.taken: set[int] = set()
        self.next = FIRST

    def copy(self) -> DynamicPorts:
        """Return an independent copy."""
        twin = DynamicPorts()
        twin.taken, twin.next = set(self.taken), self.next
        return twin

    def take(
        self, count: int, is_free: Callable[[int], bool], first: int = FIRST, last: int = LAST
    ) -> int | None:
        """Take ``count`` ports in a row and return the first; None if there are none left.

        Args:
            count: How many.
            is_free: Whether no task has a port as its static one.
            first: The first port of the range.
            last: The last one.
        """
        in_a_row = 0
        port = self.next if first <= self.next <= last else first
        for _ in range(last - first + count):
            if port > last:
                port, in_a_row = first, 0
            in_a_row = in_a_row + 1 if port not in self.taken and is_free(port) else 0
            port += 1
            if in_a_row == count:
                self.taken.update(range(port - count, port))
                self.next = port
                return port - count
        return None

    def release(self, ports: Iterable[int]) -> None:
        """Give ports back."""
        self.taken.difference_update(ports)
