"""Any text at all: a query, or a CqlError that a person can read.  Nothing else, and soon."""

from __future__ import annotations

import pickle
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import placement
from clean import answered, check, compiled, within
from placement.testing import clusters, damaged_texts, expression_texts

ANY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates and NUL included
CLUSTER = placement.Cluster()
CLUSTER.register(
    placement.Instance(
        id="ci-0", attributes={"a": "b", "n": "17", "none": None}, agent_version="1.2.3"
    )
)
CLUSTER.add_task("ci-0", "web")


def asked(query: placement.Query) -> None:
    """Ask a query everything it answers; the answers must agree."""
    truth = query.matches(CLUSTER, "ci-0")
    assert query.mask(CLUSTER).tolist() == [truth]
    assert query.select(CLUSTER) == ["ci-0"] * truth
    explanation = query.explain(CLUSTER, "ci-0")
    assert explanation.truth == truth
    str(explanation).encode("utf-8")
    assert placement.compile(str(query), max_length=None).matches(CLUSTER, "ci-0") == truth
    assert isinstance(repr(query), str)


def linted(text: str, max_length: int | None = 2000) -> list[placement.Lint]:
    warnings = placement.lint(text, CLUSTER, max_length=max_length)
    for warning in warnings + placement.lint(text, max_length=max_length):
        assert 0 <= warning.span.start <= warning.span.end <= len(text)
        assert warning.code
    return warnings


@given(st.text(ANY_CHARACTER))
@example("")
@example("\ud800")
@example("\0")
@example("attribute:a == '")
def test_any_text(text: str) -> None:
    query = compiled(text)
    assert query is None or query.text == text


@given(st.text(ANY_CHARACTER, max_size=8), st.sampled_from(["'{}'", '"{}"', "{}", "[{}]", "({})"]))
@pytest.mark.parametrize(
    "place", ["attribute:a == ", "attribute:a in ", "attribute:a =~ ", "attribute:a > ", ""]
)
def test_any_text_in_the_place_of_a_value(place: str, text: str, quotes: str) -> None:
    query = compiled(place + quotes.format(text))
    if query is not None:
        asked(query)


@given(st.text(ANY_CHARACTER, max_size=4), expression_texts(), st.integers(0, 300))
def test_any_text_inside_a_valid_one(stranger: str, text: str, place: int) -> None:
    place = min(place, len(text))
    query = compiled(text[:place] + stranger + text[place:])
    if query is not None:
        asked(query)


@given(damaged_texts())
def test_damaged_text(text: str) -> None:
    query = compiled(text)
    if query is not None:
        asked(query)


@given(damaged_texts(), st.booleans())
def test_damaged_text_parsed_leniently(text: str, loud: bool) -> None:
    query = compiled(text.upper() if loud else text, lenient=True, max_length=None)
    if query is not None:
        asked(query)


STRANGE_CASES = {"s": "\u017f", "k": "\u212a", "i": "\u0131", "I": "\u0130", "K": "\u212a"}
"""Letters that some rule of Unicode takes for ASCII ones when case does not matter."""


@given(expression_texts(), st.sampled_from(sorted(STRANGE_CASES)))
@example("attribute:a exists", "s")
@example("task:group == a", "k")
@example("task:group == a", "s")
def test_letters_that_are_nearly_ascii_parsed_leniently(text: str, letter: str) -> None:
    query = compiled(text.replace(letter, STRANGE_CASES[letter]), lenient=True, max_length=None)
    if query is not None:
        asked(query)


@given(st.text(ANY_CHARACTER) | damaged_texts())
def test_lint_refuses_what_compile_refuses(text: str) -> None:
    query = compiled(text)
    try:
        linted(text)
    except placement.CqlError as error:
        assert query is None
        check(error, text)
    else:
        assert query is not None


@given(clusters(), expression_texts())
def test_lint_takes_every_valid_text(cluster: placement.Cluster, text: str) -> None:
    for warning in placement.lint(text, cluster):
        assert 0 <= warning.span.start <= warning.span.end <= len(text)
        str(warning).encode("utf-8")


