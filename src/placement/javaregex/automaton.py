"""Write the program of a regular form: an automaton that the kernel goes through.

In: a regular form.  Out: a program that remembers every position it has been at, so that its steps
grow with instructions times characters at most, or None where repetitions, written out, are too
large.
"""

from __future__ import annotations

from placement.javaregex.program import Program, Writer
from placement.javaregex.tree import UNBOUNDED, Atomic, Node, Repeat, Set
from placement.kernels import instructions as kernel

__all__ = ["automaton"]

_MAX_INSTRUCTIONS = 10_000

_ENDLESS = 1_000
"""A greatest count from which on a repetition has none, for texts of fewer units."""


class _TooLargeError(Exception):
    """More instructions than there may be."""


def automaton(form: Node) -> Program | None:
    """Return the program of a regular form, or None if it would be too large."""
    writer = _Automaton()
    try:
        writer.write(form)
    except _TooLargeError:
        return None
    return writer.finished()


class _Automaton(Writer):
    """Writes repetitions out; whether a group captures and which way comes first has no meaning."""

    memory = kernel.POSITIONS

    def emit(self, operation: int, *operands: int) -> int:
        """Write an instruction and return its place."""
        if len(self.code) > _MAX_INSTRUCTIONS * kernel.FIELDS:
            raise _TooLargeError
        return super().emit(operation, *operands)

    def atomic(self, node: Atomic) -> None:
        """Write a line break whose pair stays whole: no other atomic part is in a regular form."""
        del node
        self.emit(kernel.ATOMIC_BREAK)

    def repeat(self, node: Repeat) -> None:
        """Write every round that has to be or may be."""
        if isinstance(node.body, Set):
            self.run(node, node.body)
            return
        most = node.most
        if max(_ENDLESS, node.least + 1) <= most < UNBOUNDED:
            # A round that takes nothing could be left out: as many as the text has units suffice.
            self.longest = min(self.longest, most)
            most = UNBOUNDED
        for _ in range(node.least):
            self.write(node.body)
        if most == UNBOUNDED:
            splits = [self._parting()]
            self.write(node.body)
            self.emit(kernel.JUMP, splits[0])
        else:
            splits = []
            for _ in range(most - node.least):
                splits.append(self._parting())
                self.write(node.body)
        for split in splits:
            self.patch(split, 2)

    def _parting(self) -> int:
        return self.emit(kernel.SPLIT, self.following(), 0, self.memo())
