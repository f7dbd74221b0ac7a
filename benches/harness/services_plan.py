"""The settings of ``services.toml``, and the nodes of ``placing.toml``, as typed values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs

from harness import plan as placing

__all__ = ["InstanceKind", "ServicesPlan", "ServicesRun", "TaskKind", "load"]

FILE = Path(__file__).parent.parent / "services.toml"


@attrs.frozen(kw_only=True)
class ServicesRun:
    """How much and how often is measured; the file explains each."""

    rounds: int
    rolling_instances: int
    rolling_tasks: int
    rolling_samples: int
    instances: int
    services: int
    tasks: int
    seconds: int
    advances: int
    drains: int
    copies: int
    described: int
    events: int
    describe_calls: int
    moto_services: int
    reference_nodes: int
    reference_tasks: int
    reference_samples: int


@attrs.frozen(kw_only=True)
class InstanceKind:
    """What the container instances are."""

    cpu: int
    memory: int
    zones: int
    type: str


@attrs.frozen(kw_only=True)
class TaskKind:
    """What a task asks for: CPU units, MiB."""

    cpu: int
    memory: int


@attrs.frozen(kw_only=True)
class ServicesPlan:
    """All of a run; ``placing`` has the nodes and the workload of the reference."""

    run: ServicesRun
    instance: InstanceKind
    task: TaskKind
    placing: placing.Plan


def load(*, quick: bool = False, **changes: Any) -> ServicesPlan:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    return ServicesPlan(
        run=ServicesRun(**(document["run"] | (document["quick"] if quick else {}) | changes)),
        instance=InstanceKind(**document["instance"]),
        task=TaskKind(**document["task"]),
        placing=placing.load(quick=quick),
    )
