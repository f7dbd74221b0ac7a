"""What every check of one request says of every row.

In: criteria and a store.  Out: ``Outcomes``: masks by check and by reason, the reasons of each row
that fails, what it is missing.  Asks checks through their contract alone (``checks.base``).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from placement.engine.checks import Mask, PreparedCheck, all_rows, prepare_checks

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["Outcomes"]


class Outcomes:
    """All checks of one request, asked of all rows.

    Attributes:
        store: The store of the cluster.
        candidates: The rows of instances that are not INACTIVE (B18).
        checks: Each check with the mask of the rows that pass it, in C17's order.
        by_reason: The same, grouped by reason.
        passed: For each reason the mask of the rows that pass all of its checks.
        fits: The candidates that pass all checks.
        failures: For each other candidate the reasons it fails, in C17's order.
    """

    def __init__(self, store: Store, criteria: Criteria) -> None:
        self.store = store
        rows = len(store.ids)
        inactive = store.status.dictionary.codes.get("INACTIVE", -1)
        status = store.matrix.row(store.status)[:rows]
        self.candidates: Mask = store.live[:rows] & (status != inactive)
        self.checks = [(check, self.mask_of(check)) for check in prepare_checks(store, criteria)]
        self.by_reason: dict[str, list[tuple[PreparedCheck, Mask]]] = {}
        for check, mask in self.checks:
            self.by_reason.setdefault(check.reason, []).append((check, mask))
        self.passed = {
            reason: np.logical_and.reduce([mask for _, mask in checks])
            for reason, checks in self.by_reason.items()
        }
        self.fits = self.fitting(mask for _, mask in self.checks)
        self.failures = self._failures()

    def mask_of(self, check: PreparedCheck) -> Mask:
        """Return the mask of the rows that pass a check; of tombstones it says nothing."""
        mask = np.ones(len(self.store.ids), np.bool_)
        check.keep(mask, all_rows(self.store))
        return mask

    def fitting(self, masks: Iterable[Mask]) -> Mask:
        """Return the candidates that are in all of some masks."""
        fits = self.candidates.copy()
        for mask in masks:
            fits &= mask
        return fits

    def _failures(self) -> dict[int, tuple[str, ...]]:
        reasons = list(self.passed)
        rows = np.flatnonzero(self.candidates & ~self.fits)
        failed = [~mask[rows] for mask in self.passed.values()]
        return {
            row: tuple([reasons[at] for at in np.flatnonzero(column).tolist()])
            for row, column in zip(rows.tolist(), np.array(failed).T, strict=True)
        }

    def missing(self, row: int) -> tuple[str, ...]:
        """Return what a row is missing, in words, in C17's order; nothing if it fits."""
        texts: list[str] = []
        for reason in self.failures.get(row, ()):
            # Checks of one reason may be missing the same thing: it is reported once.
            found = dict.fromkeys([check.missing(row) for check in self._failed(reason, row)])
            texts += [text for several in found for text in several]
        return tuple(texts)

    def missing_share(self, row: int, reason: str) -> Fraction:
        """Return how far a row is from passing the checks of a reason that it fails (A41)."""
        return sum([check.missing_share(row) for check in self._failed(reason, row)], Fraction(0))

    def _failed(self, reason: str, row: int) -> list[PreparedCheck]:
        return [check for check, mask in self.by_reason[reason] if not mask[row]]
