"""Streams of single tasks: this project at all sizes, and others beside it where they can follow.

Before anything is timed every stream is decided once: that loads the kernels, holds everybody's
answers to ours, and cuts a stream short that would take longer than a round can bear.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from statistics import median

import attrs
import numpy as np

from harness.plan import Plan
from harness.stream import Stream, make_stream
from harness.timing import quiet, sample
from peers.placing.base import Placer, PlacerClass, decide_within
from peers.placing.by_moto import ByMoto
from peers.placing.by_numpy import KeptKeys, Scan
from peers.placing.by_twin import ByTwin
from peers.placing.ours import OneByOne, PlaceMany

__all__ = ["Figure", "measure"]

_BY_HAND = ("combined", "packed")
"""What numpy by hand was written for."""

_SPECIFIED = ("combined", "packed", "mixed")
"""What the twin is asked, so that each kind of request is held to the specification here too."""

_VISIT_NS, _MOST_SAMPLES = 100_000_000, 5
"""A visit is over after so long, or so many samples."""


@attrs.frozen(kw_only=True)
class Figure:
    """What one engine took for a decision of one stream, in nanoseconds: median of the samples."""

    workload: str
    nodes: int
    engine: str
    tasks: int
    """Decisions that were timed, the first ones of the stream."""
    placed: int
    """How many of them found room."""
    ns: float
    quartiles: tuple[float, float]
    samples: int
    whole: bool
    """Whether all of the stream was decided."""


class _Case:
    """A stream, who decides it, and how many of its tasks."""

    def __init__(self, make: PlacerClass, placer: Placer, stream: Stream, tasks: int) -> None:
        self.make, self.placer, self.stream = make, placer, stream
        self.tasks = tasks
        self.placed = 0
        self.samples: list[int] = []

    def rehearse(self, most_seconds: float) -> np.ndarray:
        """Decide once, untimed; stop where the time is up, and stay at that length."""
        rows = decide_within(most_seconds, self.placer.ready(self.stream), self.tasks)
        self.tasks = len(rows)
        self.placed = int(np.count_nonzero(rows >= 0))
        return rows

    def visit(self) -> None:
        """Time the whole of it in one call; a short one several times, on new nodes each time."""
        taken = 0
        for _ in range(_MOST_SAMPLES):
            decide = self.placer.ready(self.stream)
            with quiet():
                self.samples.append(sample(partial(decide, 0, self.tasks)))
            taken += self.samples[-1]
            if taken > _VISIT_NS:
                break

    def figure(self) -> Figure:
        """Return what came out."""
        low, high = np.percentile(self.samples, [25, 75]).tolist()
        return Figure(
            workload=self.stream.workload,
            nodes=self.stream.nodes,
            engine=self.make.name,
            tasks=self.tasks,
            placed=self.placed,
            ns=median(self.samples) / self.tasks,
            quartiles=(low / self.tasks, high / self.tasks),
            samples=len(self.samples),
            whole=self.tasks == len(self.stream.order),
        )


def measure(plan: Plan, *, streams: bool, peers: bool) -> list[Figure]:
    """Return the figures of our streams at all sizes, of the peers' streams, or of both."""
    groups = _groups(plan, streams=streams, peers=peers)
    for cases in groups:
        _say(f"{cases[0].stream.name}: {', '.join(case.make.name for case in cases)}")
        _rehearse(cases, plan.run.most_seconds)
    every = [case for cases in groups for case in cases]
    if not every:
        return []
    gc.freeze()
    for number in range(plan.run.rounds):
        _say(f"  round {number + 1} of {plan.run.rounds}")
        start = number * len(every) // plan.run.rounds
        for case in every[start:] + every[:start]:
            case.visit()
    gc.unfreeze()
    return [case.figure() for case in every]


def _groups(plan: Plan, *, streams: bool, peers: bool) -> list[list[_Case]]:
    """Return the cases of each stream, ours first."""
    wanted: dict[tuple[int, str], list[tuple[PlacerClass, int | None]]] = {}
    if streams:
        for nodes in plan.run.sizes:
            for workload in plan.workloads:
                wanted[nodes, workload] = []
    if peers:
        for nodes, workload, peer, tasks in _peers(plan):
            wanted.setdefault((nodes, workload), []).append((peer, tasks))
    placers: dict[tuple[PlacerClass, int], Placer] = {}
    groups = []
    for (nodes, workload), others in sorted(wanted.items(), key=lambda item: item[0][0]):
        stream = make_stream(plan, workload, nodes)
        cases = []
        for make, tasks in [(PlaceMany, None), *others]:
            if (make, nodes) not in placers:
                _say(f"{make.name}: {nodes:,} nodes")
                placers[make, nodes] = make(plan.nodes, nodes)
            length = min(tasks or len(stream.order), len(stream.order))
            cases.append(_Case(make, placers[make, nodes], stream, length))
        groups.append(cases)
    return groups


def _peers(plan: Plan) -> Iterator[tuple[int, str, PlacerClass, int | None]]:
    """Yield nodes, workload, who stands beside us, and how many tasks (None: all)."""
    run = plan.run
    for nodes in run.peer_sizes:
        for workload in _BY_HAND:
            yield nodes, workload, OneByOne, run.one_by_one_tasks
            yield nodes, workload, Scan, None
            yield nodes, workload, KeptKeys, None
    for workload in _SPECIFIED:
        yield run.slow_nodes, workload, ByTwin, run.twin_tasks
    if find_spec("moto") and find_spec("boto3"):
        yield run.slow_nodes, "combined", ByMoto, run.moto_tasks
    else:
        _say('moto is not installed (pip install ".[bench]"): left out')


def _rehearse(cases: list[_Case], most_seconds: float) -> None:
    """Decide everything once.  Refuse to time engines that disagree, or place nothing."""
    ours = cases[0].rehearse(most_seconds)
    assert cases[0].placed, f"{cases[0].stream.name}: nothing is placed"
    for case in cases[1:]:
        case.tasks = min(case.tasks, len(ours))
        rows = case.rehearse(most_seconds)
        name = f"{case.make.name}, {case.stream.name}"
        if case.make.determined:
            assert np.array_equal(rows, ours[: len(rows)]), f"{name}: other answers than ours"
        else:
            assert case.placed == case.tasks, f"{name}: not all are placed"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
