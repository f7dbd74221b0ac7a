"""Every file, folder, module and name of code that a page mentions is in the repository.

In: the pages and sources of the repository as text.  Only text in back quotes is looked at.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "placement"
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "grammar" / "README.md",
    ]
)
ROOMS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
SUFFIXES = (".py", ".lark", ".toml", ".json", ".md", ".sh")
PATH = re.compile(r"\.?[\w-]+(?:/[\w.-]+)+/?|[\w-]+/")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")
"""A part of a path that the reader is to replace: ``commands/NAME.py``."""

OUTSIDE = ("aws/amazon-ecs-agent", "aws/containers-roadmap", "kernels/__pycache__")
"""Repositories of others, and a folder that is made when the program runs."""


def quoted(page: str) -> list[str]:
    """Return each text in back quotes outside of blocks of code; of ``python FILE`` the file."""
    return [one.removeprefix("python ") for one in CODE.findall(BLOCK.sub("", page))]


@cache
def file_names() -> frozenset[str]:
    """Return the names of all files of the package, its tests and its pages."""
    folders = ("src", "tests", "docs", "grammar", "benches", "examples", "tools")
    return frozenset(path.name for folder in folders for path in (ROOT / folder).rglob("*.*"))


def is_path(text: str) -> bool:
    """Return whether a text names a file or a folder of this repository."""
    if text in OUTSIDE or PLACEHOLDER.search(text.removesuffix("README.md")):
        return False
    return bool(PATH.fullmatch(text)) or text.endswith(SUFFIXES)


def path_exists(text: str, page: Path) -> bool:
    """Return whether a path exists, from one of the folders that pages begin at."""
    bases = (ROOT, PACKAGE, PACKAGE / "ecs", ROOT / "src", page.parent)
    return any((base / text).exists() for base in bases) or text in file_names()


def is_module(text: str) -> bool:
    """Return whether a text is a dotted name of the package, such as ``engine.ranking``."""
    if not re.fullmatch(r"[a-z_]\w*(?:\.\w+)+", text):
        return False
    first = text.partition(".")[0]
    return first == "placement" or (first in ROOMS - {"ecs"} and first.islower())


def name_exists(text: str) -> bool:
    """Return whether a dotted name is a module of the package or an attribute in one."""
    parts = text.removeprefix("placement.").split(".")
    found = importlib.import_module("placement")
    for number, part in enumerate(parts):
        if not hasattr(found, part):
            try:
                importlib.import_module(".".join(["placement", *parts[: number + 1]]))
            except ModuleNotFoundError:
                return False
        found = getattr(found, part)
    return True


def missing(page: Path, text: str) -> list[str]:
    """Return the paths and dotted names in a text that do not exist."""
    found = quoted(text)
    paths = [one for one in found if is_path(one) and not path_exists(one, page)]
    names = [one for one in found if not is_path(one) and is_module(one)]
    return paths + [one for one in names if not name_exists(one)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert missing(page, text) == []


@pytest.mark.parametrize(
    "text",
    [
        "`engine/nothing.py`",
        "`nothing.py`",
        "`src/placement/nothing/`",
        "`placement.nothing`",
        "`placement.ecs.Nothing`",
        "`engine.nothing`",
        "`tests/unit/nothing/test_nothing.py`",
    ],
)
def test_what_does_not_exist_is_found(text: str) -> None:
    assert missing(ROOT / "README.md", f"See {text}.") == [text.strip("`")]


@pytest.mark.parametrize(
    "text",
    [
        "`engine/ranking.py`",
        "`answers.py`",
        "`calls/ecs/`",
        "`placement.ecs.Client`",
        "`placement.engine.ranking`",
        "`engine.ranking`",
        "`cli/commands/NAME.py`",
        "`and/or x.y`",
        "```text\n`nothing.py`\n```",
    ],
)
def test_what_exists_is_not_reported(text: str) -> None:
    assert missing(ROOT / "README.md", text) == []


# --- Terminology ---------------------------------------------------------------------------


@cache
def words() -> frozenset[str]:
    """Return all identifiers in the sources, and the names of their modules."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        found |= {path.stem, *re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8"))}
    return frozenset(found | ROOMS)


def unknown_names(row: str) -> list[str]:
    """Return the names of code in the last column of a row that the sources do not have."""
    cells = [cell.strip() for cell in row.strip().strip("|").split(" | ")]
    if len(cells) != 3 or "(to come)" in cells[1]:
        return []
    names = [name for name in quoted(cells[2]) if not is_path(name)]
    return [
        name
        for name in names
        if not set(re.findall(r"[A-Za-z_]\w*", name.replace("NAME", ""))) <= words()
    ]


def test_names_of_terms_are_in_the_sources() -> None:
    page = (ROOT / "docs" / "terminology.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert sum(bool(quoted(row.split(" | ")[-1])) for row in rows) > 50
    assert [name for row in rows for name in unknown_names(row)] == []


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("| bind | Translate. | `bind`, `NoSuchThing` |", ["NoSuchThing"]),
        ("| bind | Translate. (to come) | `NoSuchThing` |", []),
        ("| release | When. | `Cluster(release=)`, `attribute:NAME` |", []),
    ],
)
def test_a_name_that_is_not_in_the_sources_is_found(row: str, names: list[str]) -> None:
    assert unknown_names(row) == names
