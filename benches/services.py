"""Measure services: deployed, at rest, drained, described, copied.  See README.md here.

Usage: python benches/services.py [--quick] [--rounds 3] [--only rolling,...] [--record]
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from statistics import median
from typing import Any

import attrs

import harness  # first: it limits every library to one thread
from harness.child import answer
from harness.machine import describe, one_core
from harness.numbers import positive
from harness.report import Line, keep, target_table
from harness.services_plan import ServicesPlan, load
from measures.services.targets import Found, Speed

PARTS = ("rolling", "many", "describing", "memory", "moto")
PEERS = ("moto", "boto3")
REFERENCE = "reference"
"""Measured in every run: targets are in proportion to it."""


def main() -> None:
    """Run what the command line asks for."""
    arguments = _parser().parse_args()
    changes = {} if arguments.rounds is None else {"rounds": arguments.rounds}
    plan = load(quick=arguments.quick, **changes)
    one_core()
    facts = describe(PEERS)
    parts = (REFERENCE, *[part for part in PARTS if part in arguments.only])
    found = _measure(plan, parts, quick=arguments.quick)
    facts["speed"] = found.speed.text
    lines = [line for part in parts for line in _module(part).lines(plan, found)]
    if arguments.quick:
        lines = [attrs.evolve(line, target="", met=None) for line in lines]
    text = _text(facts, plan, lines)
    print(text)
    if arguments.record:
        document = {"run": attrs.asdict(plan.run), "lines": [attrs.asdict(one) for one in lines]}
        keep("services", facts, document, text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What services of a session cost.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs")
    parser.add_argument("--rounds", type=positive, help="rounds of each measurement")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--record", action="store_true", help="keep the result in record/")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if not set(parts) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(PARTS)}")
    return parts


def _module(part: str) -> Any:
    return import_module(f"measures.services.{part}")


def _measure(plan: ServicesPlan, parts: tuple[str, ...], *, quick: bool) -> Found:
    """Measure each part once in each round, in a new process, each round the other way round."""
    samples: dict[str, list[float]] = {}
    for number in range(plan.run.rounds):
        for part in parts[::-1] if number % 2 else parts:
            if number and not _module(part).REPEATED:
                continue
            print(f"round {number + 1}, {part}", file=sys.stderr, flush=True)
            found = answer("-m", "children.services", part, "quick" if quick else "full")
            for name, figure in found.items():
                samples.setdefault(name, []).append(figure)
    numbers = {name: median(found) for name, found in samples.items()}
    return Found(numbers, Speed(1e9 / numbers["decision"]))


def _text(facts: dict[str, str], plan: ServicesPlan, lines: list[Line]) -> str:
    head = [f"{name:<9}{value}" for name, value in facts.items()]
    rounds = f"medians of {plan.run.rounds} interleaved rounds, each in new processes"
    head += [
        f"{'threads':<9}one ({', '.join(harness.PINNED)} = 1), all processes kept on one core",
        f"{'timing':<9}CPU time; {rounds}; garbage collection as Python has it",
    ]
    return "\n\n".join(["\n".join(head), target_table(lines)])


if __name__ == "__main__":
    main()
