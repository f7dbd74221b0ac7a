"""``Cluster.from_frame``: instances from tables of pandas, polars, Arrow and others (C11)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement import Cluster, DocumentError, Instance, Task, UsageError
from placement.documents.frames import KNOWN, columns_of, table_of

LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "pandas": pd.DataFrame,
    "polars": lambda columns: pl.DataFrame(columns, strict=False),
    "pyarrow": pa.table,
}

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)

ROWS = {
    "id": ["a", "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/b", "c"],
    "cpu": [2048, None, 4096],
    "memory": [7985, 100, None],
    "gpus": [None, 4, 0],
    "status": ["DRAINING", None, "ACTIVE"],
    "agent_connected": [None, False, True],
    "agent_version": ["1.99.1", None, "1.100.0"],
    "registered_at": [None, WHEN, WHEN],
    "running_tasks": [3, None, 0],
    "ecs.instance-type": ["m5.large", "c5.large", None],
    "ecs.os-type": ["linux", "windows", None],
    "stack": ["prod", None, "dev"],
}

EXPECTED = [
    Instance(
        id="a",
        cpu=2048,
        memory=7985,
        status="DRAINING",
        agent_version="1.99.1",
        running_tasks=3,
        attributes={"ecs.instance-type": "m5.large", "ecs.os-type": "linux", "stack": "prod"},
    ),
    Instance(
        id="arn:aws:ecs:us-east-1:123456789012:container-instance/prod/b",
        memory=100,
        gpus=4,
        agent_connected=False,
        registered_at=WHEN,
        attributes={"ecs.instance-type": "c5.large", "ecs.os-type": "windows"},
    ),
    Instance(
        id="c",
        cpu=4096,
        agent_version="1.100.0",
        registered_at=WHEN,
        attributes={"stack": "dev"},
    ),
]


def one_by_one(instances: Any) -> Any:
    """Return the cluster of instances that register one after another."""
    cluster = Cluster()
    for instance in instances:
        cluster.register(instance)
    return cluster


def told(cluster: Any) -> Any:
    """Return everything that a cluster tells of its rows."""
    rows = [None if id is None else cluster.describe(id) for id in cluster.ids]
    tasks = cluster.store.tasks
    rows.append(tasks.resources.registered[: cluster.rows].tolist())
    rows.append(tasks.resources.free[: cluster.rows].tolist())
    return rows


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_table_is_the_same_as_its_instances(library: Any) -> None:
    """C11: the nine columns mean what they say, all others are attributes; null is absent (C9)."""
    cluster = Cluster.from_frame(LIBRARIES[library](ROWS))
    assert told(cluster) == told(one_by_one(EXPECTED))
    assert cluster.row("arn:aws:ecs:us-east-1:123456789012:container-instance/prod/b") == 1


def test_frames_of_other_kinds_are_read() -> None:
    """Lazy frames, Arrow's stream, the interchange protocol, DuckDB by way of Arrow."""
    table = pa.table({"id": ["a", "b"], "cpu": [1, None], "x": ["p", None]})

    class Streamed:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return table.__arrow_c_stream__(requested_schema)

    class Exchanged:
        def __dataframe__(self, nan_as_null: Any = False, allow_copy: Any = True) -> Any:
            return table.__dataframe__(nan_as_null, allow_copy)

    frames = [
        table,
        pl.DataFrame(table).lazy(),
        pd.DataFrame({"id": ["a", "b"], "cpu": [1, None], "x": ["p", None]}).convert_dtypes(),
        Streamed(),
        Exchanged(),
    ]
    expected = told(Cluster.from_frame(table))
    assert [told(Cluster.from_frame(frame)) for frame in frames] == [expected] * len(frames)


TEXT = st.sampled_from(["", "prod", "dev", "x y", "ü", "5"])
CELLS = {
    "cpu": st.integers(0, 10**6),
    "memory": st.integers(0, 10**6),
    "gpus": st.integers(0, 64),
    "status": st.sampled_from(placement.STATUSES),
    "agent_connected": st.booleans(),
    "agent_version": st.sampled_from(["1.2.3", "1.100.0"]),
    "registered_at": st.datetimes(
        datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)
    ),
    "running_tasks": st.integers(0, 1000),
    "ecs.instance-type": st.sampled_from(["m5.large", "c5.large", "t2.micro", "nobody.knows"]),
    "ecs.awsvpc-trunk-id": st.just("eni-1"),
    "ecs.os-type": st.sampled_from(["linux", "windows"]),
    "stack": TEXT,
}


