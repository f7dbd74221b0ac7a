"""The orders of prepared requests: built at first use, kept up to date by the kernels.

In: prepared requests and a cluster's store.  Out: the arrays that ``kernels.placing`` works on.
Everything here is derived: when anything but tasks has changed, all is thrown away and built anew
when it is asked.  The memory of orders is bounded by ``LIMIT``: beyond it the one that was built
longest ago goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from placement.engine.chain import ByAttribute, ByCount, ByResource
from placement.engine.checks import mask_of, ready_checks, spec_of, static_ports
from placement.engine.conditions import is_changeable
from placement.engine.scan import choose
from placement.kernels import placing as kernel
from placement.lang.program import lower
from placement.lang.typed import (
    AllOf,
    AnyOf,
    Constant,
    GroupTest,
    NumberTest,
    Tree,
    Values,
)
from placement.query.bind import bind
from placement.state.dictionary import EMPTY

if TYPE_CHECKING:
    from placement.engine.prepared import Prepared
    from placement.state.store import Store

__all__ = ["OrderBook"]

LIMIT = 512 * 2**20
"""Bytes that the orders of one cluster may take."""

MAX_REQUESTS = 16_384
"""Requests that are kept; beyond it all are forgotten and come again as they are asked."""

MAX_CELLS = 4096
"""Cells an order may have."""

KEY_BITS = 61
MIN_COUNT_BITS = 24
"""Bits of a key, and those that a group's count on a row has at least."""

MAX_LOG = 2**22
"""Entries of the log beyond which it is begun anew."""

GONE = -1

Array = npt.NDArray[Any]


