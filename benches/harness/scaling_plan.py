"""The settings of ``scaling.toml``, and the nodes of ``placing.toml``, as typed values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs

from harness import plan as placing

__all__ = ["Load", "Machine", "ScalingPlan", "ScalingRun", "WaitingKinds", "load"]

FILE = Path(__file__).parent.parent / "scaling.toml"


@attrs.frozen(kw_only=True)
class ScalingRun:
    """How much and how often is measured; the file explains each."""

    rounds: int
    hours: int
    services: int
    tasks: int
    tasks_per_instance: int
    larger: int
    peak_services: int
    peak_tasks: int
    peak_per_instance: int
    peak_hours: tuple[float, float]
    waiting_tasks: int
    waiting_kinds: int
    choices: int
    evaluations: int
    turnover_instances: int
    turnover_services: int
    turnover_step: int
    turnover_rounds: int
    reference_nodes: int
    reference_tasks: int
    reference_samples: int


@attrs.frozen(kw_only=True)
class Load:
    """The load of a service over a day: per cent of each task at the mean, share of the swing."""

    task_percent: int
    swing: float


@attrs.frozen(kw_only=True)
class Machine:
    """The EC2 type of groups, and its CPU units."""

    type: str
    cpu: int


@attrs.frozen(kw_only=True)
class WaitingKinds:
    """CPU units and MiB of waiting tasks, in turn."""

    cpu: tuple[int, ...]
    memory: tuple[int, ...]


@attrs.frozen(kw_only=True)
class ScalingPlan:
    """All of a run; ``placing`` has the nodes and the workload of the reference."""

    run: ScalingRun
    load: Load
    machine: Machine
    kinds: WaitingKinds
    placing: placing.Plan


def load(*, quick: bool = False, **changes: Any) -> ScalingPlan:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    return ScalingPlan(
        run=ScalingRun(**(document["run"] | (document["quick"] if quick else {}) | changes)),
        load=Load(**document["load"]),
        machine=Machine(**document["machine"]),
        kinds=WaitingKinds(**document["kinds"]),
        placing=placing.load(quick=quick),
    )
