"""The check of ``memberOf`` constraints.

In: a request and the columns.  Out: one check for all its expressions.  An index does not ask it:
it splits the expressions into a static and a dynamic part (``engine.split_query``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Cause, Mask, PreparedCheck, Rows

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.engine.request import MemberOf
    from placement.engine.satisfiability import FailureTexts
    from placement.state.store import Store

__all__ = ["MemberOfCheck", "prepare_member_of"]


@attrs.frozen
class MemberOfCheck(PreparedCheck):
    """The expressions of all ``memberOf`` constraints are true.

    Attributes:
        store: The store of the cluster.
        constraints: The constraints; with none, every row passes.
    """

    store: Store
    constraints: tuple[MemberOf, ...]
    _failure_texts: list[FailureTexts] = attrs.field(factory=list, init=False, eq=False, repr=False)
    """One for each constraint, once ``missing`` has been asked."""

    reason = "MEMBER_OF"
    sentence = (
        "fails a memberOf constraint",
        "fail a memberOf constraint",
    )
    remedy = None
    """Each expression is a remedy of its own: see ``parts``."""

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows for which one of the expressions is false."""
        for constraint in self.constraints:
            mask &= constraint.query.rows(self.store)[rows]

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows for which an expression stays false whatever tasks run."""
        from placement.engine.satisfiability import keep_satisfiable

        for constraint in self.constraints:
            keep_satisfiable(constraint.query.typed, self.store, mask, rows)

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return the conditions that make an expression false, each with its place in the text."""
        from placement.engine.satisfiability import FailureTexts

        if not self._failure_texts:
            self._failure_texts.extend(
                [FailureTexts(self.store, each.query, self.reason) for each in self.constraints]
            )
        return tuple([text for texts in self._failure_texts for text in texts.of_row(row)])

    def causes(self, rows: npt.NDArray[np.int64], /) -> Sequence[Cause]:
        """Return each expression, for the rows of which it is false."""
        return [
            (str(each.query), ~each.query.rows(self.store)[rows].astype(np.bool_))
            for each in self.constraints
        ]

    def parts(self) -> Sequence[tuple[str, PreparedCheck]]:
        """Return each expression, with the check of all others."""
        parts = []
        for left_out in self.constraints:
            others = tuple([other for other in self.constraints if other is not left_out])
            parts.append((str(left_out.query), MemberOfCheck(self.store, others)))
        return parts


def prepare_member_of(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check of the expressions, if there are any."""
    constraints = criteria.member_of
    if constraints:
        yield MemberOfCheck(store, constraints)
