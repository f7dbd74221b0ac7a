"""Why an instance matches an expression or not: the tree of conditions, each with its truth.

In: the tree as written, its typed twin and a record of one instance.  Out: an ``Explanation``, as
values and as text.  Every condition is evaluated, also those after the one that decides an and/or.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import attrs

from placement.errors import Span, sanitize
from placement.lang import ast, typed
from placement.lang.evaluate import Record, leaf_holds
from placement.lang.printer import canonical, canonical_value
from placement.timestamps import from_microseconds

__all__ = ["Explanation", "explain"]

Value = str | int | datetime | Mapping[str, int] | None


@attrs.frozen
class Explanation:
    """One (sub-)expression, asked of one instance.  ``str()`` draws the tree.

    Attributes:
        expression: Its canonical text.
        truth: Whether it is true of the instance.
        span: Its place in the query's text.
        operator: ``and``, ``or`` or ``not``; None for a condition.
        subject: What a condition asks about.
        value: What the instance has there: text, a number, a time, the groups of its tasks with
            their counts; None if absent or unknown.
        children: The operands, in the order of the text.
    """

    expression: str
    truth: bool
    span: Span
    operator: str | None = None
    subject: str | None = None
    value: Value = None
    children: tuple[Explanation, ...] = ()

    def __str__(self) -> str:
        return sanitize("\n".join(self._lines("", "")))

    def _lines(self, first: str, others: str) -> list[str]:
        """Return the tree's lines; the first begins with ``first``, the others with ``others``."""
        lines = [f"{'true ' if self.truth else 'false'}  {first}{self._label()}"]
        for child in self.children[:-1]:
            lines += child._lines(f"{others}├─ ", f"{others}│  ")
        for child in self.children[-1:]:
            lines += child._lines(f"{others}└─ ", f"{others}   ")
        return lines

    def _label(self) -> str:
        if self.operator is not None:
            return _LABELS[self.operator]
        return f"{self.expression}   [{self.described_value()}]"

    def described_value(self) -> str:
        """Return the value in words: what the instance has where the condition looks."""
        match self.value:
            case None:
                return "absent" if (self.subject or "").startswith("attribute:") else "unknown"
            case "":
                return "there, without a value"
            case str():
                return f"is {canonical_value(self.value)}"
            case int():
                return f"is {self.value}"
            case datetime():
                return f"is {self.value.isoformat()}"
        if not self.value:
            return "no tasks with a known group"
        return "tasks of " + ", ".join(
            f"{group} ({count})" for group, count in sorted(self.value.items())
        )


_LABELS = {"and": "all of", "or": "any of", "not": "not"}


def explain(node: ast.Node, tree: typed.Tree, record: Record) -> Explanation:
    """Return the explanation of a tree for one instance.

    ``tree`` is what ``check`` made of ``node``, and so has its shape.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    match node, tree:
        case ast.Not(operand), typed.Negation(child):
            inner = explain(operand, child, record)
            return Explanation(
                canonical(node), not inner.truth, node.span, "not", children=(inner,)
            )
        case (ast.And(operands), typed.AllOf(children)) | (
            ast.Or(operands),
            typed.AnyOf(children),
        ):
            parts = tuple(map(explain, operands, children, [record] * len(children)))
            conjunction = isinstance(node, ast.And)
            truth = (all if conjunction else any)(part.truth for part in parts)
            operator = "and" if conjunction else "or"
            return Explanation(canonical(node), truth, node.span, operator, children=parts)
        case ast.Condition(subject), typed.TextTest() | typed.NumberTest() | typed.GroupTest():
            return Explanation(
                canonical(node),
                leaf_holds(tree, record),
                node.span,
                subject=subject.text,
                value=_value(tree, record),
            )
    message = "the typed tree was not checked from this tree"
    raise TypeError(message)


def _value(leaf: typed.Leaf, record: Record) -> Value:
    match leaf:
        case typed.TextTest():
            return record.text(leaf.column)
        case typed.NumberTest(column="registeredAt"):
            number = record.number(leaf.column)
            return None if number is None else from_microseconds(number)
        case typed.NumberTest():
            return record.number(leaf.column)
    return record.groups()
