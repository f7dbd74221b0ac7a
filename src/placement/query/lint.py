"""Warnings about expressions that are valid and probably not meant.

In: a text, and a cluster if there is one to compare with.  Out: a list of ``Lint``, in the order of
the text, each with a stable code.  ``CODES`` says what each code means; a rule is a small function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import attrs

from placement.errors import Problem
from placement.lang import ast, typed
from placement.lang.ast import Condition, Operator
from placement.lang.printer import canonical
from placement.lang.simplify import simplify
from placement.lang.subjects import WORD_FORMS
from placement.lang.values import decimal
from placement.query.query import MAX_LENGTH, Query, compile
from placement.state.cluster_base import ClusterBase, checked_cluster
from placement.state.guard import reads
from placement.suggest import closest_match

if TYPE_CHECKING:
    import numpy.typing as npt

    from placement.state.matrix import Column
    from placement.state.store import Store

__all__ = ["CODES", "Lint", "lint"]

CODES: dict[str, str] = {
    "parenthesis-in-argument": "a value holds a parenthesis, which ECS does not document (A3)",
    "keyword-as-value": "a keyword stands where a value is read (A8)",
    "negative-skips-absent": "!=, !in and !~ are false where the attribute is missing (A13)",
    "order-of-numbers": "numbers are compared as numbers here, perhaps as text in ECS (A15)",
    "negative-group": "!=, !in and !~ on task:group ask for another task's group (A21)",
    "always-true": "the expression is true of every instance",
    "always-false": "the expression is true of no instance",
    "unknown-attribute": "no instance of this cluster has the attribute",
    "unknown-value": "no instance of this cluster has the value",
    "groups-partly-known": "some running tasks of this cluster have no known group (C10)",
}
"""The codes, which stay the same from version to version, and what they mean."""

_NEGATIVE = {
    Operator.NE: Operator.EQ,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_MATCHES: Operator.MATCHES,
}
_ORDER = (Operator.GT, Operator.GE, Operator.LT, Operator.LE)
_KEYWORDS = frozenset({"and", "or", "not", *WORD_FORMS})
_ALWAYS_THERE = frozenset(
    f"attribute:ecs.{name}"
    for name in (
        "ami-id",
        "availability-zone",
        "cpu-architecture",
        "instance-type",
        "os-family",
        "os-type",
        "subnet-id",
        "vpc-id",
    )
)
"""Attributes that every instance has, external ones aside (1.5): no warning without a cluster."""


@attrs.frozen
class Lint(Problem):
    """A warning: a ``Problem`` with a code out of ``CODES``."""

    code: str = attrs.field(kw_only=True)

    def __str__(self) -> str:
        return f"{Problem.__str__(self)} [{self.code}]"


@attrs.frozen
class _Context:
    """What a rule reads."""

    conditions: tuple[tuple[Condition, typed.Leaf], ...]
    store: Store | None


def lint(
    text: str,
    cluster: ClusterBase | None = None,
    *,
    max_length: int | None = MAX_LENGTH,
    lenient: bool = False,
    regex_steps: int | None = None,
) -> list[Lint]:
    """Return the warnings about an expression; with a cluster, also what does not fit it.

    The options are those of ``compile``.

    Raises:
        CqlError: the text is no valid expression.
        RegexTimeout: a pattern gave no answer for one of the cluster's values in time.
        UsageError: an argument is of the wrong kind.
    """
    query = compile(text, max_length=max_length, lenient=lenient, regex_steps=regex_steps)
    if cluster is None:
        return _lint(query, None)
    return _lint_with(checked_cluster(cluster), query)


@reads
def _lint_with(cluster: ClusterBase, query: Query) -> list[Lint]:
    return _lint(query, cluster.store)


def _lint(query: Query, store: Store | None) -> list[Lint]:
    """Return the warnings about a query, in the order of the places they are about."""
    context = _Context(tuple(_conditions(query.tree, query.typed)), store)
    found = [warning for rule in _RULES for warning in rule(context)]
    found += _constants(query.tree, query.typed)[1]
    return sorted(found, key=lambda warning: (warning.span.start, warning.span.end, warning.code))


def _conditions(node: ast.Node, tree: typed.Tree) -> Iterator[tuple[Condition, typed.Leaf]]:
    """Yield each condition with its typed leaf; both trees have one shape."""
    match node, tree:
        case ast.Not(operand), typed.Negation(child):
            yield from _conditions(operand, child)
        case (ast.And(operands), typed.AllOf(children)) | (
            ast.Or(operands),
            typed.AnyOf(children),
        ):
            for operand, child in zip(operands, children, strict=True):
                yield from _conditions(operand, child)
        case Condition(), typed.TextTest() | typed.NumberTest() | typed.GroupTest():
            yield node, tree


def _constants(node: ast.Node, tree: typed.Tree) -> tuple[bool, list[Lint]]:
    """Return whether a tree, or a part of it, is always the same, and the warnings for that.

    Only the smallest constant parts are reported; those around them are constant as a consequence.
    """
    match node, tree:
        case ast.Not(operand), typed.Negation(child):
            parts = [_constants(operand, child)]
        case (ast.And(operands), typed.AllOf(children)) | (
            ast.Or(operands),
            typed.AnyOf(children),
        ):
            parts = [_constants(*pair) for pair in zip(operands, children, strict=True)]
        case _:
            parts = []
    found = [warning for _, warnings in parts for warning in warnings]
    simple = simplify(tree)
    if found or not isinstance(simple, typed.Constant):
        return bool(found), found
    code = "always-true" if simple.value else "always-false"
    message = f"this is {'true of every instance' if simple.value else 'true of no instance'}"
    return True, [Lint(message, node.span, code=code)]


# Rules: what follows from the text alone


def _parenthesis_in_argument(context: _Context) -> Iterator[Lint]:
    for condition, _ in context.conditions:
        for literal in condition.arguments:
            if "(" in literal.value or ")" in literal.value:
                message = "parentheses inside an argument are not documented as supported by ECS"
                yield Lint(message, literal.span, code="parenthesis-in-argument")


def _keyword_as_value(context: _Context) -> Iterator[Lint]:
    for condition, _ in context.conditions:
        for literal in condition.arguments:
            if not literal.quoted and literal.value in _KEYWORDS:
                message = f"{literal.value} is read as a value here; put it in quotes to say so"
                yield Lint(message, literal.span, f"'{literal.value}'", code="keyword-as-value")


def _negative_skips_absent(context: _Context) -> Iterator[Lint]:
    for condition, _ in context.conditions:
        column = condition.subject.text
        if condition.operator not in _NEGATIVE or condition.subject.attribute is None:
            continue
        operator = condition.operator.value
        if context.store is None:
            if column in _ALWAYS_THERE:
                continue
            message = f"{operator} is false for instances that have no {column}"
        else:
            lacking = len(context.store.row_of) - _having(context.store, column)
            if not lacking:
                continue
            which = "instance that has" if lacking == 1 else "instances that have"
            message = f"{operator} is false for the {lacking} {which} no {column}"
        yield Lint(message, condition.span, _positive(condition), code="negative-skips-absent")


def _negative_group(context: _Context) -> Iterator[Lint]:
    for condition, _ in context.conditions:
        if condition.subject.text == "task:group" and condition.operator in _NEGATIVE:
            operator = condition.operator.value
            message = f"{operator} is true where any task has another group, false without tasks"
            yield Lint(message, condition.span, _positive(condition), code="negative-group")


def _positive(condition: Condition) -> str:
    """Return ``not(...)`` around the positive form of a negative condition."""
    return f"not({canonical(attrs.evolve(condition, operator=_NEGATIVE[condition.operator]))})"


def _order_of_numbers(context: _Context) -> Iterator[Lint]:
    for condition, leaf in context.conditions:
        if condition.operator not in _ORDER or condition.subject.attribute is None:
            continue
        literal = condition.arguments[0]
        if decimal(literal.value) is None or not isinstance(leaf, typed.TextTest):
            continue
        message = "numbers are compared as numbers here, but ECS may compare them as text"
        if context.store is not None:
            differing = sorted(
                text
                for text in _texts(context.store, leaf.column)
                if leaf.predicate.accepts(text) != _as_text(condition.operator, text, literal.value)
            )
            if not differing:
                continue
            message += f"; {differing[0]} would come out the other way"
        yield Lint(message, condition.span, code="order-of-numbers")


def _as_text(operator: Operator, left: str, right: str) -> bool:
    """Return how two texts compare by code points."""
    if left == right:
        return operator in (Operator.GE, Operator.LE)
    return (left > right) == (operator in (Operator.GT, Operator.GE))


# Rules: what follows from comparing with a cluster


def _unknown_attribute(context: _Context) -> Iterator[Lint]:
    store = context.store
    if store is None:
        return
    for condition, _ in context.conditions:
        name = condition.subject.attribute
        if name is not None and not _having(store, condition.subject.text):
            message = f"no instance of this cluster has attribute:{name}"
            known = [other for other in store.attributes if _having(store, f"attribute:{other}")]
            right = closest_match(name, known)
            suggestion = None if right is None else f"attribute:{right}"
            yield Lint(message, condition.subject.span, suggestion, code="unknown-attribute")


def _unknown_value(context: _Context) -> Iterator[Lint]:
    store = context.store
    if store is None:
        return
    for condition, leaf in context.conditions:
        if isinstance(leaf, typed.NumberTest | typed.Constant):
            continue
        texts = _texts(store, leaf.column)
        if not texts or leaf.column == "agentConnected":
            continue
        if isinstance(leaf.predicate, typed.Pattern):
            if any(leaf.predicate.accepts(text) != leaf.predicate.excluded for text in texts):
                continue
            message = f"no {leaf.column} of this cluster matches"
            yield Lint(message, condition.arguments[0].span, code="unknown-value")
        elif isinstance(leaf.predicate, typed.Values):
            for literal in condition.arguments:
                if literal.value not in texts:
                    message = f"no {leaf.column} of this cluster is {literal.value or 'empty'}"
                    right = closest_match(literal.value, texts)
                    yield Lint(message, literal.span, right, code="unknown-value")


def _groups_partly_known(context: _Context) -> Iterator[Lint]:
    store = context.store
    if store is None:
        return
    asked = [condition for condition, _ in context.conditions if _asks_groups(condition)]
    if not asked:
        return
    running = int(store.running[: len(store.ids)].sum())
    unknown = running - int(store.tasks.grouped_tasks[: len(store.ids)].sum())
    if unknown > 0:
        message = f"{unknown} of {running} running tasks have no known group, and count for nothing"
        for condition in asked:
            yield Lint(message, condition.subject.span, code="groups-partly-known")


def _asks_groups(condition: Condition) -> bool:
    return condition.subject.text == "task:group"


_RULES: tuple[Callable[[_Context], Iterator[Lint]], ...] = (
    _parenthesis_in_argument,
    _keyword_as_value,
    _negative_skips_absent,
    _negative_group,
    _order_of_numbers,
    _unknown_attribute,
    _unknown_value,
    _groups_partly_known,
)


def _texts(store: Store, name: str) -> set[str]:
    """Return the texts that some instance has in a column (for task:group: of some task)."""
    if name == "task:group":
        return set(store.tasks.groups.present())
    column = store.matrix.columns.get(name)
    if column is None:
        return set()
    codes = set(_codes(store, column).tolist())
    return {text for code in codes if (text := column.dictionary.texts[code]) is not None}


def _having(store: Store, name: str) -> int:
    """Return how many instances have something in a column."""
    column = store.matrix.columns.get(name)
    return 0 if column is None else int((_codes(store, column) != 0).sum())


def _codes(store: Store, column: Column) -> npt.NDArray[Any]:
    return store.matrix.row(column)[: len(store.ids)]
