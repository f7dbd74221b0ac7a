"""Every decision that is cited has a row in ``docs/decisions.md``, and every row there is held.

In: the sources, tests and pages of the repository as text.  A citation is a code (a capital letter
and a number) or the number of a section, in prose only: docstrings, comments, names of tests,
Markdown outside of code, messages of the library that name a code in parentheses, and the field
``decision`` of conformance cases.  Values in code and in test data are never read as citations.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "decisions.md"
FOLDERS = ("src", "tests", "docs", "grammar", "benches", "examples", "tools")

CODE = r"(?:[ABC][1-9]\d?b?|D(?:1\d\d|[1-9]\d?)|E(?:[12]\d\d|[1-9]\d?))"
NUMBER = r"[1-9]\d?\.\d{1,2}(?:\.\d{1,2})?"
SECTION = rf"(?:{NUMBER}|S[1-9]\d?(?:\.\d{{1,2}}){{0,2}}|Appendix [A-D])"
REFERENCE = rf"(?:{CODE}|{SECTION})"
SERIES = rf"{REFERENCE}(?:(?:, | and | to ){REFERENCE})*"

EVERYWHERE = re.compile(rf"(?<![\w.+/\\$-])(?:{CODE}|S\d{{1,2}}(?:\.\d{{1,2}})+)(?![\w-]|\.\w)")
"""A code may stand anywhere in prose; a section without a letter would be any decimal number."""

RANGE = re.compile(r"\b([A-D])(\d+) to ([A-D])(\d+)\b")
IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
AT_THE_START = re.compile(rf"[\s#-]*({SERIES})(?=[:;.](?:\s|$)|$)")
BY_NAME = re.compile(
    rf"\b[Ss]ections? ((?:{SECTION}|\d{{1,2}})(?:(?:, | and | to )(?:{SECTION}|\d{{1,2}}))*)"
)
IN_A_MESSAGE = re.compile(rf"\(({CODE}(?:(?:, | and | to ){CODE})*)\)")
IN_A_NAME = re.compile(r"(?<![a-z0-9])[a-d][1-9]\d{0,2}b?(?![a-z0-9])")
LINTERS = re.compile(r"noqa(?:: [A-Z]+\d+(?:, [A-Z]+\d+)*)?")
"""Codes of a linter's rules, as ``noqa`` lists them, are no decisions."""


# --- Citations -----------------------------------------------------------------------------


@attrs.frozen
class Citation:
    """A code or a section, and the file that cites it (relative to the project's root)."""

    code: str
    file: str


def in_prose(text: str, *, opening: bool = True) -> set[str]:
    """Return the codes and sections that a text in English cites.

    With ``opening`` a list of them before a colon or a full stop, or alone, is read too, as
    docstrings and comments begin with one; a cell of a table may begin with any number.
    """
    text = LINTERS.sub("", " ".join(text.split()))
    found = set(EVERYWHERE.findall(text))
    for first, start, last, end in RANGE.findall(text):
        if first == last:
            found |= {f"{first}{number}" for number in range(int(start), int(end) + 1)}
    series = [match[1] for match in BY_NAME.finditer(text)]
    if opening and (first_words := AT_THE_START.match(text)):
        series.append(first_words[1])
    for inside in IN_PARENTHESES.findall(text):
        series += [part for part in re.split(r"[,;:] ", inside) if re.fullmatch(SERIES, part)]
    for one in series:
        found |= set(re.split(r", | and | to ", one))
    return found


def in_message(text: str) -> set[str]:
    """Return the codes that a message gives in parentheses: ``a port is taken twice (A27)``."""
    return {code for one in IN_A_MESSAGE.findall(text) for code in re.findall(CODE, one)}


def in_python(source: str, *, messages: bool) -> set[str]:
    """Return what docstrings, comments, names of tests and, if asked for, messages cite."""
    found = set()
    docstrings = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docstrings.add(node.value)
            found |= in_prose(str(node.value.value))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found |= {name[0].upper() + name[1:] for name in IN_A_NAME.findall(node.name)}
    if messages:
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        for node in texts:
            if isinstance(node.value, str) and node not in docstrings:
                found |= in_message(node.value)
    for comment in comments(source):
        found |= in_prose(comment)
    return found