class _Layout:
    """Rows by cell: where each row stands, and what each cell has in common."""

    def __init__(self, number: int, values: list[Array], live: Array) -> None:
        self.number = number
        rows = np.flatnonzero(live)
        if values:
            table = np.stack([column[rows] for column in values], axis=1)
            self.values, cell_of = np.unique(table, axis=0, return_inverse=True)
            cell_of = cell_of.reshape(-1)
        else:
            self.values, cell_of = (
                np.zeros((1, 0), np.int32),
                np.zeros(len(rows), np.int64),
            )
        self.cells = len(self.values)
        sizes = np.bincount(cell_of, minlength=self.cells)
        blocks = -(-sizes // kernel.BLOCK)
        self.first_block = np.concatenate([[0], np.cumsum(blocks)]).astype(np.int32)
        order = np.argsort(cell_of, kind="stable")
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        within = np.arange(len(rows)) - np.repeat(starts, sizes)
        positions = np.repeat(self.first_block[:-1] * kernel.BLOCK, sizes) + within
        self.blocks = int(self.first_block[-1])
        self.row_at = np.full(self.blocks * kernel.BLOCK, GONE, np.int32)
        self.row_at[positions] = rows[order]
        self.position_of = np.full(len(live), GONE, np.int32)
        self.position_of[rows[order]] = positions
        self.cell_at = np.repeat(np.arange(self.cells, dtype=np.int32), blocks)


class OrderBook:
    """All requests of a cluster and their orders."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.generation = 0
        self._forget()

    # What is kept, and for how long

    def _forget(self) -> None:
        """Throw everything away; requests enroll again when they are used."""
        tasks = self.store.tasks
        self.generation += 1
        self.changes = self.store.changes
        self.groups_seen = -1
        self.count = 0
        self.requests = np.zeros((16, kernel.REQUEST_FIELDS), np.int64)
        self.steps: list[tuple[int, int, int]] = []
        self.codes: list[int] = []
        self.masks: list[Array] = []
        self.layouts: dict[tuple[str, ...], _Layout] = {}
        self.attributes: dict[str, int] = {}
        self.spreads: dict[tuple[int, str], int] = {}
        self.of_group: dict[int, list[int]] = {}
        self.enrolled: list[Prepared] = []
        self.keys = np.zeros((0, 0), np.int64)
        self.bounds = np.zeros((0, 0), np.int64)
        self.best = np.zeros((0, 0), np.int64)
        self.owners: list[int] = []
        """The request of each order."""
        self.next_slot = 0
        self._orders: kernel.Orders | None = None
        tasks.forget_logs()
        tasks.forget_spreads()

    def refresh(self) -> None:
        """Throw everything away if it does not describe the cluster any more."""
        tasks = self.store.tasks
        asks_names = self.groups_seen >= 0 and self.groups_seen != len(tasks.names)
        too_long = tasks.logged > MAX_LOG and tasks.logged > 8 * len(self.store.ids)
        if self.changes != self.store.changes or asks_names or too_long:
            self._forget()

    def number(self, prepared: Prepared) -> int:
        """Return the number of a request, enrolling it if it is new; -1 if it has no order.

        Raises:
            RegexTimeout: one of its patterns gave no answer in time.
        """
        if prepared.generation != self.generation:
            if self.count >= MAX_REQUESTS:
                self._forget()
            number = self._enroll(prepared)
            prepared.generation, prepared.number = self.generation, number
        return prepared.number

    # Requests

    def _enroll(self, prepared: Prepared) -> int:
        """Write a request into the arrays; return its number, or -1 if it has no order."""
        tasks = self.store.tasks
        chain = prepared.chain
        layout = self._layout(chain.attributes) if chain.plain else None
        packed = None if layout is None else self._links(prepared)
        if layout is None or packed is None:
            return -1
        links, change, count_shift, count_mask = packed
        first_step = len(self.steps)
        changeable = prepared.parted.changeable
        if changeable != Constant(True):
            self._write_steps(changeable)
        group = tasks.group(prepared.group)
        listens = chain.random or not _only_worsens(changeable)
        listens |= any(isinstance(link, ByResource) for link in chain.links)
        number = self.count
        self.count += 1
        if number == len(self.requests):
            self.requests = np.concatenate([self.requests, np.zeros_like(self.requests)])
        row = self.requests[number]
        row[:] = 0
        row[kernel.SPEC] = tasks.spec(spec_of(self.store, prepared.task))
        row[kernel.GROUP] = group
        row[kernel.DISTINCT] = prepared.request.distinct
        row[kernel.FIRST_STEP] = first_step
        row[kernel.STEPS] = len(self.steps) - first_step
        row[kernel.LINKS] = len(links)
        row[kernel.LAYOUT] = layout.number
        row[kernel.CELLS] = layout.cells
        row[kernel.LISTENS] = listens
        row[kernel.CHANGE] = change
        row[kernel.COUNT_SHIFT] = count_shift
        row[kernel.COUNT_MASK] = count_mask
        row[kernel.RANDOM] = chain.random
        row[kernel.SLOT] = -1
        for place, link in enumerate(links):
            at = kernel.FIRST_LINK + 4 * place
            row[at : at + 4] = link
        self._share_group(group, number)
        self.enrolled.append(prepared)
        self._orders = None
        return number

    def _share_group(self, group: int, number: int) -> None:
        """Requests of one group hear of each other's tasks."""
        others = self.of_group.setdefault(group, [])
        others.append(number)
        if len(others) > 1:
            for other in others:
                self.requests[other, kernel.LISTENS] = 1
                self.requests[other, kernel.RECOUNTS] = 1

    def _links(
        self, prepared: Prepared
    ) -> tuple[list[tuple[int, int, int, int]], int, int, int] | None:
        """Return a chain's links, the change of a key by a placement, the count's shift and mask.

        None if the numbers of the chain do not fit into one key.
        """
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
        shift = 0
        count_shift, count_mask, change = -1, 0, 0
        links: list[tuple[int, int, int, int]] = []
        value = sum(isinstance(link, ByAttribute) for link in chain)
        for link in reversed(chain):
            match link:
                case ByAttribute(attribute):
                    value -= 1
                    count = self._spread(tasks.group(prepared.group), attribute)
                    links.append((kernel.BY_ATTRIBUTE, count, value, 0))
                case ByCount():
                    count_shift, count_mask = shift, 2**count_bits - 1
                    links.append((kernel.BY_KEY, shift, count_mask, -1))
                    change += 1 << shift
                    shift += count_bits
                case ByResource(name):
                    resource = tasks.resource(name)
                    links.append((kernel.BY_KEY, shift, 2 ** widths[link] - 1, resource))
                    change -= spec.get(resource, 0) << shift
                    shift += widths[link]
        return links[::-1], change, count_shift, count_mask

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

    def _layout(self, attributes: tuple[str, ...]) -> _Layout | None:
        """Return the layout by some attributes, or None if it has too many cells."""
        layout = self.layouts.get(attributes)
        if layout is None:
            rows = len(self.store.ids)
            values = [self._values(name) for name in attributes]
            layout = _Layout(len(self.layouts), values, self.store.live[:rows])
            self.layouts[attributes] = layout
            self._orders = None
        return layout if layout.cells <= MAX_CELLS else None

    def _spread(self, group: int, attribute: str) -> int:
        """Return the number of the counts of a group's tasks by an attribute's value (A33)."""
        number = self.spreads.get((group, attribute))
        if number is None:
            number = self.spreads[group, attribute] = len(self.spreads)
            self.store.tasks.add_spread(number, group, self._attribute(attribute))
        return number

    # Changeable conditions

    def _write_steps(self, tree: Tree) -> None:
        """Write the program of a tree, answers on a stack."""
        match tree:
            case AllOf(children) | AnyOf(children) if is_changeable(tree):
                self._write_steps(children[0])
                for child in children[1:]:
                    self._write_steps(child)
                    join = kernel.IS_AND if isinstance(tree, AllOf) else kernel.IS_OR
                    self.steps.append((join, 0, 0))
            case GroupTest():
                self._write_group_step(tree)
            case NumberTest(column="runningTasksCount"):
                for place, (low, high) in enumerate(tree.intervals):
                    self.steps.append((kernel.IS_COUNT, low, high))
                    if place:
                        self.steps.append((kernel.IS_OR, 0, 0))
            case _:
                self.steps.append((kernel.IS_MASK, len(self.masks), 0))
                self.masks.append(bind(self.store, lower(tree)).mask())

    def _write_group_step(self, test: GroupTest) -> None:
        tasks = self.store.tasks
        kind = kernel.IS_ANY
        if isinstance(test.predicate, Values):
            codes = [tasks.group(value) for value in sorted(test.predicate.values)]
            kind = kernel.IS_OTHER if test.predicate.excluded else kernel.IS_ANY
        else:
            names = tasks.names.texts
            codes = [
                code
                for code in range(EMPTY, len(names))
                if test.predicate.accepts(names[code] or "")
            ]
            self.groups_seen = (
                min(self.groups_seen, len(names)) if self.groups_seen >= 0 else len(names)
            )
        self.steps.append((kind, len(self.codes), len(codes)))
        self.codes.extend(codes)
        if test.excluded:
            self.steps.append((kernel.IS_NOT, 0, 0))

    # Orders

    def fixed_mask(self, prepared: Prepared) -> Array:
        """Return the mask of what tasks cannot change: instance and expressions.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
        """
        checks = [
            check
            for check in ready_checks(self.store, prepared.request)
            if check.fixed and check.reason != "MEMBER_OF"
        ]
        mask = mask_of(self.store, checks)
        if prepared.parted.fixed != Constant(True):
            mask &= bind(self.store, lower(prepared.parted.fixed)).mask()
        return mask

    def build(self, number: int) -> None:
        """Build the order of a request, in the place of the oldest if there is no room."""
        fixed = self.fixed_mask(self.enrolled[number])
        slot = self._slot()
        if self.owners[slot] != GONE:
            self.requests[self.owners[slot], kernel.SLOT] = GONE
        self.owners[slot] = number
        self.requests[number, kernel.SLOT] = slot
        kernel.build(self.store.tasks.holding, self.orders, number, fixed)

    # Decisions

    def decide(self, requests: list[Prepared], order: Array) -> tuple[Array, Array]:
        """Decide where the tasks of ``order`` go, one after another, and commit them.

        Args:
            requests: The requests.
            order: int64, the place in ``requests`` of each task's request.

        Returns:
            The row and the number of each task, int64, -1 where nothing fitted.

        Raises:
            RegexTimeout: a pattern gave no answer in time; what was decided before is committed.
        """
        numbers = self._numbers(requests)
        rows = np.full(len(order), GONE, np.int64)
        numbers_of_tasks = np.full(len(order), GONE, np.int64)
        ports = max([len(static_ports(r.task)) for r in requests], default=0)
        self.store.tasks.reserve_tasks(len(order), ports)
        if (numbers < 0).any():
            self._decide_mixed(requests, numbers, order, rows, numbers_of_tasks)
        else:
            alike = len(requests) == 1
            self._decide_ordered(numbers[order], rows, numbers_of_tasks, alike)
        return rows, numbers_of_tasks

    def _numbers(self, requests: list[Prepared]) -> Array:
        """Return the number of each request, -1 for those that are scanned for."""
        for prepared in requests:  # patterns on groups must know those that will be placed
            self.store.tasks.group(prepared.group)
        numbers = [self.number(prepared) for prepared in requests]
        self.refresh()
        if any(prepared.generation != self.generation for prepared in requests):
            # Enrolling made room, or named new groups that patterns enrolled before must know.
            numbers = [self.number(prepared) for prepared in requests]
        return np.array(numbers, np.int64)

    def _decide_ordered(self, order: Array, rows: Array, tasks: Array, alike: bool) -> None:
        decided = 0
        while True:
            holding = self.store.tasks.holding
            decided = kernel.decide(holding, self.orders, order, decided, rows, tasks, alike)
            if decided == len(order):
                return
            self.build(int(order[decided]))

    def _decide_mixed(
        self,
        requests: list[Prepared],
        numbers: Array,
        order: Array,
        rows: Array,
        tasks: Array,
    ) -> None:
        """Decide one by one, some by their orders, some by a scan."""
        for i, place in enumerate(order.tolist()):
            if numbers[place] >= 0:
                one = slice(i, i + 1)
                self._decide_ordered(numbers[order[one]], rows[one], tasks[one], False)
                continue
            row = choose(self.store, requests[place])
            if row >= 0:
                rows[i] = row
                tasks[i] = self.commit(requests[place], row)

    def commit(self, prepared: Prepared, row: int) -> int:
        """Put a request's task on a row, whatever its order says, and return the task."""
        tasks = self.store.tasks
        spec = tasks.spec(spec_of(self.store, prepared.task))
        task = tasks.add(row, tasks.group(prepared.group), spec)
        tasks.note_freed([row])  # orders of the same group must hear of it
        return task

    def _slot(self) -> int:
        """Return the place for a further order."""
        positions = max(layout.blocks for layout in self.layouts.values()) * kernel.BLOCK
        cells = max(layout.cells for layout in self.layouts.values())
        slots, old_positions = self.keys.shape
        if positions > old_positions or cells > self.best.shape[1]:
            self._make_slots(slots, positions, cells)
        if self.next_slot < slots:
            self.next_slot += 1
            return self.next_slot - 1
        most = max(1, LIMIT // (9 * positions + 8 * cells))
        if slots < most:
            self._make_slots(min(max(2 * slots, 8), most), positions, cells)
            return self._slot()
        self.next_slot = 1
        return 0

    def _make_slots(self, slots: int, positions: int, cells: int) -> None:
        for name, length in (
            ("keys", positions),
            ("bounds", positions // kernel.BLOCK),
            ("best", cells),
        ):
            old = getattr(self, name)
            new = np.zeros((slots, max(length, old.shape[1])), np.int64)
            new[: old.shape[0], : old.shape[1]] = old
            setattr(self, name, new)
        self.owners += [GONE] * (slots - len(self.owners))
        self._orders = None

    @property
    def orders(self) -> kernel.Orders:
        """The arrays, as kernels take them; good until a request enrolls or an order is built."""
        if self._orders is None:
            layouts = list(self.layouts.values())
            cells = max([layout.cells for layout in layouts], default=0)
            blocks = max([layout.blocks for layout in layouts], default=0)
            rows = len(self.store.ids)
            shape = len(layouts)
            row_at = np.full((shape, blocks * kernel.BLOCK), GONE, np.int32)
            position_of = np.full((shape, rows), GONE, np.int32)
            first_block = np.zeros((shape, cells + 1), np.int32)
            cell_at = np.zeros((shape, blocks), np.int32)
            cell_values = np.zeros((shape, cells, kernel.CHAIN), np.int32)
            for layout in layouts:
                at = layout.number
                row_at[at, : len(layout.row_at)] = layout.row_at
                position_of[at] = layout.position_of
                first_block[at, : layout.cells + 1] = layout.first_block
                cell_at[at, : layout.blocks] = layout.cell_at
                cell_values[at, : layout.cells, : layout.values.shape[1]] = layout.values
            self._orders = kernel.Orders(
                requests=self.requests,
                steps=np.array(self.steps or [(0, 0, 0)], np.int64),
                codes=np.array(self.codes, np.int64),
                masks=np.array(self.masks, np.bool_).reshape(len(self.masks), rows),
                row_at=row_at,
                position_of=position_of,
                first_block=first_block,
                cell_at=cell_at,
                cell_values=cell_values,
                keys=self.keys,
                bounds=self.bounds,
                best=self.best,
                stack=np.zeros(kernel.STACK, np.bool_),
                ties=np.zeros(cells, np.bool_),
            )
        return self._orders


def _only_worsens(tree: Tree) -> bool:
    """Return whether further tasks can only make a condition false, never true."""
    match tree:
        case Constant():
            return True
        case GroupTest(_, Values(_, False), True):
            return True
        case AllOf(children):
            return all(map(_only_worsens, children))
    return not is_changeable(tree)
