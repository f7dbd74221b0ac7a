"""Measure the placement engine beside others; print one table.  See README.md here.

Usage: python benches/placing.py [--quick] [--sizes 1000,10000] [--rounds 5] [--only streams,...]

Not called placement.py: a script's folder comes first in the search for modules, and every bench
would import that instead of the library.
"""

from __future__ import annotations

import argparse
from typing import Any

import attrs

import harness  # first: it limits every library to one thread
from harness.kernels import take_kernels
from harness.machine import describe, one_core
from harness.numbers import positive
from harness.plan import Plan, load
from harness.report import Line, keep, target_table

PARTS = (
    "starting",
    "memory",
    "streams",
    "peers",
    "runs",
    "singles",
    "filled",
    "copies",
)
PEERS = ("moto", "boto3")


def main() -> None:
    """Run what the command line asks for."""
    arguments = _parser().parse_args()
    given = {"sizes": arguments.sizes, "rounds": arguments.rounds}
    changes = {name: value for name, value in given.items() if value is not None}
    plan = load(quick=arguments.quick, **changes)
    one_core()
    take_kernels()
    facts = describe(PEERS)
    figures, lines = _measure(plan, arguments.only)
    if arguments.quick:
        lines = [attrs.evolve(line, target="", met=None) for line in lines]
    text = _text(facts, plan, figures, lines)
    print(text)
    if arguments.record:
        keep("placing", facts, _document(plan, figures, lines), text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The placement engine beside others.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs")
    parser.add_argument("--sizes", type=_numbers, help="numbers of nodes, with commas")
    parser.add_argument("--rounds", type=positive, help="rounds of each measurement")
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


def _measure(plan: Plan, parts: tuple[str, ...]) -> tuple[list[Any], list[Line]]:
    """Measure; processes first, while this one is small."""
    from measures.placing import copies, filled, processes, runs, singles, streams, table

    first = {"starting": processes.starting, "memory": processes.memory}
    later = {
        "runs": runs.measure,
        "singles": singles.measure,
        "filled": filled.measure,
        "copies": copies.measure,
    }
    before = {part: measure(plan) for part, measure in first.items() if part in parts}
    figures = streams.measure(plan, streams="streams" in parts, peers="peers" in parts)
    lines = table.lines(figures)
    for part, measure in later.items():
        if part in parts:
            lines += measure(plan)
    return figures, lines + [line for found in before.values() for line in found]


def _text(facts: dict[str, str], plan: Plan, figures: list[Any], lines: list[Line]) -> str:
    from measures.placing.table import table

    head = [f"{name:<9}{value}" for name, value in facts.items()]
    head += [
        f"{'threads':<9}one ({', '.join(harness.PINNED)} = 1), the process kept on one core",
        f"{'timing':<9}medians of {plan.run.rounds} interleaved rounds; garbage collection off",
        f"{'tasks':<9}single tasks, each committed before the next; `first`: the stream was cut",
        f"{'ours is':<9}so many times as fast as this engine in the same run",
    ]
    tables = [table(figures)] if figures else []
    return "\n\n".join(["\n".join(head), *tables, target_table(lines)])


def _document(plan: Plan, figures: list[Any], lines: list[Line]) -> dict[str, Any]:
    return {
        "run": attrs.asdict(plan.run),
        "workloads": {name: attrs.asdict(each) for name, each in plan.workloads.items()},
        "streams": [attrs.asdict(figure) for figure in figures],
        "lines": [attrs.asdict(line) for line in lines],
    }


if __name__ == "__main__":
    main()
