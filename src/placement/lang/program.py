"""A query as data: a flat list of instructions over registers that hold masks.

In: a simplified ``typed.Tree``.  Out: a ``Program`` that can be printed, compared and hashed.  It
names columns, not a cluster's numbers for them; ``query.bind`` turns it into those.
"""

from __future__ import annotations

import attrs

from placement.lang.typed import AllOf, AnyOf, Leaf, Negation, Tree

__all__ = ["And", "Instruction", "Load", "Or", "Program", "lower"]


@attrs.frozen
class Load:
    """``m[register] = leaf``."""

    register: int
    leaf: Leaf

    def __str__(self) -> str:
        return f"{self.leaf} -> m{self.register}"


@attrs.frozen
class And:
    """``m[register] &= m[other]``."""

    register: int
    other: int

    def __str__(self) -> str:
        return f"m{self.register} and m{self.other} -> m{self.register}"


@attrs.frozen
class Or:
    """``m[register] |= m[other]``."""

    register: int
    other: int

    def __str__(self) -> str:
        return f"m{self.register} or m{self.other} -> m{self.register}"


Instruction = Load | And | Or


@attrs.frozen
class Program:
    """The instructions in order; the answer is in register 0.  ``str()`` lists them."""

    instructions: tuple[Instruction, ...]
    registers: int
    """How many registers the instructions use."""

    def __str__(self) -> str:
        return "\n".join(f"{n:<3}{text}" for n, text in enumerate(map(str, self.instructions)))


def lower(tree: Tree) -> Program:
    """Return the program of a simplified tree."""
    instructions: list[Instruction] = []
    _emit(tree, 0, instructions)
    return Program(tuple(instructions), 1 + max(step.register for step in instructions))


def _emit(tree: Tree, register: int, out: list[Instruction]) -> None:
    """Emit what leaves the mask of ``tree`` in ``register``; higher registers are free to use."""
    match tree:
        case AllOf(children) | AnyOf(children):
            combine = And if isinstance(tree, AllOf) else Or
            _emit(children[0], register, out)
            for child in children[1:]:
                _emit(child, register + 1, out)
                out.append(combine(register, register + 1))
        case Negation():
            message = "lower takes a simplified tree, which has no negation"
            raise TypeError(message)
        case _:
            out.append(Load(register, tree))
