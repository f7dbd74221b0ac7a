"""Decisions with filters or rankers of the caller's own, a few and one more, in turn."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.timing import quiet, sample
from measures.living.targets import Ratio, within
from peers.placing.ours import instances

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_KINDS = ("ranker", "filter")


class _Prices:
    """Ranks instances by a price of its own for each row, and rules out the dear ones.

    It looks at one instance after another, as user-defined code in plain Python does.
    """

    reads = "instance"

    def __init__(self, number: int, nodes: int) -> None:
        self.name = self.reason = f"prices-{number}"
        self._prices = np.random.default_rng(number).random(nodes).tolist()
        self.asked = 0

    def key(self, out: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> None:
        """Write the price of each row."""
        self.asked += len(rows)
        for i, row in enumerate(rows.tolist()):
            out[i] = self._prices[row]

    def keep(self, mask: npt.NDArray[np.bool_], rows: npt.NDArray[np.int64]) -> None:
        """Clear where the price is high."""
        self.asked += len(rows)
        for i, row in enumerate(rows.tolist()):
            mask[i] = self._prices[row] < 0.75


def cases(plan: LivingPlan) -> list[str]:
    """Return each kind with each number of them."""
    return [f"{kind} {number}" for kind in _KINDS for number in plan.run.plugins]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return nanoseconds of a decision, and how many rows were asked in one, all being in use."""
    kind, _, number = case.partition(" ")
    cluster = instances(plan.placing.nodes, plan.run.nodes)
    prices = [_Prices(each, plan.run.nodes) for each in range(int(number))]
    calls = [_place(cluster, kind, each) for each in prices]
    for call in calls:
        call()
    before = sum(each.asked for each in prices)
    with quiet():
        taken = fmean(sample(call) for _ in range(plan.run.plugin_turns) for call in calls)
    asked = sum(each.asked for each in prices) - before
    return Figures(
        {f"{case}: time": taken, f"{case}: rows": asked / (plan.run.plugin_turns * len(calls))}
    )


def _place(cluster: placement.Cluster, kind: str, prices: Any) -> Callable[[], Any]:
    how: dict[str, Any] = {"strategy" if kind == "ranker" else "constraints": (prices,)}
    return partial(cluster.place, placement.Task(cpu=1, memory=1), group="service:web", **how)


def lines(plan: LivingPlan, found: Found) -> list[Line]:
    """Return how much slower one more makes a decision, and how many rows are asked then."""
    few, many = plan.run.plugins
    result = []
    for kind in _KINDS:
        what = f"a decision with a {kind} of the caller's own, {plan.run.nodes:,} instances"
        rows = found.now[f"{kind} {many}: rows"]
        share = rows / plan.run.nodes
        result += [
            within(
                f"{what}: time with {many} in use / with {few}",
                found,
                (f"{kind} {many}: time", f"{kind} {few}: time"),
                Ratio(at_most=1.25),
            ),
            Line(
                f"{what}, {many} in use: rows asked",
                f"{share:.1%} of all",
                "at most 5 %",
                share <= 0.05,
            ),
        ]
    return result
