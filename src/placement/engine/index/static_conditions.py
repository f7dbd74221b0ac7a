"""The static conditions of a request: which rows it rules out, whatever tasks run on them.

In: a prepared request and a store.  Out: ``StaticConditions``: a mask of all rows, the same for
rows of which something has changed, and a key: requests with equal keys share one mask.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import STATIC_CHECKS, StaticCheck, mask_of, prepare_static_checks
from placement.engine.checks.base import PrepareStatic
from placement.engine.index.programs import renewed
from placement.engine.request import Task
from placement.lang.program import lower
from placement.lang.typed import Constant, Tree
from placement.query.bind import bind

if TYPE_CHECKING:
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["StaticConditions", "described"]

Array = npt.NDArray[Any]

_NOT_READ = {
    *("cpu", "memory", "gpus", "neuron_devices", "resources"),
    *("tcp_ports", "udp_ports", "dynamic_ports", "family", "revision", "constraints"),
}
"""Fields of a task that static checks do not read: what it takes from a row, and names; expressions
are looked at as trees.  Every other field, one that is new too, is taken for one that they read."""

_READ = [field.name for field in attrs.fields(Task) if field.name not in _NOT_READ]

_texts_of = attrgetter(*[name for name in _READ if name != "attributes"])


def described(task: Task) -> Hashable:
    """Return all fields of a task that static checks may read."""
    attributes = task.attributes
    return _texts_of(task), tuple(attributes.items()) if attributes else ()


class StaticConditions:
    """The static checks of a request, and the static part of its expressions.

    Attributes:
        key: Equal for requests that rule out the same rows of the store.
    """

    __slots__ = ("_checks", "_expression", "_store", "key")

    def __init__(
        self,
        store: Store,
        prepared: PreparedRequest,
        kinds: Sequence[PrepareStatic] = STATIC_CHECKS,
    ) -> None:
        """Prepare the checks of some kinds, by default of all."""
        self._store = store
        self._checks: Sequence[StaticCheck] = prepare_static_checks(store, prepared.criteria, kinds)
        self._expression: Tree = prepared.rules.split.static
        # All of them must hold, so that their order does not matter.
        keys = frozenset([check.key for check in self._checks])
        self.key: Hashable = (keys, self._expression)

    def mask(self) -> Array:
        """Return the mask of the rows that meet the conditions, False for tombstones.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        mask: Array = mask_of(self._store, self._checks)
        if self._expression != Constant(True):
            mask &= bind(self._store, lower(self._expression)).mask()
        return mask

    def of_rows(self, rows: Array, kept: dict[Hashable, Array] | None = None) -> Array:
        """Return ``mask()[rows]``, at the cost of these rows.

        Args:
            rows: int64, ascending.
            kept: What checks have said of these rows, by their keys; further answers are added, so
                that conditions that have checks in common ask them once.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        kept = {} if kept is None else kept
        mask: Array = self._store.live[rows].copy()
        for check in self._checks:
            key = check.key
            passed = kept.get(key)
            if passed is None:
                passed = kept[key] = np.ones(len(rows), np.bool_)
                check.keep(passed, rows)
            mask &= passed
        if self._expression != Constant(True) and mask.any():
            mask &= renewed(self._store, self._expression, rows)
        return mask
