"""The closest instance (A41).

In: the outcomes of all checks.  Out: a row.
"""

from __future__ import annotations

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
    if not outcomes.failures:
        return None
    ranks = {
        failed: (-position[failed[0]], len(failed)) for failed in set(outcomes.failures.values())
    }
    best = min(ranks.values())
    rows = [row for row, failed in outcomes.failures.items() if ranks[failed] == best]
    reason = outcomes.failures[rows[0]][0]
    return min(rows, key=lambda row: outcomes.missing_share(row, reason))
