"""The settings of ``living.toml``, and nodes and workloads of ``placing.toml``, as typed values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs

from harness import plan as placing

__all__ = ["LivingPlan", "LivingRun", "load"]

FILE = Path(__file__).parent.parent / "living.toml"


@attrs.frozen(kw_only=True)
class LivingRun:
    """How much and how often is measured; the file explains each."""

    rounds: int
    most_seconds: float
    earlier_seconds: float
    nodes: int
    filled_each: int
    histories: list[str]
    pairs: int
    scan_pairs: int
    pair_calls: int
    batches: int
    batch: int
    turns: int
    turnover: int
    turnover_placing: int
    turnover_settled: int
    placings: int
    shape_nodes: int
    shapes: int
    distinct: int
    lives: int
    lives_settled: int
    ended: int
    alive: int
    chosen_nodes: int
    chosen_calls: int
    usage_tasks: int
    usage_calls: int
    stop_tasks: int
    stops: int
    plugins: tuple[int, int]
    plugin_turns: int
    warm_calls: int
    single_calls: int
    count: int
    count_samples: int
    stream_tasks: int
    memory: tuple[int, int]
    compile_texts: int
    processes: int


@attrs.frozen(kw_only=True)
class LivingPlan:
    """All of a run; ``placing`` has nodes and workloads, in the form in which streams take them."""

    run: LivingRun
    placing: placing.Plan


def load(*, quick: bool = False, **changes: Any) -> LivingPlan:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    run = LivingRun(**(document["run"] | (document["quick"] if quick else {}) | changes))
    return LivingPlan(run=run, placing=placing.load(quick=quick, workloads=document["workloads"]))
