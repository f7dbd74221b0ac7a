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

    def take(self, count: int, is_free: Callable[[int], bool]) -> int | None:
        """Take ``count`` ports in a row and return the first; None if there are none left.

        ``is_free`` says of a port whether no task has it as its static one.
        """
        in_a_row = 0
        port = self.next
        for _ in range(LAST - FIRST + count):
            if port > LAST:
                port, in_a_row = FIRST, 0
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
