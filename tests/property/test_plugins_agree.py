"""C22: plugins asked only where what they read has changed decide as those asked about all rows.

A history is played on two clusters with the same plugins.  On one they name the columns that they
read, or ``instance``; on the other they read ``anything``.  Every answer must be equal, and one
that names columns must be asked about exactly the rows of which one of them differs from when it
was asked last.
"""

from __future__ import annotations

import pickle
import zlib
from typing import Any

import attrs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement import BinPack, Cluster, Instance, Random, Spread, Task

COLUMNS = (
    *("remaining.cpu", "remaining.disk", "running_tasks", "tasks:g", "tasks:h", "status"),
    *("connected", "agent_version", "registered_at", "attribute:rack", "attribute:zone"),
)
MUCH = 2**30
"""Bytes that are enough for all answers of a history."""


# --- Plugins ------------------------------------------------------------------------------------


class Plugin:
    """A filter and a ranker whose answers are a function of some columns; checks what it is asked.

    Attributes:
        cluster: The cluster that asks.
        columns: What the answers follow from.
        reads: What it says that it reads.
        is_kept: Whether there is room for all answers, so that none is asked for again.
        scales_in: Whether it is asked by ``choose_to_stop``: about the rows of tasks.
        seen: By request and row what the columns were when it was asked last.
    """

    def __init__(
        self, cluster: Cluster, columns: tuple[str, ...], reads: Any, *, is_kept: bool
    ) -> None:
        self.cluster = cluster
        self.columns = columns
        self.reads = reads
        self.is_kept = is_kept
        self.scales_in = False
        self.name = self.reason = "+".join(columns) or "nothing"
        self.seen: dict[tuple[str, Any], dict[int, Any]] = {}

    def keep(self, mask: Any, rows: Any) -> None:
        for place, values in enumerate(self.asked("filter", rows)):
            mask[place] = number(values) % 4 > 0

    def key(self, out: Any, rows: Any) -> None:
        out[:] = [number(values) % 3 for values in self.asked("ranker", rows)]

    def asked(self, role: str, rows: Any, request: Any = None) -> list[Any]:
        """Return the entries of the columns on some rows; check that it is these rows."""
        now = entries(self.cluster, self.columns)
        assert rows.dtype == np.int64
        if self.scales_in:
            assert set(rows.tolist()) <= now.keys()
            assert (np.diff(rows) > 0).all()
        elif self.reads == self.columns and self.is_kept:
            seen = self.seen.setdefault((role, request), {})
            assert rows.tolist() == [row for row in now if now[row] != seen.get(row)]
            seen.update(now)
        elif self.reads == "anything":
            assert rows.tolist() == list(now)
        return [now[row] for row in rows.tolist()]


class Wants(Plugin):
    """Its numbers depend on the request too."""

    wants_request = True

    def key(self, out: Any, rows: Any, request: Any = None) -> None:
        shift = 0 if request is None else number((request.task.cpu, request.group))
        found = self.asked("ranker", rows, request)
        out[:] = [(number(values) + shift) % 3 for values in found]


class Normalizes(Wants):
    """The same, and what is left of a number is how far it is from the mean."""

    def normalize(self, out: Any, rows: Any) -> None:
        assert (np.diff(rows) > 0).all()
        assert len(rows) > 1
        out[:] = np.floor(np.abs(out - out.mean()))


def number(values: Any) -> int:
    return zlib.crc32(repr(values).encode())


def entries(cluster: Cluster, columns: tuple[str, ...]) -> dict[int, Any]:
    """Return the entries of some columns by row, of registered instances."""
    rows = [row for row, id in enumerate(cluster.ids) if id is not None]
    read = [texts(cluster.column(name)) for name in columns]
    return {row: tuple([column[row] for column in read]) for row in rows}


def texts(column: Any) -> list[Any]:
    if isinstance(column, placement.TextColumn):
        return [None if code < 0 else column.values[code] for code in column.codes.tolist()]
    return [str(entry) for entry in column]


