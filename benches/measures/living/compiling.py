"""What ``placement.compile`` costs: texts of the form of E2 that were never seen."""

from __future__ import annotations

from functools import partial
from statistics import median

import placement
from harness.checkouts import Figures, Found
from harness.living_plan import LivingPlan
from harness.report import Line
from harness.timing import quiet, sample
from measures.compiling import FORM
from measures.living.targets import Ratio, against

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_WARM = 20


def cases(_: LivingPlan) -> list[str]:
    """Return the expression."""
    return ["E2"]


def figures(plan: LivingPlan, case: str) -> Figures:
    """Return the median of distinct texts, in nanoseconds."""
    texts = [FORM.format(n) for n in range(_WARM + plan.run.compile_texts)]
    for text in texts[:_WARM]:
        placement.compile(text)
    with quiet():
        taken = [sample(partial(placement.compile, text)) for text in texts[_WARM:]]
    return Figures({case: median(taken)})


def lines(_: LivingPlan, found: Found) -> list[Line]:
    """Return the one line."""
    return [against("compile E2, text never seen", found, "E2", Ratio(at_most=1))]
