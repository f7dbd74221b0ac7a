"""The orders of prepared requests: built at first use, kept up to date by the kernels.

In: prepared requests and a cluster's store.  Out: the arrays that ``kernels.decide`` works on.
Everything here is derived.  Orders read in logs which rows tasks have changed; a row of which
attributes, status or agent changed is evaluated again in every order; registrations and removals
void all orders.  The memory of orders is bounded: beyond it the one built longest ago is evicted.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.full_scan import FullScan
from placement.engine.key_encoder import MIN_COUNT_BITS, KeyEncoder, encode_key
from placement.engine.layout import Layout, packed
from placement.engine.plugins import Step
from placement.engine.programs import Programs, only_worsens
from placement.engine.slots import Slots
from placement.engine.specs import spec_of
from placement.engine.static_conditions import StaticConditions
from placement.kernels import fields, index
from placement.kernels.decide import decide
from placement.kernels.fields import MAX_COUNT, NO_ROW
from placement.lang.typed import Constant

if TYPE_CHECKING:
    from placement.engine.plugins import Reporter
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["OrderBook"]

MAX_REQUESTS = 16_384
"""Requests that are kept; beyond it all are forgotten, and enrolled again when they are used."""

MAX_CELLS = 4096
"""Cells an order may have."""

MAX_LOG = 2**22
"""Entries of the log beyond which all orders are voided and the log starts again."""

_GENERATIONS = itertools.count(1)
"""Of all order books of the process: requests remember theirs, and books come and go (C54)."""

Array = npt.NDArray[Any]


class OrderBook:
    """All requests of a cluster and their orders."""

    def __init__(self, store: Store, index_bytes: int) -> None:
        self.store = store
        self.index_bytes = index_bytes
        """Bytes that the keys of all orders may take; one order is kept in any case."""
        self.most_tasks = 2**MIN_COUNT_BITS - 1
        """The largest count of a group's tasks on a row that keys have bits for."""
        self._forget()

    # What is kept, and for how long

    def _forget(self) -> None:
        """Void everything; requests enroll again when they are used."""
        store = self.store
        self.generation = next(_GENERATIONS)
        self.topology_version = store.topology_version
        self.names_version = store.tasks.names_version
        self.changed_rows = len(store.changed_rows)
        self.programs = Programs(store)
        self.full_scan = FullScan(store)
        self.layouts: dict[tuple[str, ...], Layout] = {}
        self.attributes: dict[str, int] = {}
        self.spreads: dict[tuple[int, str], int] = {}
        self.enrolled: list[PreparedRequest] = []
        """The requests, by number."""
        self.static: list[StaticConditions] = []
        """The static conditions of each of them."""
        self.requests = np.zeros((16, fields.REQUEST_FIELDS), np.int64)
        self.number_of: dict[Hashable, int] = {}
        """The number of each request, by all that it asks: equal requests share one."""
        self.order_of: dict[Hashable, int] = {}
        """Each order, by all that decides about it: requests that order rows alike share one."""
        self.order_count = 0
        self.order_table = np.zeros((16, fields.ORDER_FIELDS), np.int64)
        self.placing: dict[int, set[int]] = {}
        """The orders by which tasks of a group are placed, by group."""
        self.static_masks: dict[Hashable, Array] = {}
        self.slots = Slots(self.index_bytes)
        self._arrays: tuple[fields.Requests, fields.Orders] | None = None
        store.tasks.change_log.clear()
        store.tasks.forget_spreads()
        store.tasks.referred_names = 0

    def refresh(self) -> None:
        """Apply changes of single rows, or void everything if more than that changed."""
        store = self.store
        tasks = store.tasks
        seen = self.programs.groups_seen
        asks_names = seen >= 0 and seen != tasks.groups.version
        asks_names = asks_names or self.names_version != tasks.names_version
        long = tasks.change_log.room > MAX_LOG
        same = self.topology_version == store.topology_version and self.changed_rows == len(
            store.changed_rows
        )
        if same and not asks_names and not long:
            return
        too_long = tasks.change_log.length > max(MAX_LOG, 8 * len(store.ids))
        changes = store.changed_rows[self.changed_rows :]
        moved = any(not self.attributes.keys().isdisjoint(names) for _, names in changes)
        if self.topology_version != store.topology_version or asks_names or too_long or moved:
            self._forget()
        elif changes:
            self._invalidate(np.unique(np.array([row for row, _ in changes], np.int64)))
            self.changed_rows = len(store.changed_rows)

    def _invalidate(self, rows: Array) -> None:
        """Bring orders up to date after something other than tasks has changed on some rows."""
        self.full_scan.invalidate(rows)
        if not self.enrolled:
            return
        self.programs.renew(rows)
        self._arrays = None  # masks are copied into them
        fresh: set[Hashable] = set()
        for order in range(self.order_count):
            if self.order_table[order, fields.SLOT] < 0:
                continue
            conditions = self.static[self.order_table[order, fields.OWNER]]
            static = self.static_masks[conditions.key]
            if conditions.key not in fresh:
                fresh.add(conditions.key)
                static[rows] = conditions.of_rows(rows)
            arrays = self.store.tasks.arrays
            index.invalidate(arrays, *self.arrays, order, static, rows, False)
        for key in self.static_masks.keys() - fresh:
            del self.static_masks[key]

    def _allow_tasks(self, more: int) -> None:
        """Void everything if further tasks could let a group's count outgrow its bits."""
        tasks = self.store.tasks
        if tasks.positions + more <= self.most_tasks or self.most_tasks >= MAX_COUNT:
            return
        most = min(int(tasks.groups.tasks.max(initial=0)) + more, MAX_COUNT)
        if most > self.most_tasks:
            self.most_tasks = min(2 * most, MAX_COUNT)
            self._forget()

    # Requests

    def _numbers(self, requests: list[PreparedRequest]) -> Array:
        """Return the number of each request, -1 for those that need a full scan.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        self.refresh()
        generation = self.generation
        if all(prepared.generation == generation for prepared in requests):
            return np.array([prepared.number for prepared in requests], np.int64)
        tasks = self.store.tasks
        if len(self.number_of) + len(requests) > MAX_REQUESTS:
            self._forget()
        if tasks.has_unused_names:
            tasks.forget_unused_names()
            self.refresh()
        for prepared in requests:  # patterns on groups match those that have a code
            tasks.groups.code(prepared.group)
        numbers = [self._number(prepared) for prepared in requests]
        self.refresh()
        if any(prepared.generation != self.generation for prepared in requests):
            # Enrolling gave further groups a code, which patterns enrolled before must match.
            numbers = [self._number(prepared) for prepared in requests]
        tasks.referred_names = 2 * len(self.enrolled) + len(self.programs.codes)
        return np.array(numbers, np.int64)

    def _number(self, prepared: PreparedRequest) -> int:
        """Return the number of a request, enrolling it if it is new; -1 if it has no order."""
        if prepared.generation != self.generation:
            prepared.number = self._known(prepared) if prepared.has_order else -1
            prepared.generation = self.generation
        return prepared.number

    def _known(self, prepared: PreparedRequest) -> int:
        """Return the number of an equal request, or enroll this one and return its number."""
        static = StaticConditions(self.store, prepared)
        same = (static.key, prepared.split.dynamic, prepared.criteria.distinct)
        spec = spec_of(self.store, prepared.task)
        key = (*same, spec, prepared.group, prepared.ranking)
        number = self.number_of.get(key)
        if number is None:
            number = self.number_of[key] = self._enroll(prepared, static)
        return number

    def _enroll(self, prepared: PreparedRequest, static: StaticConditions) -> int:
        """Write a request into the arrays; return its number, or -1 if it has no order."""
        tasks = self.store.tasks
        layout = self._layout(prepared.ranking.attributes)
        key = None if layout is None else self._key(prepared)
        if layout is None or key is None:
            return -1
        group = tasks.groups.code(prepared.group)
        spec = tasks.specs.number(spec_of(self.store, prepared.task))
        first_step, steps = self.programs.write(prepared.split.dynamic)
        distinct = prepared.criteria.distinct
        number = len(self.enrolled)
        self.enrolled.append(prepared)
        self.static.append(static)
        if number == len(self.requests):
            self.requests = np.concatenate([self.requests, np.zeros_like(self.requests)])
        row = self.requests[number]
        row[:] = 0
        row[fields.SPEC] = spec
        row[fields.GROUP] = group
        row[fields.ASKS] = bool(tasks.specs.listed[spec].ports) or distinct or steps > 0
        row[fields.DISTINCT] = distinct
        row[fields.FIRST_STEP] = first_step
        row[fields.STEPS] = steps
        row[fields.LINKS] = len(key.links)
        for place, link in enumerate(key.links):
            at = fields.FIRST_LINK + 4 * place
            row[at : at + 4] = link
        row[fields.ORDER] = order = self._order(prepared, number, layout, key)
        self._share_group(group, order)
        self._arrays = None
        return number

    def _order(
        self, prepared: PreparedRequest, number: int, layout: Layout, key: KeyEncoder
    ) -> int:
        """Return the order of a request: that of an earlier one whose rows are ordered alike."""
        tasks = self.store.tasks
        spec = tasks.specs.listed[int(self.requests[number, fields.SPEC])]
        dynamic = prepared.split.dynamic
        distinct = prepared.criteria.distinct
        own = key.count_shift >= 0 or distinct or dynamic != Constant(True)
        group = int(self.requests[number, fields.GROUP])
        keys = tuple([link for link in key.links if link[0] == fields.BY_KEY])
        alike: Hashable = (
            *(self.static[number].key, spec.demand, spec.ports, layout.number, keys),
            *(prepared.ranking.random, dynamic, distinct, group if own else None),
        )
        order = self.order_of.get(alike)
        if order is not None:
            return order
        order = self.order_of[alike] = self.order_count
        self.order_count += 1
        if order == len(self.order_table):
            self.order_table = np.concatenate([self.order_table, np.zeros_like(self.order_table)])
        random = prepared.ranking.random
        row = self.order_table[order]
        row[:] = 0
        row[fields.OWNER] = number
        row[fields.LAYOUT] = layout.number
        row[fields.CELLS] = layout.cells
        row[fields.EXACT] = random
        row[fields.IMPROVES] = not only_worsens(dynamic)
        row[fields.LISTENS] = (
            random
            or row[fields.IMPROVES]
            or any(link[0] == fields.BY_KEY and link[3] >= 0 for link in key.links)  # a resource
        )
        row[fields.RECOUNTS] = random and key.count_shift >= 0
        row[fields.CHANGE] = key.change
        row[fields.COUNT_SHIFT] = key.count_shift
        row[fields.COUNT_MASK] = key.count_mask
        row[fields.SLOT] = NO_ROW
        return order

    def _share_group(self, group: int, order: int) -> None:
        """Let orders that count a group's tasks read in the log what other orders place."""
        orders = self.placing.setdefault(group, set())
        orders.add(order)
        if len(orders) > 1:
            for one in orders:
                if self.order_table[one, fields.COUNT_SHIFT] >= 0:
                    self.order_table[one, fields.LISTENS] = 1
                    self.order_table[one, fields.RECOUNTS] = 1

    def _key(self, prepared: PreparedRequest) -> KeyEncoder | None:
        """Return how a ranking's numbers are packed, None if they do not fit into one key."""
        group = self.store.tasks.groups.code(prepared.group)
        demand = dict(spec_of(self.store, prepared.task).demand)
        spread = partial(self._spread, group)
        return encode_key(self.store, prepared.ranking, demand, spread, self.most_tasks)

    # Attributes: layouts of rows, counts by value

    def _attribute(self, name: str) -> int:
        """Return the number of an attribute, its values by row ready for the kernels."""
        number = self.attributes.get(name)
        if number is None:
            number = self.attributes[name] = len(self.attributes)
            self.store.tasks.spread_counts.add_attribute(number, self._values(name))
        return number

    def _values(self, name: str) -> Array:
        column = self.store.attributes.get(name)
        rows = len(self.store.ids)
        if column is None:
            return np.zeros(rows, np.int32)
        return self.store.matrix.row(column)[:rows].astype(np.int32)

    def _layout(self, attributes: tuple[str, ...]) -> Layout | None:
        """Return the layout by some attributes, or None if it has too many cells."""
        layout = self.layouts.get(attributes)
        if layout is None:
            rows = len(self.store.ids)
            for name in attributes:
                self._attribute(name)
            values = [self._values(name) for name in attributes]
            layout = Layout(len(self.layouts), values, self.store.live[:rows])
            self.layouts[attributes] = layout
            self._arrays = None
        return layout if layout.cells <= MAX_CELLS else None

    def _spread(self, group: int, attribute: str) -> int:
        """Return the number of the counts of a group's tasks by an attribute's value (A33)."""
        number = self.spreads.get((group, attribute))
        if number is None:
            number = self.spreads[group, attribute] = len(self.spreads)
            tasks = self.store.tasks
            values = self._attribute(attribute)
            tasks.spread_counts.add(number, tasks.groups, group, values, tasks.counts(group))
        return number

    # Orders

    def _static_mask(self, conditions: StaticConditions) -> Array:
        """Return the mask of some static conditions, shared by all requests with their key.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        mask = self.static_masks.get(conditions.key)
        if mask is None:
            mask = self.static_masks[conditions.key] = conditions.mask()
        return mask

    def _build(self, order: int) -> None:
        """Build an order, evicting the one built longest ago if there is no room."""
        static = self._static_mask(self.static[self.order_table[order, fields.OWNER]])
        positions = max(layout.blocks for layout in self.layouts.values()) * fields.BLOCK
        cells = max(layout.cells for layout in self.layouts.values())
        slot, before, is_new = self.slots.take(order, positions, cells)
        if is_new:
            self._arrays = None
        if before != NO_ROW:
            self.order_table[before, fields.SLOT] = NO_ROW
        self.order_table[order, fields.SLOT] = slot
        arrays = self.store.tasks.arrays
        index.build(arrays, *self.arrays, order, static)
        if self.order_table[order, fields.EXACT]:
            none = np.zeros(0, np.int64)
            index.invalidate(arrays, *self.arrays, order, static, none, True)

    @property
    def arrays(self) -> tuple[fields.Requests, fields.Orders]:
        """The arrays, as kernels take them; good until a request enrolls or an order is built."""
        if self._arrays is None:
            steps, codes, masks = self.programs.arrays()
            stack = np.zeros(fields.STACK, np.bool_)
            requests = fields.Requests(self.requests, steps, codes, masks, stack)
            self._arrays = (
                requests,
                packed(self.layouts, self.order_table, self.slots, len(self.store.ids)),
            )
        return self._arrays

    # Decisions

    def decide(
        self, requests: list[PreparedRequest], order: Array, reporter: Reporter | None = None
    ) -> tuple[Array, Array]:
        """Decide where the tasks of ``order`` go, one after another, and commit them.

        Args:
            requests: The requests.
            order: int64, the place in ``requests`` of each task's request.
            reporter: Called with each step; with one, every decision is a full scan.

        Returns:
            The row and the id of each task, int64, -1 where nothing fitted.

        Raises:
            RegexTimeout: a pattern gave no answer in time; what was decided before is committed.
        """
        if len(requests) == 1 and reporter is None:
            return self._decide_alike(requests[0], len(order))
        self._allow_tasks(len(order))
        numbers = self._numbers(requests)
        rows = np.empty(len(order), np.int64)
        tasks = np.empty(len(order), np.int64)
        ports = max([prepared.static_ports for prepared in requests], default=0)
        self.store.tasks.reserve_tasks(len(order), ports, groups=len(requests))
        if reporter is not None:
            numbers[:] = -1
        if len(numbers) and int(numbers.min()) < 0:
            self._decide_mixed(requests, numbers, order, rows, tasks, reporter)
        else:
            self._decide_ordered(numbers[order], rows, tasks, False)
        return rows, tasks

    def _decide_alike(self, prepared: PreparedRequest, count: int) -> tuple[Array, Array]:
        """Decide for some tasks of one request: the short way for single calls."""
        self._allow_tasks(count)
        self.refresh()
        number = prepared.number
        if prepared.generation != self.generation:
            number = int(self._numbers([prepared])[0])
        rows = np.empty(count, np.int64)
        tasks = np.empty(count, np.int64)
        self.store.tasks.reserve_tasks(count, prepared.static_ports, groups=1)
        if number < 0:
            order = np.zeros(count, np.int64)
            self._decide_mixed([prepared], np.array([-1]), order, rows, tasks, None)
        else:
            self._decide_ordered(np.full(count, number, np.int64), rows, tasks, True)
        return rows, tasks

    def _decide_ordered(self, order: Array, rows: Array, tasks: Array, alike: bool) -> None:
        decided = 0
        while True:
            arrays = self.store.tasks.arrays
            decided = decide(arrays, *self.arrays, order, decided, rows, tasks, alike)
            if decided == len(order):
                return
            self._build(int(self.requests[order[decided], fields.ORDER]))

    def _decide_mixed(
        self,
        requests: list[PreparedRequest],
        numbers: Array,
        order: Array,
        rows: Array,
        tasks: Array,
        reporter: Reporter | None,
    ) -> None:
        """Decide one by one, some by their orders, some by a full scan."""
        for i, place in enumerate(order.tolist()):
            if numbers[place] >= 0:
                one = slice(i, i + 1)
                self._decide_ordered(numbers[order[one]], rows[one], tasks[one], False)
                continue
            rows[i] = tasks[i] = row = self.full_scan.choose(requests[place], reporter)
            if row >= 0:
                tasks[i] = self._commit(requests[place], row)
                if reporter is not None:
                    reporter(Step("placed", self.store.ids[row] or "", 1, int(tasks[i])))

    def _commit(self, prepared: PreparedRequest, row: int) -> int:
        """Place a task of a request on a row that a full scan has chosen, and return the task."""
        tasks = self.store.tasks
        spec = tasks.specs.number(spec_of(self.store, prepared.task))
        task = tasks.add(row, tasks.groups.code(prepared.group), spec)
        tasks.change_log.note_freed(
            [row]
        )  # no order has decided this: all of them read the row again
        return task
