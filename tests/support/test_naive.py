"""The naive twin by itself: its trees, its truth, and that it is independent of the engine."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

import naive
from naive import And, Integer, Moment, NaiveSyntaxError, Not, Or, Pattern, Test, Version

SECOND = 1_000_000
A, B, C = (Test(f"attribute:{name}", "exists", ()) for name in "abc")


def instance(**changes: object) -> naive.Instance:
    """Make an instance of which everything unsaid is unknown, empty or zero."""
    made: naive.Instance = {
        "id": "i",
        "ec2InstanceId": None,
        "status": "ACTIVE",
        "agentConnected": True,
        "agentVersion": None,
        "registeredAt": None,
        "runningTasksCount": 0,
        "attributes": {},
        "groups": {},
    }
    return cast("naive.Instance", made | changes)


def true_of(query: str, **changes: object) -> bool:
    return naive.holds(naive.parse(query), instance(**changes))


def test_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(naive.__file__).read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert imported == {
        "__future__",
        "collections.abc",
        "dataclasses",
        "datetime",
        "decimal",
        "re",
        "typing",
        "warnings",
    }


# --- Trees ---------------------------------------------------------------------------------

TREES = {
    "attribute:a exists": A,
    "(((attribute:a exists)))": A,
    "attribute:a exists and attribute:b exists": And((A, B)),
    "attribute:a exists && attribute:b exists and attribute:c exists": And((A, B, C)),
    "attribute:a exists || attribute:b exists or attribute:c exists": Or((A, B, C)),
    "attribute:a exists or attribute:b exists and attribute:c exists": Or((A, And((B, C)))),
    "attribute:a exists and attribute:b exists or attribute:c exists": Or((And((A, B)), C)),
    "(attribute:a exists or attribute:b exists) and attribute:c exists": And((Or((A, B)), C)),
    "not attribute:a exists and attribute:b exists": And((Not(A), B)),
    "!attribute:a exists or attribute:b exists": Or((Not(A), B)),
    "not(attribute:a exists or attribute:b exists)": Not(Or((A, B))),
    "!!attribute:a exists": A,
    "not!not attribute:a exists": Not(A),
    "not(not(attribute:a exists))": Not(Not(A)),
    "(attribute:a exists)and(attribute:b exists)": And((A, B)),
}


@pytest.mark.parametrize(("query", "tree"), TREES.items())
def test_tree(query: str, tree: naive.Tree) -> None:
    """A2, A3, A4, B1, C2."""
    assert naive.parse(query) == tree


TESTS = {
    "attribute:a == b": ("attribute:a", "==", "b"),
    "attribute:a==b": ("attribute:a", "==", "b"),
    "attribute:a equals'b'": ("attribute:a", "==", "b"),
    "attribute:a != and": ("attribute:a", "!=", "and"),
    "attribute:a not_equals b": ("attribute:a", "!=", "b"),
    "attribute:a >= b": ("attribute:a", ">=", "b"),
    "attribute:a greater_than_equal b": ("attribute:a", ">=", "b"),
    "attribute:a less_than b": ("attribute:a", "<", "b"),
    "attribute:a!in[]": ("attribute:a", "!in"),
    "attribute:a not_in [b, 'c d']": ("attribute:a", "!in", "b", "c d"),
    "attribute:in in [in]": ("attribute:in", "in", "in"),
    "attribute:a!exists": ("attribute:a", "!exists"),
    "attribute:a not_exists": ("attribute:a", "!exists"),
    "attribute:a =~ b.*": ("attribute:a", "=~", Pattern("b.*")),
    "attribute:a not_matches 'b c'": ("attribute:a", "!~", Pattern("b c")),
    "agentConnected in [true, 'false']": ("agentConnected", "in", True, False),
    "agentConnected =~ t.*": ("agentConnected", "=~", Pattern("t.*")),
    "runningTasksCount < 007": ("runningTasksCount", "<", Integer("007")),
    "agentVersion == v1.20-dev": (
        "agentVersion",
        "==",
        Version((Decimal(1), Decimal(20)), "-dev"),
    ),
    "registeredAt > 1970-01-02": (
        "registeredAt",
        ">",
        Moment(86_400 * SECOND, 86_400 * SECOND),
    ),
    "registeredAt > 1970-01-01T00:01:00": ("registeredAt", ">", Moment(60 * SECOND, SECOND)),
    "registeredAt > 1970-01-01T01:00:00+01:00": ("registeredAt", ">", Moment(0, SECOND)),
    "registeredAt > 1969-12-31T23:00:00-01:00": ("registeredAt", ">", Moment(0, SECOND)),
}


@pytest.mark.parametrize(("query", "expected"), TESTS.items())
def test_simple_expression(query: str, expected: tuple[str, ...]) -> None:
    """1.2, A16 to A19, B6: one subject, one operator, typed arguments."""
    subject, operator, *arguments = expected
    assert naive.parse(query) == Test(subject, operator, tuple(arguments))


QUOTED = {
    r"'a\b'": "a\\b",
    r"'a\\b'": "a\\b",
    r"'a\\\b'": "a\\\\b",
    r"'it\'s'": "it's",
    r'"it\'s"': "it\\'s",
    r'"say \"hi\""': 'say "hi"',
    r"'\d+'": "\\d+",
    r"'\\'": "\\",
    "''": "",
    "' , ] ) '": " , ] ) ",
}


@pytest.mark.parametrize(("quoted", "value"), QUOTED.items())
def test_quoted_literal(quoted: str, value: str) -> None:
    """A7: the two escapes, and every other backslash as it stands."""
    assert naive.parse(f"attribute:a == {quoted}") == Test("attribute:a", "==", (value,))


BARE_REGEX_ENDS = {
    "t2.*": "",
    "t2.* and": " and",
    "t2.*)": ")",
    "(a|b))": ")",
    "((a)(b))))": "))",
    "a|b||c": "||c",
    "(a||b)||c": "||c",
    "[a&&b]&&c": "&&c",
    "a&b": "",
    "[)(]x)": ")",
    "[a[bc]d])": ")",
    r"a\))": ")",
    r"\[x\])": ")",
    r"a\ b": " b",
    "(p[2,3]|g[3,4]|f[1]).*)": ")",
    "": "",
    ")": ")",
}


@pytest.mark.parametrize(("text", "rest"), BARE_REGEX_ENDS.items())
def test_bare_regex_ends(text: str, rest: str) -> None:
    """1.3, C4."""
    assert text[naive.bare_regex_end(text, 0) :] == rest


@pytest.mark.parametrize("text", ["(a", "[a", "(a b)", "[a b]", "a]", "(a]", "[]a]", "(]", r"(a\)"])
def test_unbalanced_bare_regex_is_refused(text: str) -> None:
    """C4."""
    with pytest.raises(NaiveSyntaxError):
        naive.bare_regex_end(text, 0)


REFUSED = [
    "",
    " \t\r\n",
    "attribute:a",
    "attribute: a exists",
    "attribute:a@b exists",
    "attribute:" + "n" * 129 + " exists",
    "attribute:a ! exists",
    "attribute:a !existsand attribute:b exists",
    "attribute:a exists and",
    "attribute:a exists AND attribute:b exists",
    "attribute:a exists b",
    "attribute:a == 'b",
    "attribute:a == 'b'c",
    "attribute:a == (b)",
    "attribute:a in b",
    "attribute:a in [b,]",
    "attribute:a =~ 'b'.*",
    "attribute:a =~ *",
    "attribute:a\u00a0exists",
    "runningTasksCount < +5",
    "runningTasksCount < \u0663",
    "agentConnected == True",
    "agentVersion in [1.2]",
    "agentVersion == 1..2",
    "registeredAt exists",
    "registeredAt > 2018-02-30",
    "registeredAt > 2018-06-18T22:28:28.5Z",
    "task:group > a",
    "task:family == a",
    "stack == prod",
]


@pytest.mark.parametrize("query", REFUSED)
def test_refused(query: str) -> None:
    with pytest.raises(NaiveSyntaxError):
        naive.parse(query)


def test_length_is_counted_untrimmed_in_code_points() -> None:
    """A1, C1."""
    text = "attribute:a exists".ljust(2000)
    assert naive.parse(text) == A
    assert naive.parse(text + " ", max_length=None) == A
    assert naive.parse(text, max_length=2000) == A
    with pytest.raises(NaiveSyntaxError):
        naive.parse(text + " ")
    with pytest.raises(NaiveSyntaxError):
        naive.parse(text, max_length=1999)


@pytest.mark.parametrize(
    ("opening", "closing", "most"), [("(", ")", 100), ("not(", ")", 50), ("!!(", ")", 100)]
)
def test_depth(opening: str, closing: str, most: int) -> None:
    """C2."""

    def nested(levels: int) -> str:
        return opening * levels + "attribute:a exists" + closing * levels

    naive.parse(nested(most))
    with pytest.raises(NaiveSyntaxError, match="nested"):
        naive.parse(nested(most + 1))


def test_runs_of_nots_fold_whatever_their_length() -> None:
    """C2."""
    assert naive.parse("!" * 100_000 + "attribute:a exists", max_length=None) == A
    assert naive.parse("!" * 100_001 + "attribute:a exists", max_length=None) == Not(A)


def test_long_chains_are_no_depth() -> None:
    chain = " and ".join(["attribute:a exists"] * 20_000)
    assert naive.parse(chain, max_length=None) == And((A,) * 20_000)


# --- Truth ---------------------------------------------------------------------------------

MISSING: dict[str, str | None] = {}
FLAG: dict[str, str | None] = {"x": None}
VALUE: dict[str, str | None] = {"x": "v"}

TABLE = {  # 1.6: missing, without value, with the value v
    "attribute:x == v": (False, False, True),
    "attribute:x == ''": (False, True, False),
    "attribute:x != v": (False, True, False),
    "attribute:x != ''": (False, False, True),
    "attribute:x != w": (False, True, True),
    "attribute:x in [v]": (False, False, True),
    "attribute:x in ['']": (False, True, False),
    "attribute:x in []": (False, False, False),
    "attribute:x !in [v]": (False, True, False),
    "attribute:x !in ['']": (False, False, True),
    "attribute:x !in []": (False, True, True),
    "attribute:x =~ v*": (False, True, True),
    "attribute:x !~ v+": (False, True, False),
    "attribute:x < w": (False, False, True),
    "attribute:x >= ''": (False, False, True),
    "attribute:x exists": (False, True, True),
    "attribute:x !exists": (True, False, False),
    "not(attribute:x == v)": (True, True, False),
}


@pytest.mark.parametrize(("query", "expected"), TABLE.items())
def test_absent_values(query: str, expected: tuple[bool, bool, bool]) -> None:
    """The table of 1.6 with A12, A13, B2."""
    given = [true_of(query, attributes=attributes) for attributes in (MISSING, FLAG, VALUE)]
    assert tuple(given) == expected


ORDERS = [
    ("9", "<", "100", True),
    ("009", ">=", "9.0", True),
    ("-1", "<", "+0.5", True),
    ("9", "<", "100GB", False),
    ("1e3", "<", "2", True),
    ("gold", ">", "Gold", True),
    ("\U0001f600", ">", "\ufffd", True),
    ("1" * 400, ">", "1" * 399 + ".5", True),
]


@pytest.mark.parametrize(("value", "operator", "literal", "expected"), ORDERS)
def test_order_of_attributes(value: str, operator: str, literal: str, expected: bool) -> None:
    """A15."""
    query = f"attribute:x {operator} '{literal}'"
    assert true_of(query, attributes={"x": value}) is expected


VERSIONS = [
    ("1.100.0", "<", "1.14.5", False),
    ("1.14", "==", "1.14.0", True),
    ("v1.14", "==", "1.14", True),
    ("1.14.5-dev", "<", "1.14.5", True),
    ("1.14.5-dev", ">", "1.14.4", True),
    ("1.0-a", "<", "1.0.0-b", True),
    ("none", "!=", "1", False),
    (None, "!=", "1", False),
]


@pytest.mark.parametrize(("value", "operator", "literal", "expected"), VERSIONS)
def test_versions(value: str | None, operator: str, literal: str, expected: bool) -> None:
    """A16, B3."""
    assert true_of(f"agentVersion {operator} {literal}", agentVersion=value) is expected


REGISTERED = datetime(2018, 6, 18, 22, 28, 28, 500_000, UTC)
DATES = [
    ("== 2018-06-18", True),
    ("== 2018-06-18T22:28:28", True),
    ("== 2018-06-19T00:28:28+02:00", True),
    ("!= 2018-06-18T22:28:28Z", False),
    ("> 2018-06-18T22:28:28Z", True),
    ("<= 2018-06-18T22:28:28Z", False),
    ("> 2018-06-18", True),
    ("< 2018-06-19", True),
]


@pytest.mark.parametrize(("test", "expected"), DATES)
@pytest.mark.parametrize("hours", [0, -7, 9])
def test_dates(test: str, expected: bool, hours: int) -> None:
    """A18, B4: the value's own offset does not matter."""
    registered = REGISTERED.astimezone(timezone(timedelta(hours=hours)))
    assert true_of(f"registeredAt {test}", registeredAt=registered) is expected
    assert true_of(f"registeredAt {test}", registeredAt=None) is False


