"""What is wrong with an expression of ``--query``: a sentence, and the place in the expression."""

from __future__ import annotations

from typing import Any

import pytest

from placement.cli.query import QueryError, compiled, selected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("tasks[", "something is missing at its end\n    tasks[\n          ^"),
        ("a.b.", "something is missing at its end\n    a.b.\n        ^"),
        ("tasks]", "']' cannot be here\n    tasks]\n         ^"),
        ("a[?b=`1`]", "Unknown token '='\n    a[?b=`1`]\n        ^"),
        ("'x", "Unclosed ' delimiter\n    'x\n    ^"),
        ("a[?b > 1]", "a number stands between backticks: `1`\n    a[?b > 1]\n           ^"),
        ("a[" + "9" * 5000 + "]", "a number in it has too many digits"),
    ],
)
def test_a_text_that_is_no_expression(text: str, message: str) -> None:
    with pytest.raises(QueryError) as refused:
        compiled(text)
    assert str(refused.value) == f"no JMESPath expression: {message}"


def test_an_expression_may_not_nest_without_end() -> None:
    with pytest.raises(QueryError, match=r"^nested too deeply$"):
        compiled("[" * 5000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abs(@)", "abs() takes number, not array"),
        ("max(@)", "max() takes array-number or array-string, not object"),
        ("sum([].cpu)", "sum() takes array-number, not string"),
        ("length()", "Expected 1 argument for function length(), received 0"),
        ("nothing(@)", "Unknown function: nothing()"),
        ("[::0]", "slice step cannot be zero"),
    ],
)
def test_the_value_is_not_printed_where_an_expression_cannot_be_applied(
    text: str, message: str
) -> None:
    """The value may be the whole document."""
    document: Any = [{"cpu": "256"}] * 1000
    with pytest.raises(QueryError) as refused:
        selected(compiled(text), document)
    assert str(refused.value) == f"cannot be applied: {message}"
