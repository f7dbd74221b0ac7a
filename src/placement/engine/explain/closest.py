"""The closest instance (A41).

In: the outcomes of all checks.  Out: a row.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from placement.engine.explain.outcomes import Outcomes

__all__ = ["closest_row"]


def closest_row(outcomes: Outcomes) -> int | None:
    """Return the first row that fits, else the row that is closest to it; None without candidates.

    The closest row passes the longest prefix of the checks; then it fails the fewest; then it is
    missing the smallest share of the first that it fails; then it was registered first (A41).
    """
    fitting = np.flatnonzero(outcomes.fits)
    if len(fitting):
        return int(fitting[0])
    position = {reason: at for at, reason in enumerate(outcomes.by_reason)}
    best: tuple[tuple[int, int], Fraction] | None = None
    closest = None
    for row, failed in outcomes.failures.items():
        rank = (-position[failed[0]], len(failed))
        if best is not None and rank > best[0]:
            continue
        share = outcomes.missing_share(row, failed[0])
        if best is None or (rank, share) < best:
            best, closest = (rank, share), row
    return closest
