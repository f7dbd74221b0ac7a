"""The orders of prepared requests: built at first use, kept up to date by the kernels.

In: prepared requests and a cluster's store.  Out: the arrays that ``kernels.placing`` works on.
Everything here is derived.  Tasks reach the orders by logs; an instance whose attributes, status or
agent changed is looked at again in every order; registrations and removals void all orders.  The
memory of orders is bounded: beyond it the one that was built longest ago goes.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.chain import ByAttribute, ByCount, ByResource
from placement.engine.checks import fixed_checks, mask_of, spec_of
from placement.engine.extensions import Step
from placement.engine.layout import GONE, Layout, packed
from placement.engine.programs import Programs, only_worsens, renewed
from placement.engine.scan import Scans
from placement.engine.slots import Slots
from placement.kernels import fitting, ordering
from placement.kernels.placing import decide
from placement.lang.program import lower
from placement.lang.typed import Constant
from placement.query.bind import bind

if TYPE_CHECKING:
    from placement.engine.extensions import Reporter
    from placement.engine.prepared import Prepared
    from placement.state.store import Store

__all__ = ["OrderBook"]

MAX_REQUESTS = 16_384
"""Requests that are kept; beyond it all are forgotten and come again as they are asked."""

MAX_CELLS = 4096
"""Cells an order may have."""

KEY_BITS = 61
MIN_COUNT_BITS = 24
"""Bits of a key, and those that a group's count on a row has at least."""

MAX_LOG = 2**22
"""Entries of the log beyond which it is begun anew."""

Array = npt.NDArray[Any]


class _Key:
    """How the numbers of a chain are packed into one.

    Attributes:
        links: Four numbers for each link, as ``kernels.ordering`` has them.
        change: How a key changes when a task is placed.
        count_shift: Where the group's count is, -1 for nowhere.
        count_mask: Its mask.
    """

    def __init__(self) -> None:
        self.links: list[tuple[int, int, int, int]] = []
        self.change = 0
        self.count_shift = -1
        self.count_mask = 0


