"""The expressions of waiters: the part of JMESPath that they use, as functions of an answer.

In: an expression as ``tools/make_service_model.py`` writes it, a list of a node's name and its
parts.  Out: a function from an answer to the expression's value.  The tool parses with JMESPath's
own parser and refuses what is not below, so that the library needs neither a parser nor the package
``jmespath``; knows no service.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["NODES", "Expression", "compile_expression"]

Expression = Callable[[Any], Any]
"""A function of an answer, or of a part of one, to plain data; None where there is nothing."""


def compile_expression(node: Sequence[Any]) -> Expression:
    """Return the function of an expression.

    Args:
        node: The name of a node (``NODES``) and its parts: texts, literals or nodes.

    Raises:
        ValueError: the node is none of ``NODES``.
    """
    name, *parts = node
    if name not in NODES:
        raise ValueError(f"an expression has no node {name!r}")
    return NODES[name](*parts)


def _field(name: str) -> Expression:
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _literal(constant: Any) -> Expression:
    return lambda _: constant


def _identity() -> Expression:
    return lambda value: value


def _subexpression(first: Sequence[Any], then: Sequence[Any]) -> Expression:
    """``first.then``."""
    outer, inner = compile_expression(first), compile_expression(then)
    return lambda value: inner(outer(value))


def _flatten(part: Sequence[Any]) -> Expression:
    """``part[]``: a list whose items that are lists are replaced by their items."""
    of = compile_expression(part)

    def flattened(value: Any) -> list[Any] | None:
        items = of(value)
        if not isinstance(items, list):
            return None
        found: list[Any] = []
        for item in items:
            if isinstance(item, list):
                found.extend(item)
            else:
                found.append(item)
        return found

    return flattened


def _projection(
    part: Sequence[Any], then: Sequence[Any], condition: Sequence[Any] = ("literal", True)
) -> Expression:
    """``part[?condition].then``: an expression of each item, without those that are nothing."""
    of, inner, holds = map(compile_expression, (part, then, condition))

    def projected(value: Any) -> list[Any] | None:
        items = of(value)
        if not isinstance(items, list):
            return None
        found = (inner(item) for item in items if _is_true(holds(item)))
        return [item for item in found if item is not None]

    return projected


def _length(part: Sequence[Any]) -> Expression:
    """``length(part)``; nothing for what has no length, where JMESPath ends with an error."""
    of = compile_expression(part)

    def length(value: Any) -> int | None:
        found = of(value)
        return len(found) if isinstance(found, (list, dict, str)) else None

    return length


def _equal(left: Sequence[Any], right: Sequence[Any]) -> Expression:
    """``left == right``; a truth value is no number."""
    first, second = compile_expression(left), compile_expression(right)

    def equal(value: Any) -> bool:
        one, other = first(value), second(value)
        return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)

    return equal


def _greater(left: Sequence[Any], right: Sequence[Any]) -> Expression:
    """``left > right`` of numbers; nothing for what is no number."""
    first, second = compile_expression(left), compile_expression(right)

    def greater(value: Any) -> bool | None:
        one, other = first(value), second(value)
        return one > other if _is_number(one) and _is_number(other) else None

    return greater


def _not(part: Sequence[Any]) -> Expression:
    of = compile_expression(part)
    return lambda value: not _is_true(of(value))


def _and(left: Sequence[Any], right: Sequence[Any]) -> Expression:
    first, second = compile_expression(left), compile_expression(right)

    def both(value: Any) -> Any:
        found = first(value)
        return second(value) if _is_true(found) else found

    return both


def _is_true(value: Any) -> bool:
    """Return whether JMESPath takes a value as true: all but nothing, false and what is empty."""
    return value is not None and value is not False and value not in ("", [], {})


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


NODES: dict[str, Callable[..., Expression]] = {
    "and": _and,
    "eq": _equal,
    "field": _field,
    "filter": _projection,
    "flatten": _flatten,
    "gt": _greater,
    "identity": _identity,
    "length": _length,
    "literal": _literal,
    "not": _not,
    "projection": _projection,
    "subexpression": _subexpression,
}
"""The nodes by name, each a function of its parts."""
