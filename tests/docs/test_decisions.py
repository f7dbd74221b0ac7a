"""Every decision that is cited has a row in ``docs/decisions.md``, and every row there is held.

``cited_decisions`` reads what files cite; the page is read here.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import attrs
import pytest

from cited_decisions import (
    Citation,
    citations,
    in_conformance,
    in_grammar,
    in_markdown,
    in_prose,
    in_python,
)

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "decisions.md"


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
    """Return the names of the rows in the tables of services and scaling, such as ``E1``."""
    found: set[str] = set()
    for path in (ROOT / "tests" / "conformance").glob("*/*.toml"):
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


def test_every_worked_example_is_data() -> None:
    assert worked_examples() == {f"E{number}" for number in range(1, 251)}


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
    codes = ("A1", "A2", "A3", "2.9", "2.10", "E1", "E299")
    cited = tuple(Citation(code, "src/x.py") for code in codes)
    assert {one.code for one in undefined(cited, PAGE_OF_TWO)} == {"A3", "2.10", "E299"}


def test_rows_are_read_cell_by_cell() -> None:
    one, two = decisions(PAGE_OF_TWO)
    assert (one.code, one.rule, one.tests, one.built) == (
        "A1",
        "One \\| two.",
        {"test_prose"},
        True,
    )
    assert (two.code, two.tests, two.built) == ("A2", set(), False)