@given(damaged_texts())
def test_a_refusal_can_be_pickled(text: str) -> None:
    if compiled(text) is None:
        with pytest.raises(placement.CqlError) as caught:
            placement.compile(text)
        again = pickle.loads(pickle.dumps(caught.value))
        assert (str(again), again.problems) == (str(caught.value), caught.value.problems)


@given(st.lists(st.sampled_from(["a", "=", "!", "'", "(", ")", "[", "]", "\\", "&", "|", " "])))
@pytest.mark.parametrize("place", ["attribute:a =~ ", "attribute:a == ", "attribute:a in [", ""])
def test_punctuation(place: str, pieces: list[str]) -> None:
    query = compiled(place + "".join(pieces))
    if query is not None:
        asked(query)


# --- Patterns ------------------------------------------------------------------------------

PATTERN_PIECES = (
    *("a", ".", "*", "+", "?", "??", "*+", "{2}", "{2,}", "{,3}", "{9999999999}", "|", "^", "$"),
    *("(", ")", "(?:", "(?i)", "(?<n>", "\\k<n>", "(?=", "(?!", "(?<=", "(?>", "(?x)", "(?u-i:"),
    *("[", "]", "[^", "&&", "-", "\\Q", "\\E", "\\p{L}", "\\p{IsGreek}", "\\pX", "\\x41", "\\x{0}"),
    *(
        "\\u0041",
        "\\uD800",
        "\\1",
        "\\9",
        "\\0",
        "\\07",
        "\\cA",
        "\\h",
        "\\R",
        "\\X",
        "\\G",
        "\\b{g}",
    ),
    *(
        "\\Z",
        "\\z",
        "\\A",
        "\\N{DIGIT ONE}",
        "\\",
        "é",
        "\ud83d\ude00",
        "\U0001f600",
        "\ud800",
        "\0",
        " ",
    ),
)


@given(st.lists(st.sampled_from(PATTERN_PIECES), max_size=8).map("".join))
@example("\ud800")
@example("[\ud800-\udfff]")
def test_any_pattern(pattern: str) -> None:
    """Valid or refused, and a match ends with an answer or RegexTimeout (C5)."""
    quoted = pattern.replace("\\", "\\\\").replace("'", "\\'")
    query = compiled(f"attribute:a =~ '{quoted}'", regex_steps=100_000)
    if query is not None:
        with within(20):
            mask = answered(partial(query.mask, ODD_VALUES), query)
        assert mask is None or mask.shape == (ODD_VALUES.rows,)


ODD_VALUES = placement.Cluster()
for number, odd in enumerate(["", "b", "é", "\ud800", "a\udfff", "\u2028", "\U0001f600" * 40]):
    ODD_VALUES.register(placement.Instance(id=f"ci-{number}", attributes={"a": odd}))


HOSTILE = ("(a+)+$", "(.*a){25}", "(x+x+)+y", "(?=(a+)+$)a*", "(a|aa)+\\1$", "((a*)*)*b(?!c)")


@pytest.mark.parametrize("pattern", HOSTILE)
@pytest.mark.parametrize("value", ["a" * 128, "x" * 128, "a" * 127 + "!"], ids=lambda v: v[-2:])
def test_hostile_pattern_ends(pattern: str, value: str) -> None:
    """C5: an answer or RegexTimeout; the cluster is as it was."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0", attributes={"a": value}))
    query = placement.compile(f"attribute:a =~ '{pattern}'")
    with within(20):
        mask = answered(partial(query.mask, cluster), query)
        truth = answered(partial(query.matches, cluster, "ci-0"), query)
        explanation = answered(partial(query.explain, cluster, "ci-0"), query)
    answers = [mask if mask is None else mask[0], truth, explanation and explanation.truth]
    assert len({answer for answer in answers if answer is not None}) < 2
    assert placement.compile("attribute:a exists").select(cluster) == ["ci-0"]


def test_a_timeout_is_that_of_the_query_that_was_asked() -> None:
    """C5: settable for each query, whoever asked the same pattern before; the span is its own."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="ci-0", attributes={"a": "a" * 120 + "!"}))
    pattern = "(?:(a|aa|aaa)+)+\\\\1\\\\1b"
    hasty = placement.compile(f"attribute:a =~ '{pattern}'", regex_steps=1_000)
    patient = placement.compile(
        f"agentVersion > 1 or attribute:a =~ '{pattern}'", regex_steps=20_000
    )
    for query, steps in ((hasty, 1_000), (patient, 20_000)):
        with pytest.raises(placement.RegexTimeout) as caught:
            query.mask(cluster)
        assert caught.value.steps == steps
        span = caught.value.span
        assert query.text[span.start : span.end] == f"'{pattern}'"