# --- Both sides ---------------------------------------------------------------------------------


@attrs.frozen
class Asked:
    """A plugin of a request: its kind, the columns, whether it names them on the first side."""

    kind: type[Plugin]
    columns: tuple[str, ...]
    names: bool

    def plugin(self, cluster: Cluster, reads_anything: bool) -> Plugin:
        reads = "anything" if reads_anything else self.columns if self.names else "instance"
        is_kept = cluster.index_bytes == MUCH
        return self.kind(cluster, self.columns, reads, is_kept=is_kept)


@attrs.frozen
class Plan:
    """What is asked for in a history: a filter or none, and a chain."""

    task: Task
    group: str
    filters: list[Asked]
    chain: list[Any]


class Side:
    """One cluster, its plugins and requests."""

    def __init__(self, plans: list[Plan], index_bytes: int, reads_anything: bool) -> None:
        self.cluster = Cluster(index_bytes=index_bytes)
        self.plugins: list[Plugin] = []
        self.asked: list[placement.Request] = []
        self.tasks: list[int] = []
        for plan in plans:

            def made(one: Any) -> Any:
                if not isinstance(one, Asked):
                    return one
                self.plugins.append(one.plugin(self.cluster, reads_anything))
                return self.plugins[-1]

            constraints, chain = tuple(map(made, plan.filters)), tuple(map(made, plan.chain))
            self.asked.append(placement.Request(plan.task, plan.group, constraints, chain))

    def play(self, name: str, *arguments: Any) -> Any:
        """Make a call; return its answer, or the class of the error by which it was refused."""
        try:
            return getattr(self, name)(*arguments)
        except placement.PlacementError as error:
            return type(error).__name__

    def begin_again(self) -> None:
        """Answers that are kept end here: every row is asked about again."""
        for plugin in self.plugins:
            plugin.seen.clear()

    def request(self, number: int) -> placement.Request:
        return self.asked[number % len(self.asked)]

    # Steps

    def register(self, number: int, rack: int) -> int:
        attributes = {"rack": f"r{rack}"} if rack else {}
        what = Instance(id=f"i{number}", cpu=900, resources={"disk": 5}, attributes=attributes)
        return self.cluster.register(what)

    def deregister(self, number: int) -> None:
        self.cluster.deregister(f"i{number}", force=True)

    def put(self, number: int, name: str, value: str | None) -> None:
        self.cluster.put_attributes(f"i{number}", {name: value})

    def delete(self, number: int, name: str) -> None:
        self.cluster.delete_attributes(f"i{number}", [name])

    def status(self, number: int, status: str) -> None:
        self.cluster.set_status(f"i{number}", status)

    def agent(self, number: int, connected: bool, version: str) -> None:
        self.cluster.set_agent(f"i{number}", connected=connected, version=version)

    def place(self, which: int, count: int) -> list[int]:
        one = self.request(which)
        placed = self.cluster.place(
            one.task, count, group=one.group, constraints=one.constraints, strategy=one.strategy
        )
        self.tasks += placed.task_ids.tolist()
        return list(placed.rows)

    def stream(self, order: list[int]) -> list[int]:
        placed = self.cluster.place_many(self.asked, [one % len(self.asked) for one in order])
        self.tasks += [task for task in placed.task_ids.tolist() if task >= 0]
        return list(placed.rows)

    def undo(self, which: int) -> list[int]:
        """Place and take back: what was kept inside must not be what decides later."""
        one = self.request(which)
        placed = self.cluster.place(
            one.task, 2, group=one.group, constraints=one.constraints, strategy=one.strategy
        )
        rows = list(placed.rows)
        placed.undo()
        return rows

    def stop(self, newest: int) -> None:
        self.cluster.stop([self.tasks[-1 - newest % len(self.tasks)]] if self.tasks else [])

    def scale_in(self, which: int, count: int) -> list[int]:
        one = self.request(which)
        for plugin in self.plugins:
            plugin.scales_in = True
        try:
            strategy = one.strategy or Random()
            return self.cluster.choose_to_stop(one.group or "", count, strategy, seed=3)
        finally:
            for plugin in self.plugins:
                plugin.scales_in = False

    def compact(self) -> list[int]:
        moved = self.cluster.compact()
        self.begin_again()
        return list(moved)

    def copy(self) -> None:
        self.cluster = pickle.loads(pickle.dumps(self.cluster))
        for plugin in self.plugins:
            plugin.cluster = self.cluster
        self.begin_again()

    def trial(self, steps: list[tuple[Any, ...]]) -> list[Any]:
        tasks = list(self.tasks)
        with self.cluster.trial():
            found = [self.play(*step) for step in steps]
        self.tasks = tasks
        self.begin_again()
        return found


