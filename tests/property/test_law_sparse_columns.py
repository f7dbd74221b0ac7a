"""Laws of sparse columns: however many rows have a column, every answer is that of dense ones."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

import placement
from placement.state import matrix
from placement.testing import Change, expression_texts, histories, replay
from store_dump import cells

FEW = 4
"""Columns of a small cluster are sparse up to a quarter of its room."""


@contextmanager
def share(number: int) -> Iterator[None]:
    """Let columns be dense that more than one row in so many has."""
    with patch.object(matrix, "SHARE", number):
        yield


def same(cluster: placement.Cluster) -> placement.Cluster:
    return cluster


WAYS: dict[str, Callable[[placement.Cluster], placement.Cluster]] = {
    "as it is": same,
    "copied": copy.copy,
    "pickled": lambda cluster: pickle.loads(pickle.dumps(cluster)),
    "written and read": lambda cluster: placement.Cluster.from_ecs(cluster.to_ecs()),
}


def compacted(cluster: placement.Cluster) -> placement.Cluster:
    cluster.compact()
    return cluster


WAYS["compacted"] = compacted


def play(history: list[Change], number: int, between: Any) -> placement.Cluster:
    """Return a cluster after a history, asked about something after each change."""
    cluster = placement.Cluster()
    tasks: list[int | None] = []
    with share(number):
        for change in history:
            replay([change], cluster, tasks)
            between(cluster)
    return cluster


@settings(max_examples=150)
@given(
    histories(max_changes=25),
    st.lists(expression_texts(), min_size=1, max_size=3),
    st.sampled_from([*WAYS]),
)
def test_sparse_and_dense_columns_give_the_same_answers(
    history: list[Change], texts: list[str], way: str
) -> None:
    queries = [placement.compile(text) for text in texts]
    told: dict[int, list[Any]] = {FEW: [], 2**40: []}
    ends = []
    for number, found in told.items():

        def ask(cluster: placement.Cluster, found: list[Any] = found) -> None:
            found.append([query.mask(cluster).tolist() for query in queries])

        cluster = play(history, number, ask)
        with share(number):
            other = WAYS[way](cluster)
            ask(other)
        ends.append((cells(other), other.to_ecs(), [other.describe(id) for id in other.ids if id]))
    assert told[FEW] == told[2**40]
    assert ends[0] == ends[1]


def test_both_kinds_of_columns_occur() -> None:
    cluster = placement.Cluster()
    with share(FEW):
        for row in range(8):
            own = {} if row else {"own": "x"}
            cluster.register(placement.Instance(id=str(row), attributes={"all": "y", **own}))
    kinds = {name: column.cells is None for name, column in cluster.store.attributes.items()}
    assert (kinds["all"], kinds["own"]) == (True, False)
