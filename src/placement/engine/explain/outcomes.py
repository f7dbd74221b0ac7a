"""What every check of one request says of every row.

In: criteria and a store.  Out: ``Outcomes``: masks by check and by reason, the reasons of each row
that fails, what it is missing.  Asks checks through their contract alone (``checks.base``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from placement.engine.checks import Mask, PreparedCheck, all_rows, prepare_checks
from placement.engine.checks.base import Numerators

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["Outcomes"]

Array = npt.NDArray[np.int64]


class Outcomes:
    """All checks of one request, asked of all rows.

    Attributes:
        store: The store of the cluster.
        candidates: The rows of instances that are not INACTIVE (B18).
        checks: Each check with the mask of the rows that pass it, in C17's order.
        by_reason: The same, grouped by reason.
        passed: For each reason the mask of the rows that pass all of its checks.
        fits: The candidates that pass all checks.
        failing: int64, the other candidates.
        reasons: The different lists of reasons that they fail, each in C17's order.
        kinds: int64, for each of ``failing`` its place in ``reasons``.
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
        self.failing = np.flatnonzero(self.candidates & ~self.fits)
        self.reasons, self.kinds = self._kinds_of(self.failing)
        reasons = [self.reasons[kind] for kind in self.kinds.tolist()]
        self.failures = dict(zip(self.failing.tolist(), reasons, strict=True))

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

    def _kinds_of(self, rows: Array) -> tuple[list[tuple[str, ...]], Array]:
        """Return the different lists of reasons that rows fail, and which of them each row has."""
        codes = np.zeros(len(rows), np.int64)
        for at, mask in enumerate(self.passed.values()):
            codes = 2 * codes + ~mask[rows]
            if at % 32 == 31:  # before the 63 bits of a code are used up
                codes = np.unique(codes, return_inverse=True)[1]
        _, firsts, kinds = np.unique(codes, return_index=True, return_inverse=True)
        examples = rows[firsts].tolist()
        reasons = [
            tuple([reason for reason, mask in self.passed.items() if not mask[row]])
            for row in examples
        ]
        return reasons, kinds

    def missing(self, row: int) -> tuple[str, ...]:
        """Return what a row is missing, in words, in C17's order; nothing if it fits."""
        texts: list[str] = []
        for reason in self.failures.get(row, ()):
            if len(self.by_reason[reason]) == 1:
                texts += self.by_reason[reason][0][0].missing(row)
                continue
            # Checks of one reason may be missing the same thing: it is reported once.
            found = dict.fromkeys([check.missing(row) for check in self._failed(reason, row)])
            texts += [text for several in found for text in several]
        return tuple(texts)

    def missing_shares(self, rows: Array, reason: str) -> Numerators:
        """Return how far rows are from passing the checks of a reason that they fail (A41).

        As numerators of one denominator.
        """
        total, common = np.zeros(len(rows), object), 1
        for check, mask in self.by_reason[reason]:
            failed = np.flatnonzero(~mask[rows])
            numerators, denominator = check.missing_shares(rows[failed])
            total *= denominator
            total[failed] += numerators * common
            common *= denominator
        return total

    def _failed(self, reason: str, row: int) -> list[PreparedCheck]:
        return [check for check, mask in self.by_reason[reason] if not mask[row]]
