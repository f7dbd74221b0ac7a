"""Which decisions and sections a file cites: read from its text.

In: the sources, tests and pages of the repository.  Out: codes, and the files that cite them.  A
citation is a code (a capital letter and a number) or the number of a section, in prose only:
docstrings, comments, names of tests, Markdown outside of code, messages of the library that name a
code in parentheses, and the field ``decision`` of conformance cases.  Values in code and in test
data are never read as citations.
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

__all__ = [
    "Citation",
    "citations",
    "in_conformance",
    "in_grammar",
    "in_markdown",
    "in_prose",
    "in_python",
]

ROOT = Path(__file__).resolve().parents[2]
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
