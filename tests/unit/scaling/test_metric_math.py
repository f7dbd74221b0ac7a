from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.errors import MetricMathError, UsageError
from placement.scaling.metric_math import LONGEST_TEXT, parse

POINTS = {"m1": 3, "m2": 4, "gone": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("m1 / m2 * 100", 75),
        ("m1 - m2 - 1", -2),
        ("m1 - (m2 - 1)", 0),
        ("2 + m1 * m2", 14),
        ("-m1 + +2", -1),
        ("--m1", 3),
        ("-m1 * 2", -6),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1.5e2", 150),
        (".5", Fraction(1, 2)),
        ("MIN(m1, m2, 9)", 3),
        ("MAX([m1, m2])", 4),
        ("AVG(m1, m2)", Fraction(7, 2)),
        ("SUM([m1, m2, 2 * m1])", 13),
        ("FILL(gone, 7)", 7),
        ("FILL(m1, 7)", 3),
        ("IF(m1 > m2, 1, 2)", 2),
        ("IF(m1 <= 3 AND m2 != 5, m1, gone)", 3),
        ("IF(m1 == 9 || m2 >= 4 && 0, 1, 2)", 2),
        ("m1 < m2", 1),
        ("m1 + 1 == m2", 1),
    ],
)
def test_d89_expressions_are_exact(text: str, value: Fraction) -> None:
    assert parse(text).evaluate(POINTS) == value


@pytest.mark.parametrize(
    "text",
    [
        "gone",
        "gone + m1",
        "m1 * gone",
        "-gone",
        "SUM(m1, gone)",
        "MIN([gone])",
        "m1 > gone",
        "IF(gone, 1, 2)",
        "IF(m1, gone, 2)",
        "FILL(gone, gone)",
        "m1 / 0",
        "m1 / (m1 - 3)",
    ],
)
def test_d89_a_missing_operand_gives_a_missing_point(text: str) -> None:
    assert parse(text).evaluate(POINTS) is None


@pytest.mark.parametrize(
    ("text", "message", "start"),
    [
        ("", "ends where a number", 0),
        ("m1 +", "ends where a number", 4),
        ("m1 m2", "an operator should be here", 3),
        ("m1 % 2", "no part of an expression", 3),
        ("(m1", "never closed", 0),
        ("m1)", "closes no bracket", 2),
        ("MAX(m1, m2]", "closes no bracket", 10),
        ("MAX()", "a number or a metric should be here", 4),
        ("MAX m1", "needs a bracket", 0),
        ("METRICS()", "functions are MIN, MAX", 0),
        ("FILL(m1, REPEAT)", "functions are MIN, MAX", 9),
        ("FILL(m1)", "FILL takes 2 operands, not 1", 4),
        ("IF(1, 2, 3, 4)", "IF takes 3 operands, not 4", 2),
        ("[m1, m2]", "a number or a metric should be here", 0),
        ("SUM([m1] + 1)", "after a list", 9),
        ("FILL([m1], 1)", "a number or a metric should be here", 5),
        ("(m1, m2)", "only operands of functions", 3),
        ("1e9999", "no part of an expression", 0),
    ],
)
def test_errors_say_what_and_where(text: str, message: str, start: int) -> None:
    with pytest.raises(MetricMathError) as caught:
        parse(text)
    assert message in caught.value.problem.message
    assert caught.value.problem.span.start == start


def test_names_are_those_of_the_metrics_in_their_order() -> None:
    assert parse("m2 + SUM(m1, m2)").names == ("m2", "m1")


def test_a_point_that_was_not_given_is_refused() -> None:
    with pytest.raises(UsageError, match="no point was given for 'm9'"):
        parse("m9").evaluate(POINTS)


def test_a_text_may_be_as_long_as_the_api_takes_and_no_longer() -> None:
    half = (LONGEST_TEXT - 1) // 2
    text = "(" * half + "1" + ")" * half
    assert parse(text).evaluate({}) == 1
    with pytest.raises(MetricMathError, match="at most 2,048 characters"):
        parse(text + "  ")
    assert parse("-" * (LONGEST_TEXT - 1) + "1").evaluate({}) == -1


TREES = st.recursive(
    st.integers(0, 20).map(lambda number: (str(number), Fraction(number))),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(
        lambda three: (
            f"({three[0][0]} {three[1]} {three[2][0]})",
            computed(three[0][1], three[1], three[2][1]),
        )
    ),
    max_leaves=12,
)


def computed(left: Fraction | None, sign: str, right: Fraction | None) -> Fraction | None:
    if left is None or right is None or (sign == "/" and right == 0):
        return None
    return {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": left / (right or 1),
    }[sign]


@given(TREES)
def test_d89_arithmetic_is_that_of_fractions(tree: tuple[str, Fraction | None]) -> None:
    text, value = tree
    assert parse(text).evaluate({}) == value


@given(st.lists(st.tuples(st.sampled_from(["+", "-", "*"]), st.integers(0, 9)), max_size=12))
def test_without_parentheses_the_usual_precedence_holds(
    rest: list[tuple[str, int]],
) -> None:
    text = "1" + "".join(f" {sign} {number}" for sign, number in rest)
    assert parse(text).evaluate({}) == eval(text)  # Python's precedence is the usual one
