"""The same answers as JDK 17, on every recorded pair."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

import record_jdk
from java_cases import CASES
from placement.javaregex import JavaRegexError, compile_java

HERE = Path(__file__).parent
UNSUPPORTED = "support"
"""Every refusal of a pattern that Java takes says this word."""

CONSTRUCTS = (
    "&& with nothing on its right, after a single character",
    "this look-behind",
    "\\b{g}",
    "the flag (?c)",
    "the repetitions of this pattern are too large",
)


def pattern_of(row: tuple[str, str, str]) -> str:
    return row[0]


@cache
def answered() -> tuple[tuple[str, str, str, bool | JavaRegexError], ...]:
    """Return every recorded pair with the JDK's answer and ours."""
    rows: list[tuple[str, str, str, bool | JavaRegexError]] = []
    for pattern, same in groupby(record_jdk.recorded(), key=pattern_of):
        asked = list(same)
        try:
            compiled = compile_java(pattern)
        except JavaRegexError as error:
            rows += [(*row, error) for row in asked]
        else:
            values = [value for _, value, _ in asked]
            rows += [
                (*row, answer) for row, answer in zip(asked, compiled.answers(values), strict=True)
            ]
    return tuple(rows)


def test_every_recorded_answer_is_ours_unless_we_refuse() -> None:
    wrong = [
        (pattern, value, answer)
        for pattern, value, answer, ours in answered()
        if answer != "E" and isinstance(ours, bool) and ours != (answer == "1")
    ]
    assert wrong == []


def test_what_java_refuses_is_refused() -> None:
    refused = [(pattern, ours) for pattern, _, answer, ours in answered() if answer == "E"]
    taken = {pattern for pattern, ours in refused if isinstance(ours, bool)}
    assert len(refused) > 1500
    assert taken == set()


def test_what_we_refuse_is_refused_by_java_or_named_as_unsupported() -> None:
    unnamed = {
        (pattern, ours.message)
        for pattern, _, answer, ours in answered()
        if answer != "E" and isinstance(ours, JavaRegexError) and UNSUPPORTED not in ours.message
    }
    assert unnamed == set()


def test_every_unsupported_construct_is_one_of_the_documented_ones() -> None:
    messages = {
        ours.message
        for _, _, answer, ours in answered()
        if answer != "E" and isinstance(ours, JavaRegexError)
    }
    other = {m for m in messages if not any(construct in m for construct in CONSTRUCTS)}
    assert other == set()


def test_few_patterns_that_java_takes_are_refused() -> None:
    counts = Counter(
        isinstance(ours, JavaRegexError) for _, _, answer, ours in answered() if answer != "E"
    )
    assert counts[True] < 0.02 * counts.total()


def test_matches_and_others_are_plentiful_and_mostly_generated() -> None:
    by_hand = {(pattern, value) for pattern, values in CASES.items() for value in values}
    generated = Counter(
        answer for pattern, value, answer, _ in answered() if (pattern, value) not in by_hand
    )
    assert generated["1"] > 6000
    assert generated["0"] > 15000
    assert 2 * generated.total() > len(answered())


def test_spans_lie_within_the_pattern() -> None:
    outside = {
        pattern
        for pattern, _, _, ours in answered()
        if isinstance(ours, JavaRegexError) and not 0 <= ours.start <= ours.end <= len(pattern)
    }
    assert outside == set()


def test_messages_are_in_lower_case_and_without_a_full_stop() -> None:
    messages = {ours.message for *_, ours in answered() if isinstance(ours, JavaRegexError)}
    assert {m for m in messages if m.endswith(".") or m[:1].isupper()} == set()


@pytest.mark.parametrize("name", ["Oracle.java", "oracle.jar"])
def test_the_compiled_oracle_belongs_to_its_source(name: str) -> None:
    lines = (HERE / "oracle.sha256").read_text().splitlines()
    noted = {file: digest for digest, file in map(str.split, lines)}
    assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == noted[name]
