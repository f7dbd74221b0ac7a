"""JMESPath expressions of ``--query``, and what is wrong with them in words.

In: the text of an expression, and a document in the values of JSON.  Out: a compiled expression,
what it selects, or ``QueryError``, whose message marks the place.  How results are printed is not
known here.
"""

from __future__ import annotations

from typing import Any

from placement.errors import Span, caret_line

__all__ = ["QueryError", "compiled", "selected"]

_JSON_TYPES = {
    "str": "string",
    "dict": "object",
    "list": "array",
    "int": "number",
    "float": "number",
    "bool": "boolean",
    "NoneType": "null",
}
"""JMESPath's names of the types that it calls by Python's."""


class QueryError(ValueError):
    """An expression is not one, or cannot be applied to a document; the message says why."""


def compiled(text: str) -> Any:
    """Return the compiled expression.

    Raises:
        QueryError: the text is no expression.
    """
    import jmespath  # not for commands without --query
    from jmespath.exceptions import EmptyExpressionError

    try:
        return jmespath.compile(text)
    except EmptyExpressionError:
        raise QueryError("no JMESPath expression: it is empty") from None
    except ValueError as error:  # of jmespath, or of int(), which takes at most 4,300 digits
        raise QueryError(f"no JMESPath expression: {_syntax(error, text)}") from None
    except RecursionError:
        raise QueryError("nested too deeply") from None


def selected(query: Any, document: Any) -> Any:
    """Return what a compiled expression selects of a document.

    Raises:
        QueryError: the expression cannot be applied to it.
    """
    try:
        return query.search(document)
    except ValueError as error:
        raise QueryError(f"cannot be applied: {_application(error)}") from None
    except RecursionError:
        raise QueryError("cannot be applied: nested too deeply") from None


def _syntax(error: ValueError, text: str) -> str:
    """Return what is wrong with the text, and below it the place."""
    from jmespath.exceptions import IncompleteExpressionError, LexerError, ParseError

    if isinstance(error, LexerError):
        problem, at = error.message, error.lexer_position
    elif isinstance(error, IncompleteExpressionError) or (
        isinstance(error, ParseError) and error.lex_position >= len(text)
    ):
        problem, at = "something is missing at its end", len(text)
    elif isinstance(error, ParseError):
        problem, at = f"{error.token_value!r} cannot be here", error.lex_position
        if error.token_type == "NUMBER":
            problem = f"a number stands between backticks: `{error.token_value}`"
    else:
        return "a number in it has too many digits"
    return f"{problem}\n{caret_line(text, Span(at, at + 1))}"


def _application(error: ValueError) -> str:
    """Return what is wrong, without the value: it may be the whole document."""
    from jmespath.exceptions import JMESPathTypeError

    if not isinstance(error, JMESPathTypeError):
        return str(error).split("\n")[0]
    expected = " or ".join(error.expected_types)
    actual = _JSON_TYPES.get(error.actual_type, error.actual_type)
    return f"{error.function_name}() takes {expected}, not {actual}"
