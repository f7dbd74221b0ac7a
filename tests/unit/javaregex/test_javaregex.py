"""The interface: errors, engines, time bounds, and what any text whatever leads to."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placement.javaregex import JavaPattern, JavaRegexError, JavaRegexTimeout, compile_java

TEXTS = st.text(st.characters(), max_size=40)
SYNTAX = st.text("()[]{}|*+?\\^$.-&,:<>=!#0129abknpPQEuxXRGzdwsi \n\ud800\U0001f600é", max_size=24)


AGREEING = (
    "[^\\n]*",
    "(?iu)[a-zß-ÿ]*.?",
    "\\b.*\\b",
    "(?m)(^.*$\\R?)*",
    "\\P{L}*\\p{IsLatin}?",
)


def outcome(pattern: str, value: str) -> bool | str | None:
    """Return the answer, None for a good error, a complaint for a bad one."""
    try:
        return compile_java(pattern).fullmatch(value, steps=100_000)
    except JavaRegexError as error:
        return None if 0 <= error.start <= error.end <= len(pattern) else "span outside"
    except JavaRegexTimeout as timeout:
        return None if (timeout.pattern, timeout.value) == (pattern, value) else "other texts"


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
@example("\ud800", "\ud800")
@example("a\x00", "a\x00")
@example("[\ud83d\ude00]", "\U0001f600")
def test_any_pattern_and_value_give_an_answer_or_an_error_of_ours(pattern: str, value: str) -> None:
    assert outcome(pattern, value) in (True, False, None)


@given(SYNTAX, TEXTS)
@settings(max_examples=1500, deadline=None)
def test_any_heap_of_syntax_gives_an_answer_or_an_error_of_ours(pattern: str, value: str) -> None:
    assert outcome(pattern, value) in (True, False, None)


@given(TEXTS)
@settings(deadline=None)
def test_a_quoted_text_matches_itself_only(text: str) -> None:
    quoted = compile_java("\\Q" + text.replace("\\E", "\\E\\\\E\\Q") + "\\E")
    assert quoted.fullmatch(text)
    assert not quoted.fullmatch(text + "x")


@given(TEXTS.filter(lambda text: "\\" not in text))
@settings(deadline=None)
def test_an_automaton_and_backtracking_agree(value: str) -> None:
    for pattern in AGREEING:
        backtracking = compile_java(f"(?=){pattern}")
        assert backtracking.engine == "steps"
        assert compile_java(pattern).fullmatch(value) == backtracking.fullmatch(value)


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * 100_000,
        "(" * 60 + "a" + ")" * 60,
        "[" * 100_000,
        "[" * 51,
        "[a&&" * 60 + "b",
        "a" * 1_000_000,
        "(?:" * 5_000,
        "a{1000}" * 5_000,
        "(?:(?:(?:a{99}){99}){99}){99}",
        "(?=x)(?:(?:(?:a{99}){99}){99}){99}",
        "a{2147483647}",
        "(?=a)a{2147483647}",
        "\\p{L}{1000}" * 900,
    ],
)
def test_a_pattern_beyond_the_limits_is_refused(pattern: str) -> None:
    with pytest.raises(JavaRegexError) as raised:
        compile_java(pattern)
    assert raised.value.message


@pytest.mark.parametrize("opening", ["(", "(?:", "(?=", "(?>", "(?<="])
def test_groups_may_be_nested_fifty_deep(opening: str) -> None:
    nested = compile_java(opening * 50 + "a" * (opening != "(?<=") + ")" * 50 + "a?")
    assert nested.fullmatch("a")


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        ("(a+)+$", "a" * 127 + "b", False),
        ("(.*a){25}", "a" * 24 + "b" * 104, False),
        ("(x+x+)+y", "x" * 128, False),
        ("(.*)*(.*)*(.*)*x", "a" * 128, False),
        ("(a|a|b?)+\\b$", "a" * 128, True),
        ("(?m)(^a*$\n?)+", "aaaa\n" * 100 + "b", False),
    ],
)
def test_hostile_regular_patterns_are_answered_by_the_automaton(
    pattern: str, value: str, matches: bool
) -> None:
    compiled = compile_java(pattern)
    assert compiled.engine == "re2"
    assert compiled.fullmatch(value) is matches


@pytest.mark.parametrize(
    "pattern", ["(a+)+\\1b$", "(?=(a+)+$)b.*", "(?>(a|aa)+$)|(?!((a|aa)+)+b)c"]
)
def test_hostile_patterns_that_backtrack_end(pattern: str) -> None:
    assert compile_java(pattern).engine == "steps"
    assert outcome(pattern, "a" * 127 + "c") in (False, None)


def test_a_timeout_names_pattern_and_value() -> None:
    pattern, value = "(?:(a|aa|aaa)+)+\\1\\1b", "a" * 120 + "c"
    with pytest.raises(JavaRegexTimeout) as raised:
        compile_java(pattern).fullmatch(value, steps=2_000)
    assert (raised.value.pattern, raised.value.value) == (pattern, value)
    assert raised.value.steps == 2_000
    assert "2,000 steps" in str(raised.value)


@pytest.mark.parametrize(
    ("pattern", "engine"),
    [
        ("t2.*", "re2"),
        ("(a|b)*?c{2,}", "re2"),
        ("^a$|\\bb\\B.", "re2"),
        ("\\Ra\\R", "re2"),
        ("(?i)[a-z&&[^k]]", "re2"),
        ("\\G(?m)^a$", "re2"),
        ("a{5000}", "re2"),
        ("\\X", "re2"),
        ("\\R+", "re2"),
        ("(?m)$\\Z", "re2"),
        ("(?=a).", "steps"),
        ("(a)\\1", "steps"),
        ("a++", "steps"),
        ("(?>a)", "steps"),
        ("(?:^|a){2}", "steps"),
    ],
)
def test_regular_patterns_go_to_the_automaton(pattern: str, engine: str) -> None:
    assert compile_java(pattern).engine == engine


@pytest.mark.parametrize(
    ("pattern", "message", "start", "end"),
    [
        ("ab(c", "the group is not closed", 2, 4),
        ("ab)c", "this ) closes no group", 2, 3),
        ("a**", "there is nothing before * that it could repeat", 2, 3),
        ("x[a-", "the range of characters runs backwards", 2, 4),
        ("x[a", "the class [ is not closed", 1, 3),
        ("\\p{Nope}", 'there is no property or class of characters named "Nope"', 0, 8),
        ("a{2,1}", "the repetition {2,1} runs backwards", 1, 6),
        ("a\\y", "the escape \\y has no meaning", 1, 3),
        ("\\Qab\\E\\y", "the escape \\y has no meaning", 6, 8),
        ("\U0001f600\\y", "the escape \\y has no meaning", 1, 3),
        ("\ud83d\ude00\\y", "the escape \\y has no meaning", 2, 4),
        ("(?<n>a)(?<n>b)", "the group name n is given twice", 7, 12),
        ("(?c)a", "the flag (?c), canonical equivalence, is not supported", 0, 3),
    ],
)
def test_errors_say_what_and_where(pattern: str, message: str, start: int, end: int) -> None:
    with pytest.raises(JavaRegexError) as raised:
        compile_java(pattern)
    error = raised.value
    assert (error.message, error.start, error.end) == (message, start, end)
    assert str(error) == message


def test_an_error_can_be_pickled() -> None:
    error = JavaRegexError("wrong", 1, 2)
    again = pickle.loads(pickle.dumps(error))
    assert (again.message, again.start, again.end) == ("wrong", 1, 2)
    late = pickle.loads(pickle.dumps(JavaRegexTimeout("a", "b", 100)))
    assert (late.pattern, late.value, late.steps) == ("a", "b", 100)


@pytest.mark.parametrize("pattern", ["a.c", "^a$", "(a)\\1"])
def test_a_pattern_is_a_value(pattern: str) -> None:
    first, second = compile_java(pattern), compile_java(pattern)
    assert first == second
    assert hash(first) == hash(second)
    assert first != compile_java("x")
    assert first != pattern
    assert pickle.loads(pickle.dumps(first)) == first
    assert repr(first) == f"compile_java({pattern!r})"
    with pytest.raises(AttributeError, match="does not change"):
        first.engine = "other"
    with pytest.raises(AttributeError, match="does not change"):
        del first.pattern


def test_several_threads_may_ask_one_pattern() -> None:
    pattern = compile_java("(é|(?=x)x)*\\b")
    wrong: list[str] = []

    def ask() -> None:
        for count in range(50):
            value = "é" * count + "x"
            if not pattern.fullmatch(value):
                wrong.append(value)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_engines_are_imported_when_they_are_needed() -> None:
    code = (
        "import sys, placement.javaregex as j; assert not {'re2', 'numba'} & sys.modules.keys();"
        "assert j.compile_java('a').fullmatch('a');"
        "assert not {'regex', 'numba'} & sys.modules.keys(); print('ok')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "ok\n"


def test_a_surrogate_is_a_code_point_unless_it_is_one_of_a_pair() -> None:
    dot = compile_java(".")
    assert dot.fullmatch("\ud83d")
    assert dot.fullmatch("\ud83d\ude00")
    assert not dot.fullmatch("\ude00\ud83d")
    assert not compile_java("\ud83d.").fullmatch("\ud83d\ude00")
    assert isinstance(dot, JavaPattern)
