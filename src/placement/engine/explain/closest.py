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
    if not len(outcomes.failing):
        return None
    ranks = [(-position[failed[0]], len(failed)) for failed in outcomes.reasons]
    best = min(ranks)
    kinds = np.array([kind for kind, rank in enumerate(ranks) if rank == best])
    rows = outcomes.failing[np.isin(outcomes.kinds, kinds)]
    shares = outcomes.missing_shares(rows, outcomes.reasons[kinds[0]][0])
    return int(rows[shares.argmin()])
