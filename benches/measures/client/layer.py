"""What ``placement.ecs`` adds to ``cluster.place``, in processes that import it and others."""

from __future__ import annotations

from statistics import median

from harness.child import answer
from harness.client_plan import ClientPlan
from harness.report import Line, ratio_text, time_text

__all__ = ["measure"]

_CHILD = ("-m", "children.layered_place")
_MOST = 1.05


def measure(plan: ClientPlan) -> list[Line]:
    """Return the median of a call in processes of both kinds, which take turns."""
    sizes = str(plan.layer_nodes), str(plan.layer_calls)
    answer(*_CHILD, "without", *sizes)  # afterwards kernels are on disk
    times: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(plan.layer_processes):
        for kind, found in times.items():
            found.append(answer(*_CHILD, kind, *sizes)["ns"])
    bare, layered = median(times["without"]), median(times["with"])
    what = f"cluster.place(task), {plan.layer_nodes:,} instances"
    return [
        Line(f"{what}, placement alone", time_text(bare), "", None),
        Line(f"{what}, with placement.ecs", time_text(layered), "", None),
        Line(
            f"{what}: with / alone",
            ratio_text(layered / bare),
            f"at most {_MOST}x",
            layered / bare <= _MOST,
        ),
    ]
