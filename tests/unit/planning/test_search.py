"""The least number that is enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.planning.search import least


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_the_least_number_is_found_whatever_the_guess(answer: int, guess: int, most: int) -> None:
    """It was asked about, and so was the one below; nothing is asked twice."""
    asked: list[int] = []

    def enough(number: int) -> bool:
        asked.append(number)
        return number >= answer

    found = least(enough, guess, most)
    assert found == (answer if answer <= most else None)
    assert len(asked) == len(set(asked))
    assert min(asked) >= 1
    assert max(asked) <= most
    if found is not None and found > 1:
        assert {found, found - 1} <= set(asked)


@pytest.mark.parametrize(("answer", "questions"), [(1, 1), (7, 2), (1000, 2)])
def test_a_right_guess_costs_one_question_more_at_most(answer: int, questions: int) -> None:
    asked: list[int] = []

    def enough(number: int) -> bool:
        asked.append(number)
        return number >= answer

    assert least(enough, answer, 10_000) == answer
    assert len(asked) == questions
