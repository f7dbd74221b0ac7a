"""Metric math: an expression over metrics, evaluated point by point (D89).

In: the text of an expression, and the point of each metric that it names.  Out: the point of the
expression, exactly; None: it is missing.  A text becomes a program in postfix order, so that
neither reading nor evaluating it calls itself, however deep its parentheses are.

Expressions have numbers, names of metrics, ``+ - * /``, comparisons, ``AND``, ``OR``, parentheses,
``MIN``, ``MAX``, ``AVG``, ``SUM`` (of several operands, or of a list in brackets), ``FILL`` and
``IF``.  Comparisons give 1 or 0.  The functions combine operands of the same point; functions over
the time of a metric do not exist here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

import attrs

from placement.errors import MetricMathError, Problem, Span, UsageError, describe_value
from placement.scaling.exact import Exact

__all__ = ["LONGEST_TEXT", "MetricExpression", "parse"]

LONGEST_TEXT = 2_048
"""Characters of an expression (API MetricDataQuery)."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)(?![\w.])"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/<>(),\[\]]))",
    re.ASCII,
)
_BLANK = re.compile(r"\s*", re.ASCII)

_WORDS = {"AND": "&&", "OR": "||"}
_PRECEDENCE = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 3),
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
}
_NEGATION = "negation"
_NEGATION_PRECEDENCE = 6
_FUNCTIONS = MappingProxyType(
    {"MIN": None, "MAX": None, "AVG": None, "SUM": None, "FILL": 2, "IF": 3}
)
"""How many operands each takes; None: at least one."""

Operands = tuple[Exact | None, ...]


def _divide(left: Exact, right: Exact) -> Exact | None:
    return Fraction(left) / right if right else None


_BINARY: MappingProxyType[str, Callable[[Exact, Exact], Exact | None]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _divide,
        "<": lambda left, right: int(left < right),
        "<=": lambda left, right: int(left <= right),
        ">": lambda left, right: int(left > right),
        ">=": lambda left, right: int(left >= right),
        "==": lambda left, right: int(left == right),
        "!=": lambda left, right: int(left != right),
        "&&": lambda left, right: int(bool(left) and bool(right)),
        "||": lambda left, right: int(bool(left) or bool(right)),
    }
)


def _called(name: str, operands: Operands) -> Exact | None:
    """Return the value of a function; a missing operand that matters makes it missing."""
    if name == "FILL":
        return operands[1] if operands[0] is None else operands[0]
    if name == "IF":
        if operands[0] is None:
            return None
        return operands[1] if operands[0] else operands[2]
    known = [operand for operand in operands if operand is not None]
    if len(known) < len(operands):
        return None
    if name == "MIN":
        return min(known)
    if name == "MAX":
        return max(known)
    total = sum(map(Fraction, known), Fraction(0))
    return total / len(known) if name == "AVG" else total


@attrs.frozen
class _Instruction:
    """One step of a program: what it does with the values on the stack.

    ``operation``: ``number`` and ``metric`` put one; an operator or the name of a function takes
    ``count`` of them and puts its result.
    """

    operation: str
    count: int = 0
    value: Exact | str = 0


@attrs.frozen
class MetricExpression:
    """An expression that was read.

    Attributes:
        text: The text.
        names: The metrics that it names, in the order of their first places.
    """

    text: str
    names: tuple[str, ...]
    _program: tuple[_Instruction, ...] = attrs.field(repr=False)

    def evaluate(self, points: Mapping[str, Exact | None]) -> Exact | None:
        """Return the point of the expression; None: it is missing.

        A missing operand makes a result missing, but for ``FILL`` and for what ``IF`` does not
        choose; so does a division by zero.

        Args:
            points: The point of each metric; None: it is missing.

        Raises:
            UsageError: a metric of the expression is not among them.
        """
        stack: list[Exact | None] = []
        for one in self._program:
            if one.operation == "number":
                stack.append(one.value if not isinstance(one.value, str) else None)
            elif one.operation == "metric":
                if one.value not in points:
                    raise UsageError(f"no point was given for {describe_value(one.value)}")
                stack.append(points[str(one.value)])
            else:
                operands = tuple(stack[-one.count :])
                del stack[-one.count :]
                stack.append(_applied(one.operation, operands))
        return stack[0]


def _applied(operation: str, operands: Operands) -> Exact | None:
    if operation in _FUNCTIONS:
        return _called(operation, operands)
    if any(operand is None for operand in operands):
        return None
    known = [operand for operand in operands if operand is not None]
    if operation == _NEGATION:
        return -known[0]
    return _BINARY[operation](known[0], known[1])


def parse(text: str) -> MetricExpression:
    """Read an expression.

    Args:
        text: At most ``LONGEST_TEXT`` characters.

    Raises:
        MetricMathError: it is none; the error says where.
        UsageError: the text is no text.
    """
    if not isinstance(text, str):
        raise UsageError(f"an expression is a text, not {describe_value(text)}")
    if len(text) > LONGEST_TEXT:
        problem = Problem(
            f"an expression has at most {LONGEST_TEXT:,} characters, not {len(text):,}",
            Span(LONGEST_TEXT, len(text)),
        )
        raise MetricMathError(text, problem)
    return _Reader(text).read()