GROUPS = {  # no task, only web, web and db
    "task:group == web": (False, True, True),
    "task:group != web": (False, False, True),
    "task:group in [db]": (False, False, True),
    "task:group !in [db]": (False, True, True),
    "task:group !in []": (False, True, True),
    "task:group =~ w.*": (False, True, True),
    "task:group !~ w.*": (False, False, True),
    "not(task:group == db)": (True, True, False),
}


@pytest.mark.parametrize(("query", "expected"), GROUPS.items())
def test_groups(query: str, expected: tuple[bool, bool, bool]) -> None:
    """A21."""
    hosted = ({"web": 0}, {"web": 2}, {"web": 1, "db": 1})
    assert tuple(true_of(query, groups=groups) for groups in hosted) == expected


def test_unknown_instance_id_fulfils_nothing() -> None:
    """B7."""
    for test in ("== i", "!= i", "in [i]", "!in []", "=~ .*", "!~ i"):
        assert not true_of(f"ec2InstanceId {test}")
    assert true_of("ec2InstanceId !in []", ec2InstanceId="i-1")


def test_connected() -> None:
    """A17."""
    for query in ("agentConnected == true", "agentConnected !in [false]", "agentConnected =~ t.*"):
        assert true_of(query, agentConnected=True)
        assert not true_of(query, agentConnected=False)


def test_select_keeps_the_order_and_takes_another_regex() -> None:
    cluster = [instance(id=name, attributes={"x": name}) for name in ("b", "a", "c")]
    assert naive.select("attribute:x != a", cluster) == ["b", "c"]
    assert naive.select("attribute:x =~ [ab]", cluster) == ["b", "a"]
    assert naive.select(
        "attribute:x =~ \\Qa\\E",
        cluster,
        valid=lambda _: True,
        regex=lambda pattern, value: pattern == f"\\Q{value}\\E",
    ) == ["a"]