# --- Very much text ------------------------------------------------------------------------

MANY = 100_000
MEGABYTE = 1_000_000
DEEP: dict[str, str] = {
    "(": "(" * MANY,
    ")": ")" * MANY,
    "()": "(" * MANY + ")" * MANY,
    "(a)": "(" * MANY + "attribute:a exists" + ")" * MANY,
    "(a": "(" * MANY + "attribute:a exists",
    "a)": "attribute:a exists" + ")" * MANY,
    "not(": "not(" * MANY + "attribute:a exists" + ")" * MANY,
    "[": "attribute:a in " + "[" * MANY,
    "[]": "attribute:a in " + "[" * MANY + "]" * MANY,
    "brackets first": "[" * MANY,
    "'": "'" * MANY,
    '"': "attribute:a == " + '"' * (MANY + 1),
    "'' ''": "attribute:a == " + "'' " * MANY,
    "!": "!" * MANY,
    "not": "not " * MANY,
    "!not": "!not " * 950,
    "bare groups": "attribute:a =~ " + "(" * MANY + "a" + ")" * MANY,
    "bare groups, open": "attribute:a =~ " + "(" * MANY,
    "bare classes": "attribute:a =~ " + "[" * MANY + "a" + "]" * MANY,
    "bare classes, open": "attribute:a =~ " + "[" * MANY,
    "quoted groups": "attribute:a =~ '" + "(" * MANY + "a" + ")" * MANY + "'",
    "quoted classes": "attribute:a =~ '" + "[" * MANY + "a" + "]" * MANY + "'",
    "quoted repeats": "attribute:a =~ '" + "(" * 500 + "a" + "){1000}" * 500 + "'",
    "look-aheads": "attribute:a =~ '" + "(?=" * 5000 + ")" * 5000 + "'",
    "backslashes": "attribute:a =~ " + "\\" * (MANY + 1),
    "quoted backslashes": "attribute:a == '" + "\\" * (MANY + 1),
    "ampersands": "attribute:a =~ a" + "&" * (MANY + 1),
    "bars": "attribute:a =~ a" + "|" * (MANY + 1),
    "equals": "attribute:a " + "=" * MANY,
    "commas": "attribute:a in [" + "," * MANY,
    "blanks": " " * MEGABYTE,
    "a name": "attribute:" + "a" * MEGABYTE + " exists",
    "a loud name": "ATTRIBUTE:" + "a" * MEGABYTE + " exists",
    "a word": "a" * MEGABYTE,
    "a wrong value": "runningTasksCount == " + "a" * MEGABYTE,
    "a wrong date": "registeredAt == " + "2" * MEGABYTE,
    "a wrong version": "agentVersion == " + "1." * (MEGABYTE // 2),
    "a surplus word": "attribute:a exists " + "a" * MEGABYTE,
    "a damaged end": "attribute:a == b and " * (MEGABYTE // 21) + "attribute:a",
    "problems": "agentVersion in [x] and " * (MEGABYTE // 100) + "runningTasksCount == x",
}
CHAIN = "attribute:a == b and "
LARGE: dict[str, str] = {
    "1,900 nots": "not " * 1900 + "attribute:a exists",
    "1,900 marks": "!" * 1900 + "attribute:a exists",
    "a chain": CHAIN * (MEGABYTE // len(CHAIN)) + "attribute:a exists",
    "a list": "attribute:a in [" + ",".join(map(str, range(150_000))) + "]",
    "a list of one": "attribute:a in [" + ",".join(["b"] * 50_000) + "]",
    "a list not wanted": "attribute:a !in [" + ",".join(map(str, range(30_000))) + "]",
    "a list of groups": "task:group in [" + ",".join(map(str, range(30_000))) + "]",
    "a quoted value": "attribute:a == '" + "x" * MEGABYTE + "'",
    "a bare pattern": "attribute:a =~ " + "x" * 9_000,
    "alternatives": "attribute:a =~ " + "|".join(map(str, range(1800))),
    "repeats of repeats": "attribute:a =~ 'a" + "{1000}" * 6 + "'",
    "a whole number": "runningTasksCount < " + "9" * MEGABYTE,
    "a decimal number": "attribute:n < " + "9" * MEGABYTE + "." + "9" * 10,
    "a version": "agentVersion < " + ".".join(["12345678"] * (MEGABYTE // 9)),
    "a number of a version": "agentVersion < " + "9" * MEGABYTE,
    "blanks between": " " * (MEGABYTE // 2) + "attribute:a exists" + "\n" * (MEGABYTE // 2),
}
COUNT = 10_000
CHAINS: dict[str, str] = {
    "or ==": " or ".join(f"attribute:a == v{n}" for n in range(COUNT)),
    "and !=": " and ".join(f"attribute:a != v{n}" for n in range(COUNT)),
    "or of names": " or ".join(f"attribute:a{n} exists" for n in range(COUNT)),
    "and count !=": " and ".join(f"runningTasksCount != {2 * n}" for n in range(COUNT)),
    "or count ==": " or ".join(f"runningTasksCount == {2 * n}" for n in range(COUNT)),
    "or orders": " or ".join(f"attribute:a < {n}" for n in range(COUNT)),
    "or versions": " or ".join(f"agentVersion < 1.{n}" for n in range(COUNT)),
    "or groups": " or ".join(f"task:group == g{n}" for n in range(COUNT)),
    "or dates": " or ".join(
        f"registeredAt == {1600 + n // 336:04}-{1 + n // 28 % 12:02}-{1 + n % 28:02}"
        for n in range(COUNT)
    ),
    "and and or": " and ".join(
        f"(attribute:a == v{n} or attribute:b == w{n})" for n in range(COUNT // 2)
    ),
    "or patterns": " or ".join(f"attribute:a =~ v{n}.*" for n in range(COUNT // 10)),
}


@pytest.mark.parametrize("name", DEEP)
def test_much_damaged_text_is_refused_soon(name: str) -> None:
    with within(20):
        assert compiled(DEEP[name], max_length=None) is None or name in ("!", "not", "!not")
        assert compiled(DEEP[name][:2000], max_length=2000) is None or name == "!not"


@pytest.mark.parametrize("name", ["a loud name", "a surplus word", "a word", "a wrong value", "'"])
def test_the_error_of_a_long_text_is_short(name: str) -> None:
    """It shows the place, not the megabyte around it."""
    with pytest.raises(placement.CqlError) as caught:
        placement.compile(DEEP[name], max_length=None)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("name", [*LARGE, *CHAINS])
def test_much_valid_text_is_answered_soon(name: str) -> None:
    """A megabyte through compile, str, mask, select, matches and explain, with the limit off."""
    with within(20):
        query = compiled((LARGE | CHAINS)[name], max_length=None)
        assert query is not None
        asked(query)


@pytest.mark.parametrize("name", [*LARGE, *CHAINS])
def test_much_valid_text_is_linted_soon(name: str) -> None:
    with within(20):
        assert linted((LARGE | CHAINS)[name], max_length=None) is not None


@pytest.mark.parametrize("name", LARGE)
def test_the_limit_is_said_first(name: str) -> None:
    """A1, C1."""
    text = LARGE[name]
    limit = min(2000, len(text) - 1)
    with pytest.raises(placement.CqlError, match=f"at most {limit} characters") as caught:
        placement.compile(text, max_length=limit)
    assert [problem.span.start for problem in caught.value.problems] == [limit]


def test_nested_to_the_limit_and_one_more() -> None:
    """C2."""
    for levels in (99, 100, 101, 102):
        text = "(" * levels + "attribute:a exists" + ")" * levels
        assert (compiled(text) is None) == (levels > 100)