def comments(source: str) -> Iterator[str]:
    """Yield comments; those on lines of their own that follow one another are one text."""
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        alone = not token.line[: token.start[1]].strip()
        if block and not (alone and token.start[0] == last + 1):
            yield " ".join(block)
            block = []
        block.append(token.string.lstrip("#"))
        last = token.start[0]
    yield " ".join(block)


def in_markdown(source: str) -> set[str]:
    """Return what a page cites, code left out."""
    source = re.sub(r"^```.*?^```", "", source, flags=re.DOTALL | re.MULTILINE)
    source = re.sub(r"``.+?``|`[^`]+`", "code", source)
    paragraphs = re.split(r"\n\s*\n|\n(?=[|*-])|(?<=\|)|^#+", source)
    return {code for paragraph in paragraphs for code in in_prose(paragraph, opening=False)}


def in_conformance(source: str) -> set[str]:
    """Return what the cases of a file cite as decisions, and what its comments do."""
    cases = tomllib.loads(source).get("case", [])
    found = {code for case in cases for code in case.get("decision", "").split(", ")} - {""}
    for line in source.splitlines():
        if line.startswith("#"):
            found |= in_prose(line.lstrip("#"))
    return found


def in_grammar(source: str) -> set[str]:
    """Return what the comments of a Lark grammar cite."""
    text = [line.partition("//")[2] for line in source.splitlines() if line.startswith("//")]
    return in_prose(" ".join(text))


def in_file(path: Path) -> set[str]:
    """Return what a file cites; files of other kinds cite nothing."""
    read = {".md": in_markdown, ".toml": in_conformance, ".lark": in_grammar}
    if path.suffix not in {".py", *read}:
        return set()
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        found = in_python(source, messages=path.is_relative_to(ROOT / "src"))
    else:
        found = read[path.suffix](source)
    if path.is_relative_to(ROOT / "benches"):  # E: measured expressions; decimals: versions
        found = {code for code in found if code[0] in "ABCD"}
    return found


@cache
def citations() -> tuple[Citation, ...]:
    """Return every citation of the repository."""
    paths = [*ROOT.glob("*.md")]
    for folder in FOLDERS:
        paths += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    return tuple(
        Citation(code, str(path.relative_to(ROOT)))
        for path in sorted(paths)
        for code in sorted(in_file(path))
    )


# --- The page ------------------------------------------------------------------------------


@attrs.frozen
class Decision:
    """A row of the tables of decisions."""

    code: str
    rule: str
    source: str
    held_by: str

    @property
    def tests(self) -> set[str]:
        """The test functions and classes that the row names."""
        return set(re.findall(r"`(test_\w+|Test\w+)`", self.held_by))

    @property
    def by_cases(self) -> bool:
        """Whether conformance cases hold it."""
        return "conformance cases" in self.held_by

    @property
    def built(self) -> bool:
        """Whether anything holds it."""
        return bool(self.tests) or self.by_cases


