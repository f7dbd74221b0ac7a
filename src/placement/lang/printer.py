"""The canonical text of a tree: symbolic operators, words for and/or/not, quotes where needed.

In: ``ast.Node``.  Out: text that parses to the same tree.
"""

from __future__ import annotations

import re

from placement.lang.ast import And, Condition, Node, Not, Operator, Or
from placement.lang.parse import MAX_DEPTH, bare_pattern
from placement.lang.subjects import WORD_FORMS

__all__ = ["canonical", "canonical_pattern", "canonical_value"]

_WORD = re.compile(r"""[^ \t\r\n,\[\]()'"=!<>~&|]+""")
_KEYWORDS = frozenset({"and", "or", "not", *WORD_FORMS})


def canonical(node: Node) -> str:
    """Return the canonical text of ``node``; parsing it gives an equal tree.

    ``not`` is followed by parentheses, as it is documented, unless these would nest too deeply.
    """
    return _text(node, spare=_levels(node) > MAX_DEPTH)


def _text(node: Node, spare: bool) -> str:
    """Return a node's text; ``spare`` leaves out parentheses that the grammar does not need."""
    match node:
        case Condition():
            return _condition(node)
        case Not(operand):
            text = _text(operand, spare)
            return f"not {text}" if spare and isinstance(operand, Condition) else f"not({text})"
        case And(operands):
            return " and ".join([_inside(operand, (And, Or), spare) for operand in operands])
        case Or(operands):
            return " or ".join([_inside(operand, (Or,), spare) for operand in operands])


def _inside(operand: Node, looser: tuple[type, ...], spare: bool) -> str:
    """Return an operand, in parentheses where the text would otherwise parse to another tree."""
    text = _text(operand, spare)
    return f"({text})" if isinstance(operand, looser) else text


def _levels(node: Node) -> int:
    """Return how deep parentheses and nots nest in the text of a node."""
    match node:
        case Condition():
            return 0
        case Not(operand):
            return _levels(operand) + 2
        case And(operands):
            return max([_levels(operand) + isinstance(operand, And | Or) for operand in operands])
        case Or(operands):
            return max([_levels(operand) + isinstance(operand, Or) for operand in operands])


def _condition(node: Condition) -> str:
    head = f"{node.subject.text} {node.operator.value}"
    values = [canonical_value(literal.value) for literal in node.arguments]
    if node.operator in (Operator.IN, Operator.NOT_IN):
        return f"{head} [{', '.join(values)}]"
    if node.operator in (Operator.MATCHES, Operator.NOT_MATCHES):
        return f"{head} {canonical_pattern(node.arguments[0].value)}"
    return " ".join([head, *values])


def canonical_value(value: str) -> str:
    """Return a value bare where the grammar lets it stand bare, else in single quotes."""
    if _WORD.fullmatch(value) and value not in _KEYWORDS:
        return value
    return _quoted(value)


def canonical_pattern(pattern: str) -> str:
    """Return a regular expression bare where it can stand so anywhere, else in single quotes."""
    return pattern if bare_pattern().fullmatch(pattern) else _quoted(pattern)


def _quoted(value: str) -> str:
    """Return ``value`` in single quotes.

    A backslash is doubled only where it would otherwise read as an escape: before a backslash, a
    quote or the end.
    """
    escaped = re.sub(r"\\(?=[\\']|\Z)", r"\\\\", value)
    return "'" + re.sub(r"'", r"\\'", escaped) + "'"
