"""Whether waiting can help, and which one change would (C20).

In: the outcomes of all checks.  Out: truth values, texts and counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from placement.engine.checks import PreparedCheck
    from placement.engine.explain.outcomes import Outcomes

__all__ = ["never_fits", "remedies"]


def never_fits(outcomes: Outcomes) -> bool:
    """Return whether no candidate would pass if it were empty, ACTIVE and connected (C20)."""
    rows = np.flatnonzero(outcomes.candidates)
    start, length = 0, 1
    while start < len(rows):
        # Some checks look at rows one by one.  Often one of the first could pass, which settles
        # it: the next batch is taken only if none of this one could, twice as many rows each time.
        batch = rows[start : start + length]
        mask = np.ones(len(batch), np.bool_)
        for check, _ in outcomes.checks:
            check.keep_possible(mask, batch)
        if mask.any():
            return False
        start, length = start + length, 2 * length
    return True


def remedies(outcomes: Outcomes) -> tuple[tuple[str, int], ...]:
    """Return what to leave out of the request so that some instance fits, and how many would.

    The one that most instances would fit without comes first; among equals whole checks in C17's
    order, then parts of checks.
    """
    changes: dict[str, dict[int, PreparedCheck | None]] = {}
    for number, (check, _) in enumerate(outcomes.checks):
        if check.remedy is not None:
            changes.setdefault(check.remedy, {})[number] = None
    for number, (check, _) in enumerate(outcomes.checks):
        for remedy, part in check.parts():
            changes.setdefault(remedy, {})[number] = part
    counts = {}
    for remedy, left in changes.items():
        masks = [mask for number, (_, mask) in enumerate(outcomes.checks) if number not in left]
        masks += [outcomes.mask_of(part) for part in left.values() if part is not None]
        counts[remedy] = int(outcomes.fitting(masks).sum())
    found = [(remedy, count) for remedy, count in counts.items() if count]
    return tuple(sorted(found, key=lambda change: -change[1]))
