"""The tree of an expression as it was written.

Out of ``parse``; into ``check``, the printer and the lints.  Nodes are frozen and carry the span of
the text they came from, which equality ignores.  This module knows nothing of types or clusters.
"""

from __future__ import annotations

from enum import Enum

import attrs

from placement.errors import Span

__all__ = ["And", "Condition", "Literal", "Node", "Not", "Operator", "Or", "Subject"]

NOWHERE = Span(0, 0)
"""The span of a node that was built by hand."""


class Operator(Enum):
    """The twelve operators; the value is the symbolic spelling, which is the canonical one."""

    EQ = "=="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    IN = "in"
    NOT_IN = "!in"
    MATCHES = "=~"
    NOT_MATCHES = "!~"
    EXISTS = "exists"
    NOT_EXISTS = "!exists"

    __hash__ = object.__hash__  # members are singletons; Enum's own hash is a slow Python call


@attrs.frozen
class Subject:
    """What a test asks about: ``attribute:NAME`` or one of the six built-in subjects.

    ``text`` is the whole spelling, for example ``attribute:ecs.os-type`` or ``task:group``.
    """

    text: str
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)

    @property
    def attribute(self) -> str | None:
        """The attribute's name, or None for a built-in subject."""
        return self.text[10:] if self.text.startswith("attribute:") else None


@attrs.frozen
class Literal:
    """An argument: its value, and whether it stood in quotes (which changes nothing, A7)."""

    value: str
    quoted: bool = attrs.field(default=False, eq=False, repr=False)
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


@attrs.frozen
class Condition:
    """``subject operator arguments``: none for ``exists``, any number for ``in``, else one."""

    subject: Subject
    operator: Operator
    arguments: tuple[Literal, ...] = ()
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)
    operator_span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


@attrs.frozen
class Not:
    """``not operand``.  A run of nots is folded by the parser (C2)."""

    operand: Node
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


@attrs.frozen
class And:
    """``a and b and ...``: two operands or more; one that is an And itself stood in parentheses."""

    operands: tuple[Node, ...]
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


@attrs.frozen
class Or:
    """``a or b or ...``: two operands or more; one that is an Or itself stood in parentheses."""

    operands: tuple[Node, ...]
    span: Span = attrs.field(default=NOWHERE, eq=False, repr=False)


Node = Condition | Not | And | Or
