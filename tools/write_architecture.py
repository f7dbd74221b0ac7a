"""Write the tables of imports in ``docs/architecture.md`` from ``layers.py``.

    python tools/write_architecture.py

Run it after ``layers.py`` was changed.  What stands between two marks of the page is replaced, the
rest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layers import CLI_PARTS, ECS_ROOMS, LAYERS, LIBRARIES, Layer

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architecture.md"

END = "<!-- end -->"


def code(names: tuple[str, ...]) -> str:
    """Return names as they stand in a cell of a table."""
    return " ".join(f"`{name}`" for name in names) or "none"


def layer_table(layers: Mapping[str, Layer], kind: str) -> str:
    """Return a table of layers; the column of reasons is left out where there are none."""
    reasons = any(layer.reason for layer in layers.values())
    rows = [[kind, "what it is", "may import", *(["why no more"] if reasons else [])]]
    rows.append(["---"] * len(rows[0]))
    for name, (about, imports, reason) in layers.items():
        rows.append([f"`{name}`", about, code(imports), *([reason] if reasons else [])])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def library_table() -> str:
    """Return the table of libraries."""
    rows = [["library", "imported by", "why"], ["---"] * 3]
    rows += [[f"`{name}`", code(layers), reason] for name, (layers, reason) in LIBRARIES.items()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def written(page: str) -> str:
    """Return the page with its tables as they are now.

    Raises:
        ValueError: a mark is missing.
    """
    tables = {
        "layers": layer_table(LAYERS, "layer"),
        "libraries": library_table(),
        "rooms of ecs": layer_table(ECS_ROOMS, "room"),
        "parts of cli": layer_table(CLI_PARTS, "part"),
    }
    for name, table in tables.items():
        mark = f"<!-- {name}: written by tools/write_architecture.py -->"
        start = page.index(mark) + len(mark)
        page = f"{page[:start]}\n\n{table}\n{page[page.index(END, start) :]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
