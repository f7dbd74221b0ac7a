"""The settings of ``placing.toml`` as typed values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

__all__ = ["NodePlan", "Plan", "RunPlan", "Workload", "load"]

FILE = Path(__file__).parent.parent / "placing.toml"


@attrs.frozen(kw_only=True)
class RunPlan:
    """How much and how often is measured; the file explains each."""

    sizes: list[int]
    rounds: int
    tasks_per_node: int
    most_seconds: float
    count_nodes: int
    count: int
    single_nodes: int
    warm_calls: int
    single_calls: int
    filled_nodes: int
    filled_tasks: int
    filled_probe: int
    copies: list[tuple[int, int]]
    memory: tuple[int, int]
    memory_workloads: list[str]
    processes: int
    fresh_processes: int
    peer_sizes: list[int]
    one_by_one_tasks: int
    slow_nodes: int
    twin_tasks: int
    moto_tasks: int


@attrs.frozen(kw_only=True)
class NodePlan:
    """What the nodes look like."""

    zones: int
    types: list[str]
    cpu: int
    memory: int


@attrs.frozen(kw_only=True)
class Workload:
    """What tasks ask for, by application; the file says which application takes which."""

    name: str
    applications: int
    turns: bool
    cpu: list[int]
    memory: list[int]
    constraints: list[str]
    chains: list[list[str]]


@attrs.frozen(kw_only=True)
class Plan:
    """All of a run."""

    run: RunPlan
    nodes: NodePlan
    workloads: dict[str, Workload]


def load(
    *, quick: bool = False, workloads: Mapping[str, dict[str, Any]] | None = None, **changes: Any
) -> Plan:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place.

    ``workloads`` come after those of the file, in the same form.
    """
    document = tomllib.loads(FILE.read_text("utf-8"))
    run = document["run"] | (document["quick"] if quick else {}) | changes
    given = document["workloads"] | dict(workloads or {})
    return Plan(
        run=RunPlan(**run),
        nodes=NodePlan(**document["nodes"]),
        workloads={name: _workload(given, name) for name in given},
    )


def _workload(given: Mapping[str, dict[str, Any]], name: str) -> Workload:
    settings = given[name]
    whole = given.get(settings.get("like", ""), {}) | settings
    return Workload(name=name, **{key: value for key, value in whole.items() if key != "like"})
