"""Who may import whom: read from the sources, held against two tables.

A layer is a folder or a module directly under ``src/placement``.  Imports inside functions and
those for type checkers count like any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "placement"

LAYERS: dict[str, tuple[set[str], str]] = {
    "errors": (set(), "every layer raises them, so they stand on nothing"),
    "timestamps": (set(), "instants as numbers: plain arithmetic"),
    "arns": (set(), "regions, partitions and ARNs: plain text"),
    "caches": (set(), "bounded caches: plain dictionaries"),
    "javaregex": (
        {"errors", "caches", "kernels"},
        "an engine for Java's patterns that knows no query",
    ),
    "kernels": (set(), "bare arrays in, bare arrays out"),
    "lang": ({"errors", "timestamps", "javaregex"}, "text to program; has never heard of clusters"),
    "model": ({"errors"}, "the data classes, right by construction"),
    "documents": (
        {"errors", "timestamps", "arns", "model"},
        "the API's field names, and no columns",
    ),
    "machines": (
        {"errors", "arns", "model", "documents"},
        "EC2 types, interface limits and agents: what is registered, before any cluster has it",
    ),
    "state": (
        {"errors", "timestamps", "caches", "model", "documents", "machines", "kernels"},
        "columns and rows; no language, so that queries can change without it",
    ),
    "query": (
        {"errors", "timestamps", "caches", "lang", "kernels", "state", "model"},
        "binds a program to columns: the one place where language, state and kernels meet",
    ),
    "engine": (
        {"errors", "timestamps", "caches", "model", "documents", "lang", "kernels"}
        | {"state", "query"},
        "filters and ranks rows; of documents only ``Task.from_ecs``, beside ``Cluster.from_ecs``",
    ),
    "aws": ({"errors"}, "clients like boto3's for any service; knows no service"),
    "ecs": (
        {
            "aws",
            "errors",
            "timestamps",
            "arns",
            "model",
            "lang",
            "documents",
            "machines",
            "state",
            "query",
        }
        | {"engine"},
        "the API's calls and documents; every decision is a call of the engine",
    ),
    "testing": (
        {"errors", "timestamps", "javaregex", "lang", "model", "documents", "machines", "state"}
        | {"query", "engine", "kernels", "placement"},
        "strategies for all of it, usable without the command line",
    ),
    "cli": (
        {"errors", "timestamps", "javaregex", "lang", "model", "documents", "machines", "state"}
        | {"query", "engine", "kernels", "testing", "aws", "ecs", "placement"},
        "the outermost layer: nobody imports it",
    ),
    "__main__": ({"cli"}, "``python -m placement``"),
    "placement": (
        {"errors", "timestamps", "lang", "model", "documents", "state", "query", "engine", "ecs"},
        "``__init__``: the public names, and nothing that is slow to import",
    ),
}
"""What a layer may import of ours, and why no more.  ``placement`` is the package's own module."""

LIBRARIES: dict[str, tuple[set[str], str]] = {
    "numba": ({"kernels"}, "it takes 0.3 s to import: only who calls a kernel pays"),
    "numpy": ({"javaregex", "kernels", "state", "query", "engine", "testing"}, "columns and masks"),
    "lark": ({"lang", "javaregex"}, "the parser"),
    "regex": ({"lang"}, "recursive patterns in the grammar"),
    "re2": ({"javaregex"}, "Java's patterns that are regular languages"),
    "attrs": (set(LAYERS) - {"kernels", "__main__", "placement"}, "records, everywhere but there"),
    "click": ({"cli"}, "an extra: the library works without it"),
    "rich": ({"cli"}, "an extra: the library works without it"),
    "botocore": ({"aws"}, "only ``botocore_errors``, where botocore is installed"),
    "narwhals": ({"documents"}, "an extra: only who reads data frames pays"),
    "pyarrow": ({"documents"}, "only for Parquet files, for who has it"),
    "hypothesis": ({"testing"}, "an extra: the library works without it"),
}
"""Which layers may import a library that is not Python's, and why no others."""


ECS_ROOMS: dict[str, tuple[set[str], str]] = {
    "definitions": (set(), "what a valid task definition is; knows no account"),
    "control": ({"definitions"}, "records and their changes; answers no call"),
    "calls": ({"definitions", "control"}, "what each call does, and its answer"),
}
"""Rooms inside ``ecs``: which of the others one may import, and what it is."""


def layer_of(path: Path) -> str:
    """Return the layer of a file, relative to the package."""
    return "placement" if path.parts == ("__init__.py",) else path.parts[0].removesuffix(".py")


