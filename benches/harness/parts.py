"""A bench of parts, each measured in processes of its own and held to targets: one form of table.

``services.py`` and ``scaling.py`` are of this kind.  A part is a module ``measures.BENCH.PART``
with ``figures(plan)``, ``lines(plan, found)`` and ``REPEATED``: whether each round measures it
again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from statistics import median
from typing import Any

import attrs

import harness
from harness.child import answer
from harness.machine import describe, one_core
from harness.numbers import positive
from harness.report import Line, keep, target_table
from measures.services.targets import Found, Speed

__all__ = ["Bench", "main"]

REFERENCE = "reference"
"""Measured in every run: targets are in proportion to it."""


@attrs.frozen
class Bench:
    """What is measured.

    Attributes:
        name: Of its measures, its plan and its record.
        description: For the command line.
        parts: In their order.
        peers: Other packages that are measured, named in the head of the table.
        load: Its plan: ``load(quick=..., rounds=...)``.
    """

    name: str
    description: str
    parts: tuple[str, ...]
    peers: tuple[str, ...]
    load: Callable[..., Any]


def main(bench: Bench) -> None:
    """Run what the command line asks for."""
    arguments = _parser(bench).parse_args()
    changes = {} if arguments.rounds is None else {"rounds": arguments.rounds}
    plan = bench.load(quick=arguments.quick, **changes)
    one_core()
    facts = describe(bench.peers)
    parts = (REFERENCE, *[part for part in bench.parts if part in arguments.only])
    found = _measure(bench, plan, parts, quick=arguments.quick)
    facts["speed"] = found.speed.text
    lines = [line for part in parts for line in _module(bench, part).lines(plan, found)]
    if arguments.quick:
        lines = [attrs.evolve(line, target="", met=None) for line in lines]
    text = _text(facts, plan, lines)
    print(text)
    if arguments.record:
        document = {"run": attrs.asdict(plan.run), "lines": [attrs.asdict(one) for one in lines]}
        keep(bench.name, facts, document, text)


def _parser(bench: Bench) -> argparse.ArgumentParser:
    names = ",".join(bench.parts)

    def parts(text: str) -> tuple[str, ...]:
        chosen = tuple(text.split(","))
        if not set(chosen) <= set(bench.parts):
            raise argparse.ArgumentTypeError(f"expected some of {names}")
        return chosen

    parser = argparse.ArgumentParser(description=bench.description)
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs")
    parser.add_argument("--rounds", type=positive, help="rounds of each measurement")
    parser.add_argument("--only", type=parts, default=bench.parts, help=f"some of {names}")
    parser.add_argument("--record", action="store_true", help="keep the result in record/")
    return parser


def _module(bench: Bench, part: str) -> Any:
    return import_module(f"measures.{bench.name}.{part}")


def _measure(bench: Bench, plan: Any, parts: tuple[str, ...], *, quick: bool) -> Found:
    """Measure each part once in each round, in a new process, each round the other way round."""
    samples: dict[str, list[float]] = {}
    for number in range(plan.run.rounds):
        for part in parts[::-1] if number % 2 else parts:
            if number and not _module(bench, part).REPEATED:
                continue
            print(f"round {number + 1}, {part}", file=sys.stderr, flush=True)
            size = "quick" if quick else "full"
            found = answer("-m", "children.parts", bench.name, part, size)
            for name, figure in found.items():
                samples.setdefault(name, []).append(figure)
    numbers = {name: median(found) for name, found in samples.items()}
    return Found(numbers, Speed(1e9 / numbers["decision"]))


def _text(facts: dict[str, str], plan: Any, lines: list[Line]) -> str:
    head = [f"{name:<9}{value}" for name, value in facts.items()]
    rounds = f"medians of {plan.run.rounds} interleaved rounds, each in new processes"
    head += [
        f"{'threads':<9}one ({', '.join(harness.PINNED)} = 1), all processes kept on one core",
        f"{'timing':<9}CPU time; {rounds}; garbage collection as Python has it",
    ]
    return "\n\n".join(["\n".join(head), target_table(lines)])
