"""Measure a cluster that lives, beside numpy and beside an earlier checkout.  See README.md here.

Usage: python benches/living.py [--quick] [--rounds 3] [--only pairs,...] [--against CHECKOUT]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs

import harness  # first: it limits every library to one thread
from harness import checkouts
from harness.living_plan import LivingPlan, load
from harness.machine import commit, describe, one_core
from harness.numbers import positive
from harness.report import Line, keep, target_table

PARTS = (
    "starting",
    "compiling",
    "pairs",
    "instances",
    "turnover",
    "shapes",
    "distinct",
    "lives",
    "ended",
    "questions",
    "plugins",
    "rates",
    "memory",
)


def main() -> None:
    """Run what the command line asks for."""
    arguments = _parser().parse_args()
    changes = {} if arguments.rounds is None else {"rounds": arguments.rounds}
    plan = load(quick=arguments.quick, **changes)
    one_core()
    _warm()
    facts = describe(()) | {"against": _against(arguments.against)}
    lines: list[Line] = []
    for name in arguments.only:
        part = import_module(f"measures.living.{name}")
        lines += checkouts.measure(part, plan, quick=arguments.quick, earlier=arguments.against)
    if arguments.quick:
        lines = [attrs.evolve(line, target="", met=None) for line in lines]
    text = _text(facts, plan, lines)
    print(text)
    if arguments.record:
        keep("living", facts, _document(plan, lines), text)


def _warm() -> None:
    """Compile what is not on disk yet: else it would be compiled in the midst of what is timed."""
    subprocess.run([sys.executable, "-m", "placement", "warm"], check=True, capture_output=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="The placement engine in a cluster that lives.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: shows that it runs")
    parser.add_argument("--rounds", type=positive, help="rounds of each measurement")
    parser.add_argument("--only", type=_parts, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--against", type=_library, help="an earlier checkout of this project")
    parser.add_argument("--record", action="store_true", help="keep the result in record/")
    return parser


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(text.split(","))
    if not set(parts) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"expected some of {','.join(PARTS)}")
    return parts


def _library(text: str) -> Path:
    try:
        return checkouts.library_of(Path(text))
    except FileNotFoundError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _against(library: Path | None) -> str:
    return "nothing" if library is None else commit(library.parent)


def _text(facts: dict[str, str], plan: LivingPlan, lines: list[Line]) -> str:
    head = [f"{name:<9}{value}" for name, value in facts.items()]
    head += [
        f"{'threads':<9}one ({', '.join(harness.PINNED)} = 1), all processes kept on one core",
        f"{'timing':<9}medians of {plan.run.rounds} rounds, each in new processes",
        f"{'before':<9}the same figure of the earlier checkout, in turn with this one",
    ]
    return "\n\n".join(["\n".join(head), target_table(lines)])


def _document(plan: LivingPlan, lines: list[Line]) -> dict[str, Any]:
    return {"run": attrs.asdict(plan.run), "lines": [attrs.asdict(line) for line in lines]}


if __name__ == "__main__":
    main()
