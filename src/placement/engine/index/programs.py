"""The dynamic conditions of requests, as programs that kernels run for one row.

In: trees whose truth tasks can change (``split_query``).  Out: steps, group codes and masks
(``kernels.fields``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.split_query import is_dynamic
from placement.kernels import fields as kernel
from placement.lang.evaluate import holds
from placement.lang.program import lower
from placement.lang.typed import AllOf, AnyOf, Constant, GroupTest, NumberTest, Tree, Values
from placement.query.bind import bind
from placement.state.dictionary import EMPTY
from placement.state.row_record import RowRecord
from placement.state.shared import address_of, longer

if TYPE_CHECKING:
    from placement.state.store import Store

__all__ = ["FEW", "Programs", "only_worsens", "renewed"]

Array = npt.NDArray[Any]

FEW = 64
"""Up to so many rows are evaluated one by one; for more the mask of all rows is faster."""


class Programs:
    """Steps of all requests, one program after another.

    Attributes:
        steps: What ``kernels.fit`` runs.
        codes: Group codes that steps refer to.
        masks: The static parts of conditions, bool by row with room for rows to come.
        groups_seen: The version of the groups' names when the first pattern on groups was written;
            -1 if there is none.  A pattern does not match groups that get a code later.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.steps: list[tuple[int, int, int]] = []
        self.codes: list[int] = []
        self.masks: list[Array] = []
        self.trees: list[Tree] = []
        """The tree of each mask."""
        self._written: dict[Tree, tuple[int, int]] = {}
        self.groups_seen = -1
        self.is_stale = True
        """Whether something has been written since ``arrays`` was called."""

    def write(self, tree: Tree) -> tuple[int, int]:
        """Return the first step of a tree's program, and how many it has; write it if it is new.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        written = self._written.get(tree)
        if written is None:
            first = len(self.steps)
            if tree != Constant(True):
                self._write(tree)
                self.is_stale = True
            written = self._written[tree] = first, len(self.steps) - first
        return written

    def _write(self, tree: Tree) -> None:
        match tree:
            case AllOf(children) | AnyOf(children) if is_dynamic(tree):
                self._write(children[0])
                for child in children[1:]:
                    self._write(child)
                    join = kernel.IS_AND if isinstance(tree, AllOf) else kernel.IS_OR
                    self.steps.append((join, 0, 0))
            case GroupTest():
                self._write_groups(tree)
            case NumberTest(column="runningTasksCount"):
                for place, (low, high) in enumerate(tree.intervals):
                    self.steps.append((kernel.IS_COUNT, low, high))
                    if place:
                        self.steps.append((kernel.IS_OR, 0, 0))
            case _:
                self.steps.append((kernel.IS_MASK, len(self.masks), 0))
                mask = np.zeros(len(self.store.live), np.bool_)  # with room for rows to come
                rows = len(self.store.ids)
                mask[:rows] = bind(self.store, lower(tree)).mask()
                self.masks.append(mask)
                self.trees.append(tree)

    def _write_groups(self, test: GroupTest) -> None:
        tasks = self.store.tasks
        kind = kernel.IS_ANY
        if isinstance(test.predicate, Values):
            codes = [tasks.groups.code(value) for value in sorted(test.predicate.values)]
            kind = kernel.IS_OTHER if test.predicate.excluded else kernel.IS_ANY
        else:
            names = tasks.groups.names.texts
            codes = [
                code
                for code in range(EMPTY, len(names))
                if test.predicate.accepts(names[code] or "")
            ]
            if self.groups_seen < 0:
                self.groups_seen = tasks.groups.version
        self.steps.append((kind, len(self.codes), len(codes)))
        self.codes.extend(codes)
        if test.excluded:
            self.steps.append((kernel.IS_NOT, 0, 0))

    def renew(self, rows: Array) -> None:
        """Evaluate the static parts again for rows of which something has changed.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        for mask, tree in zip(self.masks, self.trees, strict=True):
            mask[rows] = renewed(self.store, tree, rows)

    def reserve_rows(self, rows: int) -> None:
        """Make room for so many rows."""
        self.masks = [longer(mask, rows, 0) for mask in self.masks]
        self.is_stale = True

    def arrays(self) -> tuple[Array, Array, Array]:
        """Return steps, codes and the addresses of masks, as kernels take them."""
        self.is_stale = False
        addresses = [address_of(mask) for mask in self.masks]
        return (
            np.array(self.steps or [(0, 0, 0)], np.int64),
            np.array(self.codes, np.int64),
            np.array(addresses, np.int64),
        )


def renewed(store: Store, tree: Tree, rows: Array) -> Array:
    """Return for which of some rows a tree is true now: bool.

    Raises:
        RegexTimeout: a pattern gave no answer in time.
    """
    if len(rows) > FEW:
        mask: Array = bind(store, lower(tree)).mask()[rows]
        return mask
    return np.array([holds(tree, RowRecord(store, row)) for row in rows.tolist()], np.bool_)


def only_worsens(tree: Tree) -> bool:
    """Return whether further tasks can only make a condition false, never true."""
    match tree:
        case Constant():
            return True
        case GroupTest(_, Values(_, False), True):
            return True
        case AllOf(children):
            return all(map(only_worsens, children))
    return not is_dynamic(tree)
