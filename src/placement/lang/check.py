"""From what was written to what it means; the place where a condition is found wrong.

In: ``ast.Node``.  Out: ``typed.Tree`` of the same shape, or every problem of the text (C3).  Knows
the types of subjects and literals (sections 1.4 and 1.6), no cluster.
"""

from __future__ import annotations

from collections.abc import Callable

from placement.errors import CqlError, Problem, Span
from placement.lang import typed
from placement.lang.ast import And, Condition, Literal, Node, Not, Operator, Or
from placement.lang.subjects import Kind, subject_type
from placement.lang.typed import CEILING, FLOOR
from placement.lang.values import moment, version_key, whole_number

__all__ = ["check"]

_NOTHING: frozenset[str] = frozenset()
_NEGATIVE = (Operator.NE, Operator.NOT_IN, Operator.NOT_MATCHES)

_PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)
_DATE_FORMATS = "2018-06-18T22:28:28+00:00, 2018-06-18T22:28:28Z, 2018-06-18T22:28:28 or 2018-06-18"


def check(tree: Node, source: str, *, regex_steps: int | None = None) -> typed.Tree:
    """Return the typed tree of ``tree``, which was parsed from ``source``.

    ``regex_steps`` is the budget of each match; None for the usual one (C5).

    Raises:
        CqlError: with all problems of the conditions, in the order of the text.
    """
    checker = _Checker(source, regex_steps)
    result = checker.tree(tree)
    if checker.problems:
        raise CqlError(source, checker.problems)
    return result


class _Checker:
    """Walks the tree once and collects problems on the way."""

    def __init__(self, source: str, regex_steps: int | None) -> None:
        self.source = source
        self.regex_steps = regex_steps
        self.problems: list[Problem] = []

    def tree(self, node: Node) -> typed.Tree:
        match node:
            case Condition():
                return self.condition(node)
            case Not():
                return typed.Negation(self.tree(node.operand))
            case And():
                return typed.AllOf(tuple([self.tree(operand) for operand in node.operands]))
            case Or():
                return typed.AnyOf(tuple([self.tree(operand) for operand in node.operands]))

    def condition(self, node: Condition) -> typed.Leaf:
        subject = subject_type(node.subject.text)
        if node.operator not in subject.operators:
            valid = ", ".join(operator.value for operator in subject.operators)
            message = f"{subject.name} does not take {node.operator.value}; it takes {valid}"
            self.problems.append(Problem(message, node.operator_span))
            return typed.Constant(False)
        if node.operator in _PATTERNS:
            return self.pattern(node, subject.kind)
        return _BY_KIND[subject.kind](self, node)

    def wrong(self, literal: Literal, message: str) -> typed.Constant:
        self.problems.append(Problem(message, literal.span))
        return typed.Constant(False)

    def pattern(self, node: Condition, kind: Kind) -> typed.Leaf:
        from placement.javaregex import JavaRegexError, compile_java

        literal = node.arguments[0]
        try:
            regex = compile_java(literal.value)
        except JavaRegexError as error:
            span = self.inside(literal, error.start, error.end)
            self.problems.append(Problem(error.message, span))
            return typed.Constant(False)
        excluded = node.operator is Operator.NOT_MATCHES
        predicate = typed.Pattern(regex, excluded, self.regex_steps, literal.span)
        if kind is Kind.GROUPS:
            return typed.GroupTest(node.subject.text, predicate)
        return typed.TextTest(node.subject.text, predicate)

    def inside(self, literal: Literal, start: int, end: int) -> Span:
        """Return where a piece of a literal's value stands in the source."""
        if not literal.quoted:
            return Span(literal.span.start + start, literal.span.start + end)
        text = self.source[literal.span.start : literal.span.end]
        places = []
        position = 1
        while position < len(text) - 1:
            places.append(literal.span.start + position)
            escaped = text[position] == "\\" and text[position + 1] in ("\\", text[0])
            position += 2 if escaped and position + 1 < len(text) - 1 else 1
        places.append(literal.span.end - 1)
        last = len(places) - 1
        return Span(places[min(start, last)], places[min(end, last)])

    def text(self, node: Condition) -> typed.Leaf:
        column = node.subject.text
        match node.operator:
            case Operator.EXISTS:
                return typed.TextTest(column, typed.Values(_NOTHING, excluded=True))
            case Operator.NOT_EXISTS:
                return typed.TextTest(column, typed.Values(_NOTHING), absent=True)
            case Operator.EQ | Operator.NE | Operator.IN | Operator.NOT_IN:
                return typed.TextTest(column, self.values(node))
        return typed.TextTest(column, typed.Comparison(node.operator, node.arguments[0].value))

    def values(self, node: Condition) -> typed.Values:
        values = frozenset([literal.value for literal in node.arguments])
        return typed.Values(values, node.operator in _NEGATIVE)

    def boolean(self, node: Condition) -> typed.Leaf:
        for literal in node.arguments:
            if literal.value not in ("true", "false"):
                self.wrong(literal, f"{node.subject.text} is true or false")
        return typed.TextTest(node.subject.text, self.values(node))

    def version(self, node: Condition) -> typed.Leaf:
        literal = node.arguments[0]
        if version_key(literal.value) is None:
            return self.wrong(literal, f"{node.subject.text} needs a version, such as 1.14.5")
        predicate = typed.VersionOrdered(node.operator, literal.value)
        return typed.TextTest(node.subject.text, predicate)

    def number(self, node: Condition) -> typed.Leaf:
        literal = node.arguments[0]
        number = whole_number(literal.value)
        if number is None:
            return self.wrong(literal, f"{node.subject.text} needs a whole number, such as 5")
        return typed.NumberTest(node.subject.text, _intervals(node.operator, number, number))

    def date(self, node: Condition) -> typed.Leaf:
        literal = node.arguments[0]
        found = moment(literal.value)
        if found is None:
            return self.wrong(literal, f"{node.subject.text} needs a date: {_DATE_FORMATS}")
        start, precision = found
        equality = node.operator in (Operator.EQ, Operator.NE)
        end = start + precision - 1 if equality else start
        return typed.NumberTest(node.subject.text, _intervals(node.operator, start, end))

    def groups(self, node: Condition) -> typed.Leaf:
        return typed.GroupTest(node.subject.text, self.values(node))


_BY_KIND: dict[Kind, Callable[[_Checker, Condition], typed.Leaf]] = {
    Kind.TEXT: _Checker.text,
    Kind.BOOLEAN: _Checker.boolean,
    Kind.VERSION: _Checker.version,
    Kind.NUMBER: _Checker.number,
    Kind.DATE: _Checker.date,
    Kind.GROUPS: _Checker.groups,
}


def _intervals(operator: Operator, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Return the numbers for which ``number operator start..end`` is true."""
    match operator:
        case Operator.EQ:
            return ((start, end),)
        case Operator.NE:
            return ((FLOOR, start - 1), (end + 1, CEILING))
        case Operator.GT:
            return ((end + 1, CEILING),)
        case Operator.GE:
            return ((start, CEILING),)
        case Operator.LT:
            return ((FLOOR, start - 1),)
    return ((FLOOR, end),)