@st.composite
def tables(draw: Any) -> Any:
    """Return columns of equal length, some of them left out."""
    count = draw(st.integers(1, 12))
    names = draw(st.sets(st.sampled_from(sorted(CELLS))))
    return {"id": [f"i-{place}" for place in range(count)]} | {
        name: draw(st.lists(st.none() | CELLS[name], min_size=count, max_size=count))
        for name in sorted(names)
    }


@given(tables(), st.sampled_from(sorted(LIBRARIES)))
def test_any_table_is_the_same_as_its_instances(columns: Any, library: Any) -> None:
    """C11, C9, C12, B13: register by register, or column by column."""
    instances = []
    for row in range(len(columns["id"])):
        values = {name: cells[row] for name, cells in columns.items() if cells[row] is not None}
        own = {name: value for name, value in values.items() if name in KNOWN}
        other = {name: value for name, value in values.items() if name not in KNOWN}
        instances.append(Instance(attributes=other, **own))
    types = {"registered_at": pa.timestamp("us", "UTC")}
    arrow = pa.table({name: pa.array(cells, types.get(name)) for name, cells in columns.items()})
    frame = {"pyarrow": arrow, "polars": pl.from_arrow(arrow), "pandas": pd.DataFrame(columns)}
    cluster, twin = Cluster.from_frame(frame[library]), one_by_one(instances)
    assert told(cluster) == told(twin)
    # and it goes on as any other: ports, GPUs and interfaces are where they should be
    for task in (Task(tcp_ports=(80,)), Task(gpus=1), Task(network_interface=True)):
        placed = [one.place(task, 5, seed=1).rows.tolist() for one in (cluster, twin)]
        assert placed[0] == placed[1]
    assert told(cluster) == told(twin)
    query = placement.compile("attribute:stack =~ .*d.* or not(attribute:ecs.os-type == linux)")
    assert query.mask(cluster).tolist() == query.mask(twin).tolist()


def test_numbers_and_truth_values_become_text() -> None:
    columns: dict[str, list[Any]] = {
        "id": ["a", "b"],
        "n": [5, None],
        "f": [0.5, 1e300],
        "t": [True, None],
    }
    for make in LIBRARIES.values():
        frame = make({name: cells[:1] for name, cells in columns.items()})
        found = Cluster.from_frame(frame).describe("a").attributes
        assert dict(found) == {"n": "5", "f": "0.5", "t": "true"}
    nulls = pd.DataFrame({"id": ["a", "b"], "n": [5, None]})
    assert dict(Cluster.from_frame(nulls).describe("a").attributes) == {"n": "5"}
    assert dict(Cluster.from_frame(nulls).describe("b").attributes) == {}


def test_a_text_without_characters_is_an_attribute_without_value() -> None:
    cluster = Cluster.from_frame(pl.DataFrame({"id": ["a", "b"], "x": ["", None]}))
    assert placement.compile("attribute:x exists").select(cluster) == ["a"]


def test_categories_are_their_texts() -> None:
    frame = pd.DataFrame({"id": ["a", "b"], "x": pd.Categorical(["p", None])})
    assert dict(Cluster.from_frame(frame).describe("a").attributes) == {"x": "p"}


def test_an_empty_table_is_an_empty_cluster() -> None:
    assert len(Cluster.from_frame(pl.DataFrame({"id": []}, schema={"id": pl.String}))) == 0


def test_options_are_those_of_the_cluster() -> None:
    frame = pl.DataFrame({"id": ["a"]})
    assert Cluster.from_frame(frame, ties="random").ties == "random"
    with pytest.raises(UsageError, match="ties is"):
        Cluster.from_frame(frame, ties="none")


def test_instances_come_and_go_afterwards() -> None:
    cluster = Cluster.from_frame(pl.DataFrame({"id": ["a", "b"], "x": ["p", "q"]}))
    cluster.deregister("a")
    assert cluster.register(Instance(id="a", attributes={"x": "r"})) == 2
    assert cluster.compact().tolist() == [-1, 0, 1]
    assert placement.compile("attribute:x in [q, r]").select(cluster) == ["b", "a"]


