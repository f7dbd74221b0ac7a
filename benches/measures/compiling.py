"""What ``placement.compile`` costs: texts never seen, and a text seen before."""

from __future__ import annotations

from functools import partial
from statistics import median

import placement
from harness.report import Line
from harness.timing import quiet, repeated, sample
from harness.workloads import Workloads

__all__ = ["FORM", "measure"]

FORM = r"attribute:ecs.instance-type =~ g{0}dn\..* and attribute:ecs.availability-zone != zone-{0}"


def measure(workloads: Workloads) -> list[Line]:
    """Return the lines of compiling E2: cold and again."""
    texts = [FORM.format(n) for n in range(workloads.run.compile_texts)]
    with quiet():
        cold = median(sample(partial(placement.compile, text)) for text in texts[20:])
        again = repeated(lambda: placement.compile(texts[-1]), 10_000)
    return [
        Line("compile E2, text never seen", f"{cold / 1e3:.0f} µs", "at most 200 µs", cold <= 2e5),
        Line("compile E2, same text again", f"{again / 1e3:.2f} µs", "at most 1 µs", again <= 1e3),
    ]
