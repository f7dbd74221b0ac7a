"""Which instances a task may go to if only they had room: attributes, location, memberOf.

In: a cluster, a task with constraints.  Out: whether instances are eligible, and the zones of those
that are.  What an instance has left is not asked (B34, A53); whether its agent is connected only
the caller knows to care about.  Only reads.

A pattern that gives no answer in time (``RegexTimeout``) makes an instance not eligible: nothing
could be placed there either.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks import ZONE_CHECKS, mask_of, prepare_static_checks
from placement.engine.checks.texts import prepare_attributes, prepare_location
from placement.engine.criteria import Criteria
from placement.engine.request import ConstraintOrFilter, MemberOf, Task
from placement.engine.split_query import is_dynamic
from placement.errors import RegexTimeout
from placement.lang.evaluate import holds
from placement.model.attribute_names import ZONE
from placement.state.cluster_base import ClusterBase
from placement.state.guard import reads
from placement.state.row_record import RowRecord
from placement.state.store import Store

__all__ = ["Demands", "eligible_instances", "eligible_zones"]

FEW_ROWS = 16
"""Rows for which expressions are evaluated one by one, whatever the number of other rows."""


@attrs.frozen
class Demands:
    """What makes an instance eligible.

    Attributes:
        task: The task; what it takes is not looked at.
        constraints: Its own constraints and those of the service; only memberOf is looked at.
    """

    task: Task
    constraints: tuple[ConstraintOrFilter, ...] = ()

    @property
    def criteria(self) -> Criteria:
        """The same as checks take it; the group is not looked at."""
        return Criteria(self.task, "", self.constraints)

    @property
    def member_of(self) -> tuple[MemberOf, ...]:
        """The expressions that must be true."""
        return self.criteria.member_of

    @property
    def is_dynamic(self) -> bool:
        """Whether tasks that start or stop change which instances are eligible."""
        return any(is_dynamic(one.query.typed) for one in self.member_of)

    def key(self, cluster: ClusterBase) -> Hashable:
        """Return what eligibility in a cluster depends on: equal keys, equal instances."""
        checks = prepare_static_checks(cluster.store, self.criteria, ZONE_CHECKS)
        return tuple([check.key for check in checks]), self.member_of


@reads
def eligible_instances(cluster: ClusterBase, demands: Demands, ids: Iterable[str]) -> set[str]:
    """Return which of some registered instances are eligible, whatever their status is.

    Raises:
        InstanceError: an instance is not registered.
    """
    by_row = {cluster.row(id): id for id in ids}
    rows = np.array(sorted(by_row), np.int64)
    mask = np.ones(len(rows), np.bool_)
    kinds = (prepare_attributes, prepare_location)
    store = cluster.store
    for check in prepare_static_checks(store, demands.criteria, kinds):
        check.keep(mask, rows)
    if demands.member_of:
        _keep_members(store, demands.member_of, mask, rows)
    return {by_row[row] for row in rows[mask].tolist()}


def _keep_members(
    store: Store,
    member_of: tuple[MemberOf, ...],
    mask: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.int64],
) -> None:
    """Clear the rows for which an expression is false, or has no answer."""
    if len(rows) > FEW_ROWS:
        try:
            masks = [constraint.query.rows(store)[rows] for constraint in member_of]
        except RegexTimeout:  # of some row: ask each by itself
            masks = []
        if masks:
            mask &= np.logical_and.reduce(masks)
            return
    for place in mask.nonzero()[0].tolist():
        record = RowRecord(store, int(rows[place]))
        try:
            mask[place] = all(holds(one.query.typed, record) for one in member_of)
        except RegexTimeout:
            mask[place] = False


@reads
def eligible_zones(cluster: ClusterBase, demands: Demands) -> frozenset[str]:
    """Return the zones that have an ACTIVE eligible instance (A53).

    Instances without the attribute of the zone are in none.
    """
    store = cluster.store
    mask = mask_of(store, prepare_static_checks(store, demands.criteria, ZONE_CHECKS))
    rows = mask.nonzero()[0]
    if demands.member_of and len(rows):
        kept = np.ones(len(rows), np.bool_)
        _keep_members(store, demands.member_of, kept, rows)
        rows = rows[kept]
    column = store.attributes.get(ZONE)
    if column is None:
        return frozenset()
    codes = np.unique(store.matrix.row(column)[rows]).tolist()
    texts = [column.dictionary.texts[code] for code in codes if code]
    return frozenset([text for text in texts if text])
