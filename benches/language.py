"""Measure the query language beside other engines; print one table.  See README.md here.

Usage: python benches/language.py [--quick] [--sizes 1000,10000] [--rounds 15] [--only masks,...]
"""

from __future__ import annotations

import argparse
from typing import Any

import attrs

import harness  # first: it limits every library to one thread
from harness.machine import describe
from harness.numbers import positive
from harness.report import columns, keep, ratio_text, target_table, time_text
from harness.workloads import Workloads, load

PARTS = ("masks", "changes", "compiling", "processes")
PEERS = ("polars", "duckdb", "pandas", "numexpr", "htcondor", "common-expression-language")


def main() -> None:
    """Run what the command line asks for."""
    arguments = _parser().parse_args()
    given = {"sizes": arguments.sizes, "rounds": arguments.rounds}
    changes = {name: value for name, value in given.items() if value is not None}
    workloads = load(quick=arguments.quick, **changes)
    facts = describe(PEERS)
    figures, lines = _measure(workloads, arguments.only)
    text = _text(facts, workloads, figures, lines)
    print(text)
    if arguments.record:
        keep("language", facts, _document(workloads, figures, lines), text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The query language beside other engines.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and sizes")
    parser.add_argument("--sizes", type=_numbers, help="numbers of rows, with commas")
    parser.add_argument("--rounds", type=positive, help="rounds of the comparison")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--record", action="store_true", help="keep the result in record/")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part.replace("_", "")) for part in text.split(",")]


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if not set(parts) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(PARTS)}")
    return parts


def _measure(workloads: Workloads, parts: tuple[str, ...]) -> tuple[list[Any], list[Any]]:
    """Measure; processes first, while this one is small and the machine quiet.

    The other parts measure compiled kernels, which a process takes only after a while by itself.
    """
    import placement
    from measures import changes, compiling, masks, processes, targets

    by_part = {"processes": processes.measure(workloads)} if "processes" in parts else {}
    placement.warm()
    for part in (compiling, changes):
        name = part.__name__.rpartition(".")[2]
        if name in parts:
            by_part[name] = part.measure(workloads)
    figures = masks.measure(workloads) if "masks" in parts else []
    lines = targets.from_masks(figures)
    for part in ("changes", "compiling", "processes"):
        lines += by_part.get(part, [])
    return figures, lines


def _text(facts: dict[str, str], workloads: Workloads, figures: list[Any], lines: list[Any]) -> str:
    run = workloads.run
    head = [f"{name:<9}{value}" for name, value in facts.items()]
    head += [
        f"{'threads':<9}one for every engine ({', '.join(harness.PINNED)} = 1; DuckDB too)",
        f"{'timing':<9}medians of {run.rounds} interleaved rounds; garbage collection off",
        f"{'cells':<9}time, times ours beside it; ~ scaled up from {run.row_limit:,} rows",
    ]
    return "\n".join([*head, "", _mask_table(figures), "", target_table(lines)])


def _mask_table(figures: list[Any]) -> str:
    if not figures:
        return ""
    names = list(dict.fromkeys(figure.peer for figure in figures))
    by_line: dict[tuple[int, str, str], dict[str, Any]] = {}
    for figure in figures:
        by_line.setdefault((figure.rows, figure.question, figure.kind), {})[figure.peer] = figure
    order = sorted(by_line, key=lambda line: (line[0], KIND_ORDER.index(line[2])))
    table = [["rows", "mask", "query", *names]]
    for line in order:
        rows, question, kind = line
        cells = [_cell(by_line[line][name], by_line[line][names[0]]) for name in names]
        table.append([f"{rows:,}", kind, question, *cells])
    return columns(table, 3)


KIND_ORDER = ("changed", "cold", "new")


def _cell(figure: Any, ours: Any) -> str:
    mark = "~" if figure.scaled else ""
    if figure is ours:
        return time_text(figure.ns)
    return f"{mark}{time_text(figure.ns)} {ratio_text(figure.ns / ours.ns):>6}"


def _document(workloads: Workloads, figures: list[Any], lines: list[Any]) -> dict[str, Any]:
    return {
        "run": attrs.asdict(workloads.run),
        "masks": [attrs.asdict(figure) for figure in figures],
        "lines": [attrs.asdict(line) for line in lines],
    }


if __name__ == "__main__":
    main()
