"""Who may import whom: read from the sources, held against the tables of ``tools/layers.py``.

Imports inside functions and
those for type checkers count like any other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import write_architecture
from layers import CLI_PARTS, ECS_ROOMS, LAYERS, LIBRARIES

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "placement"


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


def cli_complaints(path: Path, source: str) -> list[str]:
    """Return what a file of the command line imports of it and may not."""
    part = path.parts[1].removesuffix(".py")
    own = ".".join(["placement", *path.parts]).removesuffix(".py")
    bad = []
    for module in sorted(modules(source, ".".join(["placement", *path.parts[:-1]]))):
        if not module.startswith("placement.cli.") or module.startswith(f"{own}."):
            continue
        other = module.split(".")[2]
        same = other == part and part != "commands"
        if not same and other not in CLI_PARTS[part].imports:
            bad.append(f"{path}: {part} may not import {module}")
    return bad


def complaints(path: Path, source: str) -> list[str]:
    """Return what a file imports and may not."""
    layer = layer_of(path)
    package = ".".join(["placement", *path.parts[:-1]])
    bad = []
    for name, ours in sorted(imports(source, package)):
        allowed = (
            name in (*LAYERS[layer].imports, layer) if ours else layer in LIBRARIES[name].layers
        )
        if not allowed:
            bad.append(f"{path}: {layer} may not import {name}")
    return bad


def ecs_complaints(path: Path, source: str) -> list[str]:
    """Return what a file of a room inside ``ecs`` imports of the other rooms, and may not."""
    if path.parts[0] != "ecs" or path.parts[1] not in ECS_ROOMS:
        return []
    room = path.parts[1]
    others = ECS_ROOMS.keys() - {*ECS_ROOMS[room].imports, room}
    package = ".".join(["placement", *path.parts[:-1]])
    names = {name for name in modules(source, package) if name.startswith("placement.ecs.")}
    found = {name.split(".")[2] for name in names} & others
    return [f"{path}: ecs/{room} may not import {name}" for name in sorted(found)]


FILES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_file_imports_only_what_its_layer_may(path: Any) -> None:
    assert complaints(path, (PACKAGE / path).read_text()) == []


CLI_FILES = [path for path in FILES if path.parts[0] == "cli" and path.name != "__init__.py"]


@pytest.mark.parametrize("path", CLI_FILES, ids=str)
def test_a_part_of_the_command_line_imports_only_what_it_may(path: Any) -> None:
    assert cli_complaints(path, (PACKAGE / path).read_text()) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("cli/commands/explain.py", "from placement.cli.commands.run_task import NO_ROOM"),
        ("cli/commands/explain.py", "from placement.cli.commands import run_task"),
        ("cli/options/state.py", "from placement.cli.output import render"),
        ("cli/output/render.py", "from placement.cli.options.reading import read_bytes"),
        ("cli/main.py", "def f():\n    from placement.cli.commands.fmt import fmt"),
    ],
)
def test_what_a_part_of_the_command_line_may_not_import_is_found(file: str, source: str) -> None:
    assert len(cli_complaints(Path(file), source)) == 1


@pytest.mark.parametrize("path", [path for path in FILES if path.parts[0] == "ecs"], ids=str)
def test_rooms_of_ecs_import_only_what_they_may(path: Any) -> None:
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
        ("ecs/control/dumps/load.py", "def f():\n    from ...calls.ecs import lookups", "calls"),
        ("ecs/definitions/check.py", "import placement.ecs.control.records", "control"),
    ],
)
def test_what_rooms_of_ecs_may_not_import_is_found(file: str, source: str, culprit: str) -> None:
    assert [line.rsplit(" ", 1)[1] for line in ecs_complaints(Path(file), source)] == [culprit]


def test_a_call_may_import_records() -> None:
    source = "from placement.ecs.control.records import TaskRecord\nfrom . import answers"
    assert ecs_complaints(Path("ecs/calls/ecs/run_task.py"), source) == []


def test_every_layer_has_a_row() -> None:
    assert {layer_of(path) for path in FILES} <= set(LAYERS)
    assert {layer_of(path) for path in FILES} >= {"errors", "kernels", "lang", "state", "cli"}


def test_layers_stand_on_one_another_without_a_circle() -> None:
    order = list(
        TopologicalSorter({name: layer.imports for name, layer in LAYERS.items()}).static_order()
    )
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
        ("services/rolling.py", "from placement.ecs.control.account import Account", "ecs"),
        ("services/rolling.py", "from placement.documents import fields", "documents"),
        ("services/rolling.py", "from placement.aws.errors import ClientError", "aws"),
        ("services/rolling.py", "from placement.timeline.queue import EventQueue", "timeline"),
        ("services/rolling.py", "def f():\n    import placement.machines.ec2_types", "machines"),
        ("timeline/queue.py", "from ..ecs.control import model_time", "ecs"),
        ("aws/waiters.py", "from placement.ecs.timing import duration", "ecs"),
    ],
)
def test_what_is_not_allowed_is_found(file: str, source: str, culprit: str) -> None:
    assert [line.rsplit(" ", 1)[1] for line in complaints(Path(file), source)] == [culprit]


def test_what_is_allowed_is_not_complained_of() -> None:
    source = "import json\nfrom . import ast\nfrom placement.errors import Span\nimport lark"
    assert complaints(Path("lang/parse.py"), source) == []


def test_every_name_in_the_tables_is_a_layer_a_room_or_a_part() -> None:
    for table in (LAYERS, ECS_ROOMS, CLI_PARTS):
        assert all(set(layer.imports) <= set(table) for layer in table.values())
        assert all(layer.about for layer in table.values())
    assert all(set(library.layers) <= set(LAYERS) for library in LIBRARIES.values())


def test_the_page_has_the_tables() -> None:
    """``python tools/write_architecture.py`` writes them."""
    page = write_architecture.PAGE.read_text(encoding="utf-8")
    assert write_architecture.written(page) == page


def test_a_table_that_was_changed_by_hand_is_found() -> None:
    page = write_architecture.PAGE.read_text(encoding="utf-8")
    changed = page.replace("| `lang` | text to program |", "| `lang` | anything |")
    assert changed != page
    assert write_architecture.written(changed) == page


@pytest.mark.parametrize("mark", ["<!-- layers: written", "<!-- end -->"])
def test_a_page_without_marks_is_refused(mark: str) -> None:
    page = write_architecture.PAGE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="substring not found"):
        write_architecture.written(page.replace(mark, ""))
