"""``closest_match``: one function for every "did you mean"."""

from __future__ import annotations

import pytest

from placement.suggest import closest_match

NAMES = ("runningTasksCount", "agentVersion", "agentConnected")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("runningTaskCount", "runningTasksCount"),
        ("AGENTVERSION", "agentVersion"),
        ("agentVersion", "agentVersion"),
        ("agent", None),
        ("", None),
    ],
)
def test_the_most_similar_candidate_is_returned_as_it_is_spelled(
    word: str, expected: str | None
) -> None:
    assert closest_match(word, NAMES) == expected


def test_case_counts_if_it_is_not_ignored() -> None:
    assert closest_match("CPU", ["cpu", "CPUs"], ignore_case=False) == "CPUs"
    assert closest_match("CPU", ["cpu", "memory"], ignore_case=False) is None
    assert closest_match("CPU", iter(["cpu", "memory"])) == "cpu"


def test_a_lower_cutoff_accepts_less_similar_words() -> None:
    assert closest_match("m5.huge", ["m5.large"]) is None
    assert closest_match("m5.huge", ["m5.large"], cutoff=0.6) == "m5.large"


def test_long_words_get_no_suggestion() -> None:
    assert closest_match("x" * 80, ["x" * 79]) == "x" * 79
    assert closest_match("x" * 81, ["x" * 80]) is None