def test_an_id_may_stand_again_behind_one_that_is_gone() -> None:
    """C9: registered and not INACTIVE."""
    frame = pl.DataFrame({"id": ["a", "a"], "status": ["INACTIVE", "ACTIVE"]})
    cluster = Cluster.from_frame(frame)
    assert list(cluster.ids) == [None, "a"]
    assert cluster.row("a") == 1
    with pytest.raises(DocumentError, match="a is listed twice, first in row 0") as error:
        Cluster.from_frame(pl.DataFrame({"id": ["a", "x/a"]}))
    assert error.value.path == "id[1]"


@pytest.mark.parametrize(
    ("columns", "path"),
    [
        ({"cpu": [1, "2048"]}, "cpu[1]"),
        ({"cpu": [1, 1.5]}, "cpu[1]"),
        ({"cpu": [1, -1]}, "cpu[1]"),
        ({"cpu": [True, 1]}, "cpu[0]"),
        ({"memory": [1, 2**60]}, "memory[1]"),
        ({"gpus": [1, 65]}, "gpus[1]"),
        ({"status": ["ACTIVE", "active"]}, "status[1]"),
        ({"agent_connected": [True, 1]}, "agent_connected[1]"),
        ({"agent_version": ["1.2", 3]}, "agent_version[1]"),
        ({"registered_at": ["2024-01-01T00:00:00Z", "soon"]}, "registered_at[1]"),
        ({"running_tasks": [1, 2**40]}, "running_tasks[1]"),
        ({"stack": ["prod", "a\nb"]}, "stack[1]"),
        ({"stack": ["prod", b"prod"]}, "stack[1]"),
        ({"stack": ["prod", ["prod"]]}, "stack[1]"),
        ({"price": [0.5, float("inf")]}, "price[1]"),
        ({"id": ["a", None]}, "id[1]"),
        ({"id": ["a", 5]}, "id[1]"),
        ({"id": ["a", ""]}, "id[1]"),
        ({"id": ["a", "b/"]}, "id[1]"),
    ],
    ids=str,
)
def test_a_wrong_value_is_refused_with_its_column_and_row(
    columns: dict[str, Any], path: str
) -> None:
    """C11; the row counts from 0, as in the frame."""
    given_columns = {"id": ["a", "b"], **columns}
    frame = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in given_columns.items()})
    with pytest.raises(DocumentError) as error:
        Cluster.from_frame(frame)
    assert error.value.path == path


def test_nan_is_no_null_where_the_library_says_so() -> None:
    with pytest.raises(DocumentError, match=r"nan @ cpu\[0\]"):
        Cluster.from_frame(pl.DataFrame({"id": ["a"], "cpu": [float("nan")]}))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pl.DataFrame({"name": ["a"]}), "the column id is missing"),
        (pd.DataFrame([["a", "b"]], columns=["id", "id"]), "two columns have the same name"),
        (pd.DataFrame([["a", "b"]], columns=["id", 5]), "the name of a column is text"),
        (pd.DataFrame([["a", "b"]], columns=["id", ""]), "not empty"),
    ],
    ids=["no id", "id twice", "a number", "no name"],
)
def test_wrong_columns_are_refused(frame: Any, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as error:
        Cluster.from_frame(frame)
    assert error.value.path == "columns"


@pytest.mark.parametrize(
    "wrong",
    [None, 5, "id", [1], {"id": ["a"]}, pd.Series([1]), pl.Series([1]), pd.DataFrame, object()],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_frame_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError, match="expected a data frame"):
        Cluster.from_frame(wrong)


def test_without_narwhals_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "narwhals", None)
    with pytest.raises(UsageError, match=r"pip install \"\.\[frames\]\" in a checkout"):
        columns_of(pl.DataFrame({"id": ["a"]}))


def test_equal_values_of_other_types_are_read_each_for_itself() -> None:
    """1, 1.0 and True are equal keys, and not the same text."""
    found = table_of({"id": ["a", "b", "c"], "x": [True, 1, "1"], "y": [1, False, None]})
    assert found.attributes == {"x": ["true", "1", "1"], "y": ["1", "false", None]}
