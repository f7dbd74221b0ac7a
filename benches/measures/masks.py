"""The peers' masks side by side: verified first, then timed in interleaved rounds.

Three kinds of evaluation, because an engine may be good at one only:

- ``changed``: the question was prepared before; some cells change, then one evaluation is timed.
- ``cold``: the same, after the caches of the CPU were driven out.
- ``new``: from the text, nothing prepared: parse, compile, bind, evaluate once.
"""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from itertools import cycle
from statistics import geometric_mean, median

import attrs
import numpy as np

from harness.data import Batch, Table, batches, make_table
from harness.timing import Flusher, quiet, sample, visit
from harness.workloads import Question, RunPlan, Workloads
from peers.all import PEERS
from peers.base import Evaluation, Peer, PeerClass

__all__ = ["KINDS", "MEAN", "Figure", "measure"]

KINDS = ("changed", "cold", "new")
MEAN = "geomean"
_BATCHES = 16
_FEW = 3
"""Samples of the costly kinds in a visit."""


@attrs.frozen(kw_only=True)
class Figure:
    """The median of one engine's times for one question, in nanoseconds."""

    rows: int
    question: str
    peer: str
    kind: str
    ns: float
    quartiles: tuple[float, float]
    samples: int
    scaled: bool
    """Whether fewer rows were measured, and the time multiplied."""


class _Runner:
    """A peer with its instances, its prepared questions and the changes it has seen."""

    def __init__(self, make: PeerClass, table: Table, changes: list[Batch], limit: int) -> None:
        self.rows = min(table.rows, limit) if make.by_row else table.rows
        self.peer: Peer = make(table.head(self.rows))
        self.name = self.peer.name
        self.ready: dict[str, Evaluation] = {}
        self._changes = [_within(batch, self.rows) for batch in changes]
        self._turns = cycle(range(len(changes)))
        self._changed = [False] * len(changes)

    def flip(self) -> None:
        """Change the next batch of cells, or change it back."""
        turn = next(self._turns)
        batch = self._changes[turn]
        self.peer.put(batch.before if self._changed[turn] else batch.after)
        self._changed[turn] = not self._changed[turn]

    def restore(self) -> None:
        """Change back all that is changed."""
        for turn, changed in enumerate(self._changed):
            if changed:
                self.peer.put(self._changes[turn].before)
        self._changed = [False] * len(self._changed)

    def from_text(self, question: Question) -> None:
        """Prepare and evaluate."""
        self.peer.prepare(question)()


def _within(batch: Batch, rows: int) -> Batch:
    return Batch(
        [cell for cell in batch.after if cell.row < rows],
        [cell for cell in batch.before if cell.row < rows],
    )


def measure(workloads: Workloads) -> list[Figure]:
    """Return the figures of all sizes, and the geometric means over the questions."""
    return [figure for rows in workloads.run.sizes for figure in _measure_size(rows, workloads)]


def _measure_size(rows: int, workloads: Workloads) -> list[Figure]:
    run, questions = workloads.run, workloads.questions
    _say(f"{rows:,} rows: loading")
    table = make_table(rows, workloads.data, run.seed)
    changes = batches(table, _BATCHES, workloads.data.changed_cells, run.seed)
    runners = [_Runner(make, table, changes, run.row_limit) for make in PEERS]
    for runner in runners:
        for question in questions:
            runner.ready[question.name] = runner.peer.prepare(question)
    _verify(runners, questions)
    for runner in runners:
        for _ in range(_BATCHES // 2):
            runner.flip()
    _verify(runners, questions)
    samples = _rounds(runners, questions, run)
    for runner in runners:
        runner.restore()
    _verify(runners, questions)
    return _figures(rows, runners, questions, samples)


def _verify(runners: list[_Runner], questions: list[Question]) -> None:
    """Refuse to time engines that disagree, or questions that select nothing or all."""
    for question in questions:
        masks = {r.name: r.peer.mask(r.ready[question.name]()) for r in runners}
        ours = masks[runners[0].name]
        assert 0 < ours.sum() < len(ours), f"{question.name} selects nothing or all"
        for runner in runners:
            same = np.array_equal(masks[runner.name], ours[: runner.rows])
            assert same, f"{runner.name} answers {question.name} otherwise"


_Samples = dict[tuple[str, str, str], list[int]]


def _rounds(runners: list[_Runner], questions: list[Question], run: RunPlan) -> _Samples:
    samples: _Samples = defaultdict(list)
    flush = Flusher(run.flush_mib)
    gc.freeze()
    for number in range(run.rounds):
        _say(f"  round {number + 1} of {run.rounds}")
        start = number % len(runners)
        for question in questions:
            for runner in runners[start:] + runners[:start]:
                with quiet():
                    _visit(runner, question, flush, run.visit_ms, samples)
    gc.unfreeze()
    return samples


def _visit(
    runner: _Runner, question: Question, flush: Flusher, budget_ms: float, samples: _Samples
) -> None:
    key = (question.name, runner.name)
    evaluate = runner.ready[question.name]
    samples[*key, "changed"] += visit(runner.flip, evaluate, budget_ms)
    for _ in range(_FEW):
        runner.flip()
        samples[*key, "new"].append(sample(lambda: runner.from_text(question)))
    runner.ready[question.name] = evaluate = runner.peer.prepare(question)
    evaluate()
    for _ in range(_FEW):
        runner.flip()
        flush()
        samples[*key, "cold"].append(sample(evaluate))


def _figures(
    rows: int, runners: list[_Runner], questions: list[Question], samples: _Samples
) -> list[Figure]:
    figures = []
    for runner in runners:
        for kind in KINDS:
            found = [
                _figure(
                    rows, question.name, runner, kind, samples[question.name, runner.name, kind]
                )
                for question in questions
            ]
            mean = attrs.evolve(
                found[0],
                question=MEAN,
                ns=geometric_mean(figure.ns for figure in found),
                quartiles=(0.0, 0.0),
                samples=sum(figure.samples for figure in found),
            )
            figures += [*found, mean]
    return figures


def _figure(rows: int, question: str, runner: _Runner, kind: str, times: list[int]) -> Figure:
    factor = rows / runner.rows
    low, high = np.percentile(times, [25, 75]).tolist()
    return Figure(
        rows=rows,
        question=question,
        peer=runner.name,
        kind=kind,
        ns=median(times) * factor,
        quartiles=(low * factor, high * factor),
        samples=len(times),
        scaled=runner.rows < rows,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