def rows(page: str, columns: int) -> Iterator[list[str]]:
    """Yield the cells of the rows that have an anchor and so many columns."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == columns and (anchor := re.fullmatch(r'<a id="[^"]+"></a>(.+)', cells[0])):
            yield [anchor[1], *cells[1:]]


def decisions(page: str) -> list[Decision]:
    """Return the rows of the tables of decisions."""
    return [Decision(*row) for row in rows(page, 4)]


def undefined(cited: tuple[Citation, ...], page: str) -> set[Citation]:
    """Return the citations for which neither a page nor a table of worked examples has a row."""
    known = {row[0] for columns in (2, 4) for row in rows(page, columns)} | worked_examples()
    return {citation for citation in cited if citation.code not in known}


@cache
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@cache
def names_of_tests() -> frozenset[str]:
    """Return the names of every test function and class below ``tests``."""
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, ast.Assign):
                found |= {name.id for name in node.targets if isinstance(name, ast.Name)}
    return frozenset(name for name in found if name.startswith(("test_", "Test")))


@cache
def codes_of_cases() -> frozenset[str]:
    """Return the codes that conformance cases carry."""
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("conformance/*.toml"):
        for case in tomllib.loads(path.read_text(encoding="utf-8")).get("case", []):
            found |= set(case.get("decision", "").split(", "))
    return frozenset(found)


@cache
def worked_examples() -> frozenset[str]:
    """Return the names of the rows in the tables of services: ``E1``; ``E57, E58`` are two."""
    found: set[str] = set()
    for path in (ROOT / "tests" / "conformance" / "services").glob("*.toml"):
        for table in tomllib.loads(path.read_text(encoding="utf-8")).values():
            for one in table:
                found |= set(re.findall(r"\bE\d+\b", str(one.get("row", ""))))
    return frozenset(found)


# --- What holds of the repository ----------------------------------------------------------


def test_every_code_and_section_that_is_cited_has_a_row() -> None:
    missing = undefined(citations(), page())
    assert sorted(f"{citation.file} cites {citation.code}" for citation in missing) == []


def test_every_row_has_an_anchor_of_its_own() -> None:
    """``decisions.md#a33`` and ``decisions.md#section-2-9`` lead to their rows."""
    codes = [row[0] for columns in (2, 4) for row in rows(page(), columns)]
    anchors = re.findall(r'<a id="([^"]+)"></a>([^|]+) \|', page())
    assert sorted(code for _, code in anchors) == sorted(set(codes)) == sorted(codes)
    for anchor, code in anchors:
        name = f"section-{code.replace('.', '-')}" if code[0].isdigit() else code
        assert anchor == name.lower().replace(" ", "-")


def test_every_code_of_the_three_letters_has_a_row() -> None:
    wanted = {"A": 69, "B": 48, "C": 55}
    codes = {f"{letter}{n + 1}" for letter, count in wanted.items() for n in range(count)}
    found = {row.code for row in decisions(page())}
    assert {code for code in found if code[0] in wanted} == codes | {"A38b"}


def test_every_decision_about_services_is_named_by_a_test() -> None:
    """In the name, in a docstring, in a comment, or as the decision of a case."""
    named = {one.code for one in citations() if one.file.startswith("tests/")}
    assert [row.code for row in decisions(page()) if row.code[0] == "D" and row.built] != []
    assert {row.code for row in decisions(page()) if row.code[0] == "D" and row.built} <= named


NOT_BUILT = {"E84", "E109"}
"""Examples of managed daemons and of capacity providers."""


def test_every_worked_example_of_services_is_data() -> None:
    assert worked_examples() >= {f"E{number}" for number in range(1, 143)} - NOT_BUILT


def test_every_test_that_a_row_names_exists() -> None:
    named = [(row.code, name) for row in decisions(page()) for name in row.tests]
    assert len(named) > 200
    assert [one for one in named if one[1] not in names_of_tests()] == []
    elsewhere = set(re.findall(r"`(test_\w+)`", page()))
    assert elsewhere - names_of_tests() == set()


def test_rows_that_rely_on_conformance_cases_have_some() -> None:
    without = [row.code for row in decisions(page()) if row.by_cases]
    assert [code for code in without if code not in codes_of_cases()] == []


def test_every_row_is_held_by_a_test_or_not_built_yet() -> None:
    for row in decisions(page()):
        assert row.rule, row.code
        assert row.source, row.code
        assert row.built or row.held_by.startswith("not built yet ("), row.code


def test_no_source_follows_a_decision_that_is_not_built() -> None:
    unbuilt = {row.code for row in decisions(page()) if not row.built}
    assert [one for one in citations() if one.code in unbuilt and one.file.startswith("src")] == []


