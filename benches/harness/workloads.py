"""The settings of ``workloads.toml`` as typed values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs
import numpy as np

__all__ = ["DataPlan", "Question", "RunPlan", "Workloads", "load"]

FILE = Path(__file__).parent.parent / "workloads.toml"


@attrs.frozen(kw_only=True)
class RunPlan:
    """How long and how often is measured; the file explains each."""

    sizes: list[int]
    rounds: int
    visit_ms: float
    row_limit: int
    flush_mib: int
    compile_texts: int
    processes: int
    memory_rows: int
    seed: int


@attrs.frozen(kw_only=True)
class DataPlan:
    """What the instances look like."""

    zones: list[str]
    stacks: list[str]
    gpus: list[str]
    gpu_share: float
    instances_per_rack: int
    most_tasks: int
    changed_cells: int
    types: list[str]


@attrs.frozen(kw_only=True)
class Question:
    """One expression: its name, its text, and the operands for those who write it otherwise."""

    name: str
    text: str
    half: list[str]
    zone_a: str
    zone_b: str
    zone_d: str
    pattern: str
    rack: str
    stack: str
    fewer_tasks: int


@attrs.frozen(kw_only=True)
class Workloads:
    """All of a run."""

    run: RunPlan
    data: DataPlan
    questions: list[Question]


def load(*, quick: bool = False, **changes: Any) -> Workloads:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    run = document["run"] | (document["quick"] if quick else {}) | changes
    data = DataPlan(**document["data"])
    return Workloads(
        run=RunPlan(**run), data=data, questions=_questions(document, data, run["seed"])
    )


def _questions(document: dict[str, Any], data: DataPlan, seed: int) -> list[Question]:
    order = np.random.default_rng(seed).permutation(len(data.types))
    half = [data.types[n] for n in order[: len(data.types) // 2]]
    return [
        Question(
            name=name,
            text=text.replace("{half}", ", ".join(half)),
            half=half,
            **document["operands"],
        )
        for name, text in document["expressions"].items()
    ]
