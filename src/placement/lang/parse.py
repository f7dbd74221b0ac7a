"""From text to the tree of what was written.

In: any text.  Out: ``ast.Node``, or ``CqlError`` with the first syntax error.  The language is
``grammar/cql.lark``; this module turns its parse into nodes, folds runs of nots, bounds the depth
(C2) and knows nothing of what subjects and values mean.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from placement.errors import CqlError, Problem, Span
from placement.grammars import Grammar
from placement.lang.ast import And, Condition, Literal, Node, Not, Operator, Or, Subject
from placement.lang.subjects import BUILT_IN, WORD_FORMS

if TYPE_CHECKING:
    import regex
    from lark import Lark, Token

__all__ = ["GRAMMAR", "MAX_DEPTH", "parse"]

MAX_DEPTH = 100
"""Levels of parentheses and nots together that an expression may have (C2)."""

_OPERATORS = {**{operator.value: operator for operator in Operator}, **WORD_FORMS}
_SUBJECTS_IN_LOWER_CASE = {name.lower(): name for name in BUILT_IN}
_ESCAPE = re.compile(r"\\([\\'\"])")


def parse(text: str, *, lenient: bool = False) -> Node:
    """Return the tree of ``text``.

    ``lenient`` accepts keywords and subjects in any case (A6).  The text may have any length; the
    limit of 2,000 characters belongs to ``compile`` (C1).

    Raises:
        CqlError: with one problem, the first syntax error (C3).
    """
    from lark.exceptions import UnexpectedInput

    if not isinstance(text, str):
        message = f"an expression is text, not {type(text).__name__}"
        raise CqlError("", [Problem(message, Span(0, 0))])
    try:
        node, _ = cast("_Built", _parser(lenient).parse(text))
    except UnexpectedInput as error:
        from placement.lang.syntax_errors import syntax_problem

        problem = syntax_problem(text, error)
    except _TooDeepError as error:
        message = f"nested too deeply: more than {MAX_DEPTH} levels of parentheses and nots"
        problem = Problem(message, error.args[0])
    else:
        return node
    raise CqlError(text, [problem])


class _TooDeepError(Exception):
    """Carries the span of the parenthesis or not that is one level too many."""


def _options() -> dict[str, Any]:
    return {
        "start": "query",
        "parser": "lalr",
        "regex": True,  # bare regular expressions are a recursive pattern
        "maybe_placeholders": False,
        "transformer": _Builder(),
    }


GRAMMAR = Grammar(__file__, "cql", _options)
"""The grammar of the language."""


@cache
def _parser(lenient: bool) -> Lark:
    """Return the parser, which is made once in a process for each case rule."""
    if not lenient:
        return GRAMMAR.parser()
    import regex

    # ASCII, so that no letter of another script passes for one of a keyword
    return GRAMMAR.build(g_regex_flags=regex.IGNORECASE | regex.ASCII)


@cache
def bare_pattern() -> regex.Pattern[str]:
    """Return what a bare regular expression looks like: the grammar's own terminal."""
    import regex

    return regex.compile(_parser(False).get_terminal("PATTERN").pattern.to_regexp())


_Built = tuple[Node, int]
"""A node, and how many levels of parentheses and nots it has inside."""


class _Builder:
    """Builds nodes bottom up, one method for a rule of the grammar; Lark calls them by name."""

    def condition(self, children: list[Any]) -> _Built:
        subject, operator, *arguments = children
        end = arguments[-1].end_pos if arguments else operator.end_pos
        if operator.type == "MEMBERSHIP":
            arguments.pop()  # the closing bracket, kept for its place
        node = Condition(
            Subject(_subject(subject), _span(subject)),
            _OPERATORS.get(operator) or _OPERATORS[operator.lower()],
            tuple(map(_literal, arguments)),
            Span(subject.start_pos, end),
            _span(operator),
        )
        return node, 0

    def parentheses(self, children: list[Any]) -> _Built:
        opening, (node, depth), closing = children
        whole = Span(opening.start_pos, closing.end_pos)
        return _with_span(node, whole), _deeper(depth, opening)

    def negation(self, children: list[Any]) -> _Built:
        *nots, (node, depth) = children
        if len(nots) % 2 == 0:
            return node, depth
        return Not(node, Span(nots[0].start_pos, node.span.end)), _deeper(depth, nots[0])

    def all_of(self, children: list[_Built]) -> _Built:
        operands, depth = _operands(children)
        return And(operands, Span(operands[0].span.start, operands[-1].span.end)), depth

    def any_of(self, children: list[_Built]) -> _Built:
        operands, depth = _operands(children)
        return Or(operands, Span(operands[0].span.start, operands[-1].span.end)), depth


def _operands(children: list[_Built]) -> tuple[tuple[Node, ...], int]:
    return tuple(node for node, _ in children), max(depth for _, depth in children)


def _deeper(depth: int, token: Token) -> int:
    if depth >= MAX_DEPTH:
        raise _TooDeepError(_span(token))
    return depth + 1


def _with_span(node: Node, span: Span) -> Node:
    """Return the node with the span of the parentheses around it."""
    match node:
        case Condition():
            return Condition(node.subject, node.operator, node.arguments, span, node.operator_span)
        case Not():
            return Not(node.operand, span)
        case And():
            return And(node.operands, span)
        case Or():
            return Or(node.operands, span)


def _span(token: Token) -> Span:
    start, end = token.start_pos, token.end_pos
    return Span(0 if start is None else start, 0 if end is None else end)


def _subject(token: Token) -> str:
    """Return the subject in its documented spelling, which only a lenient parse can differ from."""
    text = str(token)
    if text in BUILT_IN or text.startswith("attribute:"):
        return text
    return _SUBJECTS_IN_LOWER_CASE.get(text.lower()) or f"attribute:{text[10:]}"


def _literal(token: Token) -> Literal:
    if token.type != "QUOTED":
        return Literal(str(token), False, _span(token))
    return Literal(unquote(token), True, _span(token))


def unquote(text: str) -> str:
    """Return the value of a quoted literal.

    Only a doubled backslash and a backslash before the same quote are escapes (A7).
    """
    quote = text[0]
    return _ESCAPE.sub(lambda m: m[1] if m[1] in ("\\", quote) else m[0], text[1:-1])
