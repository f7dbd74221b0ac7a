"""How fast this machine is now: ``place_many`` of the stream combined, which targets go by."""

from __future__ import annotations

from statistics import median

from harness.report import Line, rate_text
from harness.services_plan import ServicesPlan
from harness.stream import make_stream
from measures.services.stage import cpu_ns
from measures.services.targets import Found
from peers.placing.ours import PlaceMany

__all__ = ["REPEATED", "figures", "lines"]

REPEATED = True


def figures(plan: ServicesPlan) -> dict[str, float]:
    """Return the time for a decision."""
    nodes, tasks = plan.run.reference_nodes, plan.run.reference_tasks
    stream = make_stream(plan.placing, "combined", nodes, tasks)
    placer = PlaceMany(plan.placing.nodes, nodes)
    placer.ready(stream)(0, tasks)  # loads the kernels
    samples = []
    for _ in range(plan.run.reference_samples):
        decide = placer.ready(stream)
        samples.append(cpu_ns(lambda: decide(0, tasks)) / tasks)  # noqa: B023 (called at once)
    return {"decision": median(samples)}


def lines(plan: ServicesPlan, found: Found) -> list[Line]:
    """Return the rate."""
    what = f"place_many, combined, {plan.run.reference_nodes:,} instances: rate"
    return [Line(what, rate_text(found.speed.rate), "", None)]