# --- Histories ----------------------------------------------------------------------------------

NUMBERS = st.integers(0, 7)
NAMES = st.sampled_from(["rack", "zone", "other"])
VALUES = st.sampled_from([None, "r1", "r2", "new"])


def asked() -> st.SearchStrategy[Asked]:
    return st.builds(
        Asked,
        st.sampled_from([Plugin, Wants, Normalizes]),
        st.lists(st.sampled_from(COLUMNS), max_size=2, unique=True).map(tuple),
        st.sampled_from([True, True, False]),
    )


def plans() -> st.SearchStrategy[Plan]:
    built_in: list[Any] = [Spread("attribute:rack"), Spread("host"), BinPack("cpu"), Random()]
    return st.builds(
        Plan,
        st.builds(Task, cpu=st.sampled_from([0, 10, 200]), resources=st.sampled_from([{}, DISK])),
        st.sampled_from(["g", "h"]),
        st.lists(asked(), max_size=1),
        st.lists(asked() | st.sampled_from(built_in), max_size=3),
    )


DISK = {"disk": 1}

PLAIN = [
    st.tuples(st.just("register"), NUMBERS, st.integers(0, 3)),
    st.tuples(st.just("deregister"), NUMBERS),
    st.tuples(st.just("put"), NUMBERS, NAMES, VALUES),
    st.tuples(st.just("delete"), NUMBERS, NAMES),
    st.tuples(st.just("status"), NUMBERS, st.sampled_from(["ACTIVE", "ACTIVE", "DRAINING"])),
    st.tuples(st.just("agent"), NUMBERS, st.sampled_from([True, True, False]), VALUES.map(str)),
    st.tuples(st.just("stop"), NUMBERS),
    st.tuples(st.just("compact")),
]
DECIDING = [
    st.tuples(st.just("place"), NUMBERS, st.integers(1, 3)),
    st.tuples(st.just("stream"), st.lists(NUMBERS, max_size=6)),
    st.tuples(st.just("undo"), NUMBERS),
    st.tuples(st.just("scale_in"), NUMBERS, st.integers(1, 3)),
]


def steps() -> st.SearchStrategy[tuple[Any, ...]]:
    return st.one_of(*DECIDING, *PLAIN, *DECIDING, st.tuples(st.just("copy")))


def trials() -> st.SearchStrategy[tuple[Any, ...]]:
    inside = st.lists(st.one_of(*DECIDING, *PLAIN), min_size=1, max_size=5)
    return st.tuples(st.just("trial"), inside)


@given(
    st.lists(plans(), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), min_size=1, max_size=5),
    st.lists(st.one_of(steps(), steps(), steps(), trials()), max_size=30),
    st.sampled_from([MUCH, MUCH, 5000, 0]),
)
def test_c22_plugins_asked_where_something_changed_decide_as_those_always_asked(
    plans: list[Plan], racks: list[int], steps: list[tuple[Any, ...]], index_bytes: int
) -> None:
    sides = [Side(plans, index_bytes, False), Side(plans, MUCH, True)]
    for number, rack in enumerate(racks):
        for side in sides:
            side.register(number, rack)
    for step in steps:
        found, expected = [side.play(*step) for side in sides]
        assert found == expected, step
    found, expected = [side.cluster.to_ecs() for side in sides]
    assert found == expected
