"""What a person reads who wrote something wrong: the words, the place, the advice (item 6, C3)."""

from __future__ import annotations

import pytest

import placement

# text, a piece of the message, the piece that is underlined, the suggestion
CASES: list[tuple[str, str, str, str | None]] = [
    ("", "the expression is empty", "", None),
    ("  ", "the expression is empty", "", None),
    ("runningTaskCount > 3", "unknown subject", "runningTaskCount", "runningTasksCount"),
    ("AgentConnected == true", "unknown subject", "AgentConnected", "agentConnected"),
    ("stack == prod", "unknown subject stack", "stack", "attribute:stack"),
    ("attribut == prod", "unknown subject", "attribut", "attribute:NAME"),
    ("Attribute:a == b", "unknown subject", "Attribute:a", "attribute:a"),
    ("attribute:st@ck == a", "cannot hold @", "@", None),
    ("attribute: x == a", "needs a name", "attribute:", None),
    (f"attribute:{'x' * 129} exists", "at most 128", "x" * 129, None),
    ("attribute:a = b", "expected an operator", "=", "=="),
    ("attribute:a => b", "expected an operator", "=>", ">="),
    ("attribute:a is b", "expected an operator", "is", "=="),
    ("attribute:a IN [b]", "expected an operator", "IN", "in"),
    ("attribute:a not in [b]", "expected an operator", "not", "not_in"),
    ("attribute:a ! in [b]", "must touch", "!", "!in"),
    ("attribute:a", "expected an operator after attribute:a", "", None),
    ("attribute:a ==", "expected a value after ==", "", None),
    ("attribute:a == [b]", "takes one value", "[", None),
    ("attribute:a == (b)", "needs quotes", "(", None),
    ("attribute:a == 'b", "not closed", "'", None),
    ("attribute:a =~ 'b", "not closed", "'", None),
    ("attribute:a =~", "expected a regular expression", "", None),
    ("attribute:a =~ [b", "[ is not closed", "[", None),
    ("attribute:a =~ (b", "( is not closed", "(", None),
    ("attribute:a =~ b]", "] closes nothing", "]", None),
    ("attribute:a =~ b\\", "backslash", "\\", None),
    ("attribute:a in b", "takes a list in brackets", "b", None),
    ("attribute:a in [b", "the list is not closed", "", None),
    ("attribute:a in [b c]", "expected , or ]", "c", None),
    ("attribute:a in [,b]", "before the comma", ",", None),
    ("attribute:a in [b,]", "before ]", "]", None),
    ("attribute:a == b AND attribute:c exists", "expected and, or", "AND", "and"),
    ("attribute:a == b Or attribute:c exists", "expected and, or", "Or", "or"),
    ("attribute:a == b & attribute:c exists", "expected and, or", "&", "&&"),
    ("NOT attribute:a exists", "unknown keyword", "NOT", "not"),
    ("attribute:a == b c", "needs quotes", "c", None),
    ("attribute:a == b=c", "needs quotes", "=", None),
    ("attribute:a exists b", "takes no value", "b", None),
    ("attribute:a == b and", "must follow and", "", None),
    ("and attribute:a == b", "must come before and", "and", None),
    ("()", "must come before )", ")", None),
    ("'a' == b", "begins with its subject", "'", None),
    ("(attribute:a == b", "this ( is not closed", "(", None),
    ("attribute:a == b)", "this ) closes nothing", ")", None),
    ("registeredAt exists", "does not take exists", "exists", None),
    ("runningTasksCount == five", "whole number", "five", None),
    ("agentVersion > new", "needs a version", "new", None),
    ("registeredAt > yesterday", "needs a date", "yesterday", None),
    ("registeredAt > 2023-02-30", "needs a date", "2023-02-30", None),
    ("agentConnected == yes", "true or false", "yes", None),
    ("attribute:a =~ 'b{2,1}'", "", "{2,1}", None),
]


@pytest.mark.parametrize(("text", "words", "at", "suggestion"), CASES)
def test_complaint(text: str, words: str, at: str, suggestion: str | None) -> None:
    with pytest.raises(placement.CqlError) as caught:
        placement.compile(text)
    [problem] = caught.value.problems
    assert words in problem.message
    assert text[problem.span.start : problem.span.end] == at
    assert problem.suggestion == suggestion
    assert problem.message in str(caught.value)


def test_all_problems_of_a_text_that_parses_are_found() -> None:
    """C3."""
    with pytest.raises(placement.CqlError) as caught:
        placement.compile("agentVersion in [1] and runningTasksCount == x or attribute:a =~ '['")
    assert len(caught.value.problems) == 3


def test_the_line_and_carets_are_shown() -> None:
    with pytest.raises(placement.CqlError) as caught:
        placement.compile("attribute:a == b and\nrunningTaskCount > 3")
    assert str(caught.value) == (
        "unknown subject runningTaskCount; did you mean runningTasksCount?\n"
        "    runningTaskCount > 3\n"
        "    ^^^^^^^^^^^^^^^^"
    )


def test_too_deep_and_too_long() -> None:
    """C1, C2."""
    with pytest.raises(placement.CqlError, match="nested too deeply"):
        placement.compile("(" * 101 + "attribute:a exists" + ")" * 101)
    with pytest.raises(placement.CqlError, match="at most 2000 characters, not 2001"):
        placement.compile("attribute:a == " + "b" * 1986)
