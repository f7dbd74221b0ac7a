"""The settings of ``ecs.toml`` as typed values."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import attrs

__all__ = ["ClientPlan", "load"]

FILE = Path(__file__).parent.parent / "ecs.toml"


@attrs.frozen(kw_only=True)
class ClientPlan:
    """How much and how often is measured; the file explains each."""

    rounds: int
    nodes: int
    workloads: list[str]
    calls: int
    tens: int
    moto_nodes: int
    moto_calls: int
    documents: int
    attributes: int
    layer_nodes: int
    layer_calls: int
    layer_processes: int


def load(*, quick: bool = False, **changes: Any) -> ClientPlan:
    """Return the settings: the short ones if ``quick``, and ``changes`` in their place."""
    document = tomllib.loads(FILE.read_text("utf-8"))
    return ClientPlan(**(document["run"] | (document["quick"] if quick else {}) | changes))