def modules(source: str, package: str) -> Iterator[str]:
    """Yield the full name of everything that a source imports; ``package`` is where it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = package.split(".")[: len(package.split(".")) - node.level + 1]
            parent = ".".join([*(here if node.level else []), *filter(None, [node.module])])
            yield from (f"{parent}.{name.name}" for name in node.names)


def imports(source: str, package: str = "placement") -> set[tuple[str, bool]]:
    """Return the layers and the libraries that a source imports; True marks a layer of ours."""
    found = set()
    for module in modules(source, package):
        first, *rest = module.split(".")
        if first == "placement":
            found.add((rest[0] if rest and rest[0] in LAYERS else "placement", True))
        elif first not in sys.stdlib_module_names:
            found.add((first, False))
    return found


def complaints(path: Path, source: str) -> list[str]:
    """Return what a file imports and may not."""
    layer = layer_of(path)
    package = ".".join(["placement", *path.parts[:-1]])
    bad = []
    for name, ours in sorted(imports(source, package)):
        allowed = name in LAYERS[layer][0] | {layer} if ours else layer in LIBRARIES[name][0]
        if not allowed:
            bad.append(f"{path}: {layer} may not import {name}")
    return bad


def ecs_complaints(path: Path, source: str) -> list[str]:
    """Return what a file of a room inside ``ecs`` imports of the other rooms, and may not."""
    if path.parts[0] != "ecs" or path.parts[1] not in ECS_ROOMS:
        return []
    room = path.parts[1]
    others = ECS_ROOMS.keys() - ECS_ROOMS[room][0] - {room}
    package = ".".join(["placement", *path.parts[:-1]])
    names = {name for name in modules(source, package) if name.startswith("placement.ecs.")}
    found = {name.split(".")[2] for name in names} & others
    return [f"{path}: ecs/{room} may not import {name}" for name in sorted(found)]


FILES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_imports_only_what_its_layer_may(path):
    assert complaints(path, (PACKAGE / path).read_text()) == []


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] == "ecs"], ids=str)
def test_rooms_of_ecs_import_only_what_they_may(path):
    assert ecs_complaints(path, (PACKAGE / path).read_text()) == []


@pytest.mark.parametrize(
    ("file", "source", "culprit"),
    [
        (
            "ecs/control/tasks.py",
            "from placement.ecs.calls.ecs.answers import task_answer",
            "calls",
        ),
        ("ecs/control/tasks.py", "from placement.ecs import calls", "calls"),
        ("ecs/control/load.py", "def f():\n    from ..calls.ecs import lookups", "calls"),
        ("ecs/definitions/check.py", "import placement.ecs.control.records", "control"),
    ],
)
def test_what_rooms_of_ecs_may_not_import_is_found(file, source, culprit):
    assert [line.rsplit(" ", 1)[1] for line in ecs_complaints(Path(file), source)] == [culprit]


def test_a_call_may_import_records():
    source = "from placement.ecs.control.records import TaskRecord\nfrom . import answers"
    assert ecs_complaints(Path("ecs/calls/ecs/run_task.py"), source) == []


def test_every_layer_has_a_row():
    assert {layer_of(path) for path in FILES} <= set(LAYERS)
    assert {layer_of(path) for path in FILES} >= {"errors", "kernels", "lang", "state", "cli"}


def test_layers_stand_on_one_another_without_a_circle():
    order = list(TopologicalSorter({name: row[0] for name, row in LAYERS.items()}).static_order())
    assert order.index("errors") < order.index("lang") < order.index("query") < order.index("cli")


@pytest.mark.parametrize(
    ("file", "source", "culprit"),
    [
        ("lang/parse.py", "from placement.state.cluster import Cluster", "state"),
        ("lang/parse.py", "from placement import state", "state"),
        ("lang/parse.py", "from placement import Cluster", "placement"),
        ("lang/parse.py", "import placement.kernels.masks", "kernels"),
        ("lang/parse.py", "from ..state import cluster", "state"),
        ("state/store.py", "def f():\n    import placement.query.bind", "query"),
        ("query/bind.py", "import numba", "numba"),
        ("query/bind.py", "from numba.core import types", "numba"),
        ("state/store.py", "if TYPE_CHECKING:\n    from rich.text import Text", "rich"),
        ("testing/__init__.py", "from placement.cli.app import run", "cli"),
    ],
)
def test_what_is_not_allowed_is_found(file, source, culprit):
    assert [line.rsplit(" ", 1)[1] for line in complaints(Path(file), source)] == [culprit]


def test_what_is_allowed_is_not_complained_of():
    source = "import json\nfrom . import ast\nfrom placement.errors import Span\nimport lark"
    assert complaints(Path("lang/parse.py"), source) == []
