"""Write the program of any tree: one that goes the ways of Java's matcher, in their order.

In: a tree.  Out: a program.  The rules, found by asking a JDK:

- A part that matches in one way only (an atomic group, a look-around, a round of a possessive
  repetition, a round of one piece that is no group or of a group that is fixed in Java's eyes) is
  never gone back into.  What it captured stays when its match is given up.
- Any other repetition of a group ends at the first round that takes nothing, whatever its count.
- A group notes what it took at its end; a reference inside of it sees what it took before.
"""

from __future__ import annotations

from placement.javaregex.lengths import is_loop, lengths
from placement.javaregex.program import NO_MEMO, Program, Writer
from placement.javaregex.tree import (
    UNBOUNDED,
    Atomic,
    Choice,
    Cluster,
    Fold,
    Group,
    Look,
    Mode,
    Node,
    Reference,
    Repeat,
    Sequence,
    Set,
    Test,
)
from placement.kernels import instructions as kernel

__all__ = ["backtracking"]


def backtracking(tree: Node) -> Program:
    """Return the program of a tree."""
    writer = _Backtracking(tree)
    writer.write(tree)
    return writer.finished()


class _Backtracking(Writer):
    """Writes loops that count, captures that a reference asks for, and bodies that are cut."""

    memory = kernel.STATES

    def __init__(self, tree: Node) -> None:
        super().__init__()
        groups, self._wanted = _groups(tree), _references(tree)
        self._wanted &= groups
        self.register(2 * max(groups, default=0) + 2)  # those of group 0 are the kernel's own
        self._captures: list[int] = []
        """Registers that references depend on."""
        for group in sorted(self._wanted):
            self._captures += 2 * group, 2 * group + 1
        self._starts = {group: self.register() for group in sorted(self._wanted)}
        self._loops: list[int] = []
        """Registers of the loops around the place that is written next."""
        self._cuts = 0
        """How many bodies around that place are cut."""

    def memo_keys(self) -> tuple[int, ...]:
        """Return what decides what comes: captures, the loops around, the body that is cut."""
        return (kernel.EPOCH, *self._captures, *self._starts.values(), *self._loops)

    def group(self, node: Group) -> None:
        """Write a group; one that no reference asks for captures nothing."""
        if node.number not in self._wanted:
            self.write(node.body)
            return
        self._begin(node.number)
        self.write(node.body)
        self._end(node.number)

    def _begin(self, number: int) -> None:
        self.emit(kernel.SAVE, self._starts[number])

    def _end(self, number: int) -> None:
        if self._cuts:
            # What is captured here stays when the body is given up: two ways that come to the same
            # state may then differ in what they leave.
            self.memory = kernel.FORGETS
        self.emit(kernel.SAVE_GROUP, 2 * number, self._starts[number])

    def _cut(self, body: Node) -> None:
        """Write a body whose first way is its only one."""
        if isinstance(body, Set | Test | Reference | Cluster):
            self.write(body)
            return
        mark = self.register(2)
        self.emit(kernel.MARK, mark)
        self._cuts += 1
        self.write(body)
        self._cuts -= 1
        self.emit(kernel.CUT, mark)

    def atomic(self, node: Atomic) -> None:
        """Write an atomic group."""
        self._cut(node.body)

    def reference(self, node: Reference) -> None:
        """Write a back reference; one to no group never matches."""
        if node.group not in self._wanted:
            self.emit(kernel.FAIL)
            return
        self.uses_folds = self.uses_folds or node.fold is Fold.UNICODE
        self.emit(kernel.REFERENCE, 2 * node.group, node.fold)

    def repeat(self, node: Repeat) -> None:
        """Write a repetition."""
        if node.most == 0:
            return
        if isinstance(node.body, Set):
            self.run(node, node.body)
        elif node.mode is Mode.POSSESSIVE:
            mark = self.register(2)
            self.emit(kernel.MARK, mark)
            self._cuts += 1
            self._rounds(node, strict=True)
            self._cuts -= 1
            self.emit(kernel.CUT, mark)
        elif (node.least, node.most) == (0, 1):
            self._optional(node)
        else:
            self._rounds(node, strict=not is_loop(node))

    def _optional(self, node: Repeat) -> None:
        greedy = node.mode is Mode.GREEDY
        ways = (self.following(), 0) if greedy else (0, self.following())
        split = self.emit(kernel.SPLIT, *ways, self.memo())
        if isinstance(node.body, Group):
            self.write(node.body)
        else:
            self._cut(node.body)
        self.patch(split, 2 if greedy else 1)

    def _rounds(self, node: Repeat, *, strict: bool) -> None:
        """Write a loop that counts; with ``strict`` each round matches in its first way only."""
        register = self.register(2)
        kind = kernel.RELUCTANT if node.mode is Mode.RELUCTANT else kernel.GREEDY
        whole = kind
        if strict:
            # Rounds that take nothing are all the same, unless a reference sees what they captured.
            whole += kernel.STRICT + (kernel.PATIENT if self._wanted else 0)
        self.emit(kernel.RESET, register)
        self._loops += register, register + 1
        loop = self.emit(kernel.LOOP, register, node.least, node.most, 0, whole, self.memo())
        # Beyond the least count of an endless loop the number of rounds has no meaning.
        self.emit(kernel.ENTER, register, node.least + 1 if node.most == UNBOUNDED else node.most)
        leave = self._round(node, register, kind, strict=strict)
        self.emit(kernel.JUMP, loop)
        self.patch(loop, 4)
        if leave is not None:
            self.patch(leave, 3)
        del self._loops[-2:]

    def _round(self, node: Repeat, register: int, kind: int, *, strict: bool) -> int | None:
        """Write one round; return the place of a LEAVE in it."""
        body = node.body
        if not strict:
            self.write(body)
            return None
        if not isinstance(body, Group) or body.number not in self._wanted:
            self._cut(body.body if isinstance(body, Group) else body)
            return None
        leave = None
        self._begin(body.number)
        self._cut(body.body)
        if node.mode is not Mode.POSSESSIVE:
            leave = self.emit(kernel.LEAVE, register, node.least, 0, kind)
        self._end(body.number)
        return leave

    def look(self, node: Look) -> None:
        """Write a look-around."""
        mark, place = self.register(2), self.register(2)
        self.emit(kernel.MARK, mark)
        self.emit(kernel.KEEP, place)
        split = None
        if node.negated:
            split = self.emit(kernel.SPLIT, self.following(), 0, NO_MEMO)
        if node.behind:
            known = lengths(node.body)
            self.emit(kernel.BEFORE, place, known.least, known.most, node.by_points)
            self.emit(kernel.BEFORE_NEXT, place, node.by_points)
        self._cuts += 1
        self.write(node.body)
        self._cuts -= 1
        if node.behind:
            self.emit(kernel.SAME, place)
        self.emit(kernel.CUT, mark)
        if split is None:
            self.emit(kernel.BACK, place)
            return
        self.emit(kernel.FAIL)
        self.patch(split, 2)
        self.emit(kernel.COPY, kernel.EPOCH, mark + 1)


def _groups(node: Node) -> set[int]:
    """Return the numbers of the capturing groups."""
    match node:
        case Group(body, number):
            return _groups(body) | ({number} if number else set())
        case Sequence(nodes) | Choice(nodes):
            return set().union(*map(_groups, nodes))
        case Atomic(body) | Look(body) | Repeat(body):
            return _groups(body)
    return set()


def _references(node: Node) -> set[int]:
    """Return the numbers of the groups that are referred to."""
    match node:
        case Reference(group):
            return {group}
        case Sequence(nodes) | Choice(nodes):
            return set().union(*map(_references, nodes))
        case Group(body) | Atomic(body) | Look(body) | Repeat(body):
            return _references(body)
    return set()
