"""Measure the ECS layer: calls of the client, loading, what it adds; print one table.

Usage: python benches/ecs.py [--quick] [--rounds 5] [--only calls,...].  See README.md here.
"""

from __future__ import annotations

import argparse

import attrs

import harness  # first: it limits every library to one thread
from harness.client_plan import ClientPlan, load
from harness.kernels import take_kernels
from harness.machine import describe, one_core
from harness.numbers import positive
from harness.report import Line, keep, target_table

PARTS = ("layer", "loading", "calls")
PEERS = ("moto", "boto3")


def main() -> None:
    """Run what the command line asks for."""
    arguments = _parser().parse_args()
    changes = {} if arguments.rounds is None else {"rounds": arguments.rounds}
    plan = load(quick=arguments.quick, **changes)
    one_core()
    take_kernels()
    facts = describe(PEERS)
    lines = _measure(plan, arguments.only)
    if arguments.quick:
        lines = [attrs.evolve(line, target="", met=None) for line in lines]
    text = _text(facts, plan, lines)
    print(text)
    if arguments.record:
        document = {"run": attrs.asdict(plan), "lines": [attrs.asdict(line) for line in lines]}
        keep("ecs", facts, document, text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="What the ECS layer costs.")
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


def _measure(plan: ClientPlan, parts: tuple[str, ...]) -> list[Line]:
    """Measure; processes first, while this one is small."""
    from measures.client import calls, layer, loading

    measures = {"layer": layer.measure, "loading": loading.measure, "calls": calls.measure}
    return [line for part in PARTS if part in parts for line in measures[part](plan)]


def _text(facts: dict[str, str], plan: ClientPlan, lines: list[Line]) -> str:
    head = [f"{name:<9}{value}" for name, value in facts.items()]
    head += [
        f"{'threads':<9}one ({', '.join(harness.PINNED)} = 1), the process kept on one core",
        f"{'timing':<9}medians of {plan.rounds} interleaved rounds; garbage collection off",
    ]
    return "\n\n".join(["\n".join(head), target_table(lines)])


if __name__ == "__main__":
    main()