def test_citations_of_every_kind_of_file_are_found() -> None:
    """A reader that stopped reading one kind would agree with everything."""
    by_kind = {Path(one.file).parts[0] + Path(one.file).suffix for one in citations()}
    assert by_kind >= {"src.py", "tests.py", "tests.toml", "grammar.lark", "docs.md", "tests.md"}
    assert {"A33", "C17", "2.9", "B16", "Appendix C"} <= {one.code for one in citations()}


# --- What the reader takes for a citation --------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("Ports are free (A27).", {"A27"}),
        ("In C17's order; see A41, B28.", {"C17", "A41", "B28"}),
        ("Refused (A38b).", {"A38b"}),
        ("Sizes (2.2, A23, A24), ports (2.3,\n    A26).", {"2.2", "2.3", "A23", "A24", "A26"}),
        ("A16 to A19, B6", {"A16", "A17", "A18", "A19", "B6"}),
        ("2.9, A35: a lexicographic key.", {"2.9", "A35"}),
        ("--- A41, C20: explanations ---", {"A41", "C20"}),
        ("An interface of its own (awsvpc, 2.4).", {"2.4"}),
        ("Sections 3 and 8, section 2.13.", {"3", "8", "2.13"}),
        ("What Fargate forbids (2.12, Appendix C).", {"2.12", "Appendix C"}),
        ("A round (S4.5) as in S11.6.2 (D29, E142).", {"S4.5", "S11.6.2", "D29", "E142"}),
        # None of these is a citation.
        ("An object in S3, a c5.large, a C5.large, an A100, 0xA5, U+D800, A1.b", set()),
        ("From 1.17 to 1.32, (Python 3.11 to 3.13), takes (1.5 s), 2.5 times", set()),
        ("noqa: B023, D301 (called at once)", set()),
    ],
)
def test_prose(text: str, cited: set[str]) -> None:
    assert in_prose(text) == cited


def test_python_is_read_where_it_speaks_to_people() -> None:
    source = '''
"""Module (A1)."""
LIMIT = "A2"  # A3: as cited
"""What an attribute means (A4)."""


def test_c5_names_cite_too(x="(A6)"):
    # A comment (2.9,
    # A7) of two lines.
    """Function (A8)."""
    raise ValueError(f"no {x} (A9)")
'''
    spoken = {"A1", "A3", "A4", "C5", "2.9", "A7", "A8"}
    assert in_python(source, messages=False) == spoken
    assert in_python(source, messages=True) == spoken | {"A6", "A9"}


def test_markdown_is_read_outside_of_code() -> None:
    source = "# Page (A1)\n\n| `A2` | rule (A3) |\n\n```text\nA4\n```\n\n`x` and ``A5``: A6\n"
    assert in_markdown(source) == {"A1", "A3", "A6"}


def test_grammar_and_cases_are_read() -> None:
    assert in_grammar('// Names (A1).\nNAME: "A2"\n') == {"A1"}
    source = '# Table (A1)\n[[case]]\nquery = "(A2)"\ndecision = "A3, B4"\n'
    assert in_conformance(source) == {"A1", "A3", "B4"}


PAGE_OF_TWO = """
| code | rule | source | held by |
|---|---|---|---|
| <a id="a1"></a>A1 | One \\| two. | ours | `test_prose` |
| <a id="a2"></a>A2 | Three. | ours | not built yet (services) |

| section | what it says |
|---|---|
| <a id="section-2-9"></a>2.9 | Strategies. |
"""


def test_a_citation_without_a_row_is_found() -> None:
    codes = ("A1", "A2", "A3", "2.9", "2.10", "E1", "E250")
    cited = tuple(Citation(code, "src/x.py") for code in codes)
    assert {one.code for one in undefined(cited, PAGE_OF_TWO)} == {"A3", "2.10", "E250"}


def test_rows_are_read_cell_by_cell() -> None:
    one, two = decisions(PAGE_OF_TWO)
    assert (one.code, one.rule, one.tests, one.built) == (
        "A1",
        "One \\| two.",
        {"test_prose"},
        True,
    )
    assert (two.code, two.tests, two.built) == ("A2", set(), False)