class OrderBook:
    """All requests of a cluster and their orders."""

    def __init__(self, store: Store, index_bytes: int) -> None:
        self.store = store
        self.index_bytes = index_bytes
        """Bytes that the keys of all orders may take; one order is kept in any case."""
        self.generation = 0
        self._forget()

    # What is kept, and for how long

    def _forget(self) -> None:
        """Throw everything away; requests enroll again when they are used."""
        store = self.store
        self.generation += 1
        self.shape = store.shape
        self.touched = len(store.touched)
        self.programs = Programs(store)
        self.scans = Scans(store)
        self.layouts: dict[tuple[str, ...], Layout] = {}
        self.attributes: dict[str, int] = {}
        self.spreads: dict[tuple[int, str], int] = {}
        self.enrolled: list[Prepared] = []
        """The requests, by number."""
        self.requests = np.zeros((16, fitting.REQUEST_FIELDS), np.int64)
        self.number_of: dict[Hashable, int] = {}
        """The number of a request that asks the same."""
        self.order_of: dict[Hashable, int] = {}
        """The order of what decides about it."""
        self.order_count = 0
        self.order_table = np.zeros((16, ordering.ORDER_FIELDS), np.int64)
        self.placing: dict[int, set[int]] = {}
        """The orders by which tasks of a group are placed, by group."""
        self.fixed_masks: dict[Hashable, Array] = {}
        self.slots = Slots(self.index_bytes)
        self._arrays: tuple[fitting.Requests, ordering.Orders] | None = None
        store.tasks.forget_logs()
        store.tasks.forget_spreads()

    def refresh(self) -> None:
        """Take up what has changed, or throw everything away where that is more than some rows."""
        store = self.store
        tasks = store.tasks
        seen = self.programs.groups_seen
        asks_names = seen >= 0 and seen != len(tasks.names)
        long = max(len(tasks.log), len(tasks.freed)) > MAX_LOG
        same = self.shape == store.shape and self.touched == len(store.touched)
        if same and not asks_names and not long:
            return
        too_long = tasks.logged > MAX_LOG and tasks.logged > 8 * len(store.ids)
        changes = store.touched[self.touched :]
        moved = any(not self.attributes.keys().isdisjoint(names) for _, names in changes)
        if self.shape != store.shape or asks_names or too_long or moved:
            self._forget()
        elif changes:
            self._look_again(np.unique(np.array([row for row, _ in changes], np.int64)))
            self.touched = len(store.touched)

    def _look_again(self, rows: Array) -> None:
        """Bring orders up to date after something other than tasks has changed on some rows."""
        self.scans.look_again(rows)
        if not self.enrolled:
            return
        self.programs.renew(rows)
        self._arrays = None  # masks are copied into them
        fresh: set[Hashable] = set()
        for order in range(self.order_count):
            if self.order_table[order, ordering.SLOT] < 0:
                continue
            prepared = self.enrolled[self.order_table[order, ordering.OWNER]]
            key = _fixed_key(prepared)
            fixed = self.fixed_masks[key]
            if key not in fresh:
                fresh.add(key)
                fixed[rows] = self._fixed_now(prepared, rows)
            holding = self.store.tasks.holding
            ordering.look_again(holding, *self.arrays, order, fixed, rows, False)
        for key in self.fixed_masks.keys() - fresh:
            del self.fixed_masks[key]

    def _fixed_now(self, prepared: Prepared, rows: Array) -> Array:
        mask: Array = self.store.live[rows].copy()
        for check in fixed_checks(self.store, prepared.request):
            check.keep(mask, rows)
        return mask & renewed(self.store, prepared.parted.fixed, rows)

    # Requests

    def _numbers(self, requests: list[Prepared]) -> Array:
        """Return the number of each request, -1 for those that are scanned for.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        self.refresh()
        generation = self.generation
        if all(prepared.generation == generation for prepared in requests):
            return np.array([prepared.number for prepared in requests], np.int64)
        for prepared in requests:  # patterns on groups must know those that will be placed
            self.store.tasks.group(prepared.group)
        if len(self.number_of) + len(requests) > MAX_REQUESTS:
            self._forget()
        numbers = [self._number(prepared) for prepared in requests]
        self.refresh()
        if any(prepared.generation != self.generation for prepared in requests):
            # Enrolling named further groups, that patterns enrolled before must know.
            numbers = [self._number(prepared) for prepared in requests]
        return np.array(numbers, np.int64)

    def _number(self, prepared: Prepared) -> int:
        """Return the number of a request, enrolling it if it is new; -1 if it has no order."""
        if prepared.generation != self.generation:
            prepared.number = self._known(prepared) if prepared.has_order else -1
            prepared.generation = self.generation
        return prepared.number

    def _known(self, prepared: Prepared) -> int:
        """Return the number of a request that asks the same, or that which it gets now."""
        parted, distinct = prepared.parted, prepared.request.distinct
        same = (_fixed_key(prepared), parted.changeable, distinct)
        spec = spec_of(self.store, prepared.task)
        key = (*same, spec, prepared.group, prepared.chain)
        number = self.number_of.get(key)
        if number is None:
            number = self.number_of[key] = self._enroll(prepared)
        return number

    def _enroll(self, prepared: Prepared) -> int:
        """Write a request into the arrays; return its number, or -1 if it has no order."""
        tasks = self.store.tasks
        layout = self._layout(prepared.chain.attributes)
        key = None if layout is None else self._key(prepared)
        if layout is None or key is None:
            return -1
        group = tasks.group(prepared.group)
        spec = tasks.spec(spec_of(self.store, prepared.task))
        first_step, steps = self.programs.write(prepared.parted.changeable)
        distinct = prepared.request.distinct
        number = len(self.enrolled)
        self.enrolled.append(prepared)
        if number == len(self.requests):
            self.requests = np.concatenate([self.requests, np.zeros_like(self.requests)])
        row = self.requests[number]
        row[:] = 0
        row[fitting.SPEC] = spec
        row[fitting.GROUP] = group
        row[fitting.ASKS] = bool(tasks.spec_list[spec].ports) or distinct or steps > 0
        row[fitting.DISTINCT] = distinct
        row[fitting.FIRST_STEP] = first_step
        row[fitting.STEPS] = steps
        row[fitting.LINKS] = len(key.links)
        for place, link in enumerate(key.links):
            at = fitting.FIRST_LINK + 4 * place
            row[at : at + 4] = link
        row[fitting.ORDER] = order = self._order(prepared, number, layout, key)
        self._share_group(group, order)
        self._arrays = None
        return number

    def _order(self, prepared: Prepared, number: int, layout: Layout, key: _Key) -> int:
        """Return the order of a request: that of an earlier one whose rows are ordered alike."""
        tasks = self.store.tasks
        spec = tasks.spec_list[int(self.requests[number, fitting.SPEC])]
        changeable = prepared.parted.changeable
        distinct = prepared.request.distinct
        own = key.count_shift >= 0 or distinct or changeable != Constant(True)
        group = int(self.requests[number, fitting.GROUP])
        keys = tuple([link for link in key.links if link[0] == ordering.BY_KEY])
        alike: Hashable = (
            *(_fixed_key(prepared), spec.demand, spec.ports, layout.number, keys),
            *(prepared.chain.random, changeable, distinct, group if own else None),
        )
        order = self.order_of.get(alike)
        if order is not None:
            return order
        order = self.order_of[alike] = self.order_count
        self.order_count += 1
        if order == len(self.order_table):
            self.order_table = np.concatenate([self.order_table, np.zeros_like(self.order_table)])
        random = prepared.chain.random
        row = self.order_table[order]
        row[:] = 0
        row[ordering.OWNER] = number
        row[ordering.LAYOUT] = layout.number
        row[ordering.CELLS] = layout.cells
        row[ordering.EXACT] = random
        row[ordering.IMPROVES] = not only_worsens(changeable)
        row[ordering.LISTENS] = (
            random
            or row[ordering.IMPROVES]
            or any(isinstance(link, ByResource) for link in prepared.chain.links)
        )
        row[ordering.RECOUNTS] = random and key.count_shift >= 0
        row[ordering.CHANGE] = key.change
        row[ordering.COUNT_SHIFT] = key.count_shift
        row[ordering.COUNT_MASK] = key.count_mask
        row[ordering.SLOT] = GONE
        return order

    def _share_group(self, group: int, order: int) -> None:
        """Let orders that count a group's tasks hear of those that others place."""
        orders = self.placing.setdefault(group, set())
        orders.add(order)
        if len(orders) > 1:
            for one in orders:
                if self.order_table[one, ordering.COUNT_SHIFT] >= 0:
                    self.order_table[one, ordering.LISTENS] = 1
                    self.order_table[one, ordering.RECOUNTS] = 1

    def _key(self, prepared: Prepared) -> _Key | None:
        """Return how a chain's numbers are packed, None if they do not fit into one key."""
        tasks = self.store.tasks
        spec = dict(spec_of(self.store, prepared.task).demand)
        chain = prepared.chain.links
        widths = {
            link: tasks.bits(tasks.resource(link.resource))
            for link in chain
            if isinstance(link, ByResource)
        }
        count_bits = KEY_BITS - sum(widths.values())
        if count_bits < MIN_COUNT_BITS:
            return None
        key = _Key()
        shift = 0
        value = sum(isinstance(link, ByAttribute) for link in chain)
        for link in reversed(chain):
            match link:
                case ByAttribute(attribute):
                    value -= 1
                    count = self._spread(tasks.group(prepared.group), attribute)
                    key.links.append((ordering.BY_ATTRIBUTE, count, value, 0))
                case ByCount():
                    key.count_shift, key.count_mask = shift, 2**count_bits - 1
                    key.links.append((ordering.BY_KEY, shift, key.count_mask, -1))
                    key.change += 1 << shift
                    shift += count_bits
                case ByResource(name):
                    resource = tasks.resource(name)
                    mask = 2 ** widths[link] - 1
                    key.links.append((ordering.BY_KEY, shift, mask, resource))
                    amount = spec.get(resource, 0)
                    if amount < 2 ** widths[link]:  # nobody has more: it is placed nowhere
                        key.change -= amount << shift
                    shift += widths[link]
        key.links.reverse()
        return key

    # Attributes: layouts of rows, counts by value

    def _attribute(self, name: str) -> int:
        """Return the number of an attribute, its values by row ready for the kernels."""
        number = self.attributes.get(name)
        if number is None:
            number = self.attributes[name] = len(self.attributes)
            self.store.tasks.add_attribute(number, self._values(name))
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
            self.store.tasks.add_spread(number, group, self._attribute(attribute))
        return number

    # Orders

    def _fixed_mask(self, prepared: Prepared) -> Array:
        """Return the mask of what tasks cannot change: instance and expressions.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        key = _fixed_key(prepared)
        mask = self.fixed_masks.get(key)
        if mask is None:
            mask = mask_of(self.store, fixed_checks(self.store, prepared.request))
            if prepared.parted.fixed != Constant(True):
                mask &= bind(self.store, lower(prepared.parted.fixed)).mask()
            self.fixed_masks[key] = mask
        return mask

    def _build(self, order: int) -> None:
        """Build an order, in the place of the oldest if there is no room."""
        fixed = self._fixed_mask(self.enrolled[self.order_table[order, ordering.OWNER]])
        positions = max(layout.blocks for layout in self.layouts.values()) * ordering.BLOCK
        cells = max(layout.cells for layout in self.layouts.values())
        slot, before, is_new = self.slots.take(order, positions, cells)
        if is_new:
            self._arrays = None
        if before != GONE:
            self.order_table[before, ordering.SLOT] = GONE
        self.order_table[order, ordering.SLOT] = slot
        holding = self.store.tasks.holding
        ordering.build(holding, *self.arrays, order, fixed)
        if self.order_table[order, ordering.EXACT]:
            none = np.zeros(0, np.int64)
            ordering.look_again(holding, *self.arrays, order, fixed, none, True)

    @property
    def arrays(self) -> tuple[fitting.Requests, ordering.Orders]:
        """The arrays, as kernels take them; good until a request enrolls or an order is built."""
        if self._arrays is None:
            steps, codes, masks = self.programs.arrays()
            stack = np.zeros(fitting.STACK, np.bool_)
            requests = fitting.Requests(self.requests, steps, codes, masks, stack)
            self._arrays = (
                requests,
                packed(self.layouts, self.order_table, self.slots, len(self.store.ids)),
            )
        return self._arrays

    # Decisions

    def decide(
        self, requests: list[Prepared], order: Array, reporter: Reporter | None = None
    ) -> tuple[Array, Array]:
        """Decide where the tasks of ``order`` go, one after another, and commit them.

        Args:
            requests: The requests.
            order: int64, the place in ``requests`` of each task's request.
            reporter: Hears of each step; all are scanned for then.

        Returns:
            The row and the number of each task, int64, -1 where nothing fitted.

        Raises:
            RegexTimeout: a pattern gave no answer in time; what was decided before is committed.
        """
        if len(requests) == 1 and reporter is None:
            return self._decide_alike(requests[0], len(order))
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

    def _decide_alike(self, prepared: Prepared, count: int) -> tuple[Array, Array]:
        """Decide for some tasks of one request: the short way for single calls."""
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
            holding = self.store.tasks.holding
            decided = decide(holding, *self.arrays, order, decided, rows, tasks, alike)
            if decided == len(order):
                return
            self._build(int(self.requests[order[decided], fitting.ORDER]))

    def _decide_mixed(
        self,
        requests: list[Prepared],
        numbers: Array,
        order: Array,
        rows: Array,
        tasks: Array,
        reporter: Reporter | None,
    ) -> None:
        """Decide one by one, some by their orders, some by a scan."""
        for i, place in enumerate(order.tolist()):
            if numbers[place] >= 0:
                one = slice(i, i + 1)
                self._decide_ordered(numbers[order[one]], rows[one], tasks[one], False)
                continue
            rows[i] = tasks[i] = row = self.scans.choose(requests[place], reporter)
            if row >= 0:
                tasks[i] = self._commit(requests[place], row)
                if reporter is not None:
                    reporter(Step("placed", self.store.ids[row] or "", 1, int(tasks[i])))

    def _commit(self, prepared: Prepared, row: int) -> int:
        """Put a request's task on a row, whatever its order says, and return the task."""
        tasks = self.store.tasks
        spec = tasks.spec(spec_of(self.store, prepared.task))
        task = tasks.add(row, tasks.group(prepared.group), spec)
        tasks.note_freed([row])  # orders of the same group must hear of it
        return task


def _fixed_key(prepared: Prepared) -> Hashable:
    """Return what the fixed conditions of a request follow from."""
    task = prepared.task
    return (
        *(prepared.parted.fixed, frozenset(task.attributes.items()), task.zones, task.vpc),
        *(task.operating_system, task.architecture, task.network_interface, task.launch_type),
    )