@attrs.define
class _Waiting:
    """An operator or an opening bracket on the stack of a reader.

    Attributes:
        kind: The operator; ``(`` or ``[``.
        precedence: Of an operator; 0 for brackets.
        span: Where it is in the text.
        function: The function whose operands the bracket holds; empty: none.
        count: How many of its operands have begun.
        is_list: Whether its only operand is a list in brackets.
    """

    kind: str
    precedence: int
    span: Span
    function: str = ""
    count: int = 1
    is_list: bool = False


class _Reader:
    """Reads one expression: operators wait on a stack until their right operand is complete."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._program: list[_Instruction] = []
        self._names: dict[str, None] = {}
        self._waiting: list[_Waiting] = []

    def read(self) -> MetricExpression:
        """Return the expression."""
        wants_operand = True
        while (token := self._next()) is not None:
            kind, text, span = token
            if wants_operand:
                wants_operand = self._operand(kind, text, span)
            else:
                wants_operand = self._after_operand(text, span)
        end = Span(len(self._text), len(self._text))
        if wants_operand:
            raise self._error("the expression ends where a number or a metric should be", end)
        self._finish(1)
        if self._waiting:
            raise self._error("this bracket is never closed", self._waiting[-1].span)
        return MetricExpression(self._text, tuple(self._names), tuple(self._program))

    def _error(self, message: str, span: Span) -> MetricMathError:
        return MetricMathError(self._text, Problem(message, span))

    def _next(self) -> tuple[str, str, Span] | None:
        """Return the next token: its kind, its text and its place; None: there is none."""
        blank = _BLANK.match(self._text, self._place)
        start = self._place if blank is None else blank.end()
        if start == len(self._text):
            return None
        found = _TOKEN.match(self._text, start)
        if found is None or found.lastgroup is None:
            raise self._error("this is no part of an expression", Span(start, start + 1))
        self._place = found.end()
        kind, text = found.lastgroup, found[found.lastgroup]
        span = Span(found.start(kind), found.end(kind))
        if text in _WORDS:
            return "sign", _WORDS[text], span
        return kind, text, span

    def _operand(self, kind: str, text: str, span: Span) -> bool:
        """Read a token where an operand should begin; return whether one should still follow."""
        if kind == "number":
            number = Fraction(text)
            value: Exact = number.numerator if number.denominator == 1 else number
            self._program.append(_Instruction("number", value=value))
            return False
        if kind == "name":
            return self._name(text, span)
        if text == "-":
            self._waiting.append(_Waiting(_NEGATION, _NEGATION_PRECEDENCE, span))
        elif text == "(":
            self._waiting.append(_Waiting("(", 0, span))
        elif text == "[" and self._may_begin_list():
            self._waiting[-1].is_list = True
            self._waiting.append(_Waiting("[", 0, span, self._waiting[-1].function))
        elif text != "+":
            raise self._error("a number or a metric should be here", span)
        return True

    def _may_begin_list(self) -> bool:
        """Whether a list may begin: as the first operand of a function of any number of them."""
        last = self._waiting[-1] if self._waiting else None
        follows = self._text[: self._place - 1].rstrip()[-1:] == "("
        return (
            last is not None
            and last.kind == "("
            and follows
            and _FUNCTIONS.get(last.function, 0) is None
        )

    def _name(self, text: str, span: Span) -> bool:
        """Read a name: a function with its opening bracket, or a metric."""
        if text in _FUNCTIONS:
            token = self._next()
            if token is None or token[1] != "(":
                raise self._error(f"{text} is a function: it needs a bracket", span)
            self._waiting.append(_Waiting("(", 0, token[2], text))
            return True
        if not text[0].islower():
            known = ", ".join(_FUNCTIONS)
            raise self._error(
                f"names of metrics begin with a lower-case letter, and functions are {known}", span
            )
        self._names[text] = None
        self._program.append(_Instruction("metric", value=text))
        return False

    def _after_operand(self, text: str, span: Span) -> bool:
        """Read a token after an operand; return whether an operand should follow."""
        if self._waiting and self._waiting[-1].is_list and text != ")":
            raise self._error("after a list only the function's bracket closes", span)
        if text in _PRECEDENCE:
            precedence = _PRECEDENCE[text]
            self._finish(precedence)
            self._waiting.append(_Waiting(text, precedence, span))
            return True
        if text not in (",", ")", "]"):
            raise self._error("an operator should be here", span)
        self._finish(1)
        opening = self._waiting[-1] if self._waiting else None
        if text == ",":
            if opening is None or not opening.function:
                raise self._error("only operands of functions are separated by commas", span)
            opening.count += 1
            return True
        if opening is None or opening.kind != ("(" if text == ")" else "["):
            raise self._error("this closes no bracket", span)
        self._waiting.pop()
        self._close(opening, span)
        return False

    def _close(self, opening: _Waiting, span: Span) -> None:
        """Write the call of a function whose bracket closes."""
        if opening.kind == "[":
            self._waiting[-1].count = opening.count
            return
        if not opening.function:
            return
        needed = _FUNCTIONS[opening.function]
        if needed is not None and opening.count != needed:
            raise self._error(
                f"{opening.function} takes {needed} operands, not {opening.count}",
                Span(opening.span.start, span.end),
            )
        self._program.append(_Instruction(opening.function, opening.count))

    def _finish(self, precedence: int) -> None:
        """Write the waiting operators that bind at least as tightly, back to a bracket."""
        while self._waiting and self._waiting[-1].precedence >= precedence:
            operator_ = self._waiting.pop()
            count = 1 if operator_.kind == _NEGATION else 2
            self._program.append(_Instruction(operator_.kind, count))
