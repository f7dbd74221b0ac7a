"""The matrix: dense and sparse columns hold the same, and take the room they should."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import placement
from placement import Cluster, Instance
from placement.state.matrix import SHARE, SPARSE, Matrix
from placement.state.sparse import SparseCells

ROWS = 16 * SHARE


def filled(rows: Any) -> Any:
    """Return a matrix with room for ``ROWS`` rows and a column that some rows have."""
    matrix = Matrix()
    matrix.reserve(ROWS)
    column = matrix.column("x")
    for row in rows:
        matrix.put(column, row, f"text {row % 5}")
    return matrix, column


@pytest.mark.parametrize("count", [0, 1, ROWS // SHARE])
def test_a_column_that_few_rows_have_is_sparse(count: Any) -> None:
    rows = list(range(0, ROWS, 7))[:count]
    matrix, column = filled(rows)
    assert (column.width, column.slot) == (SPARSE, SPARSE)
    assert column.cells is not None
    assert sum(codes.size for codes in matrix.codes) == 0
    assert [matrix.get(column, row) for row in rows] == [f"text {row % 5}" for row in rows]
    assert matrix.row(column).nonzero()[0].tolist() == rows


def test_a_column_that_more_rows_have_is_dense() -> None:
    rows = list(range(ROWS // SHARE + 1))
    matrix, column = filled(rows)
    assert column.cells is None
    assert column.width == 0
    assert matrix.row(column).nonzero()[0].tolist() == rows
    assert [matrix.get(column, row) for row in rows] == [f"text {row % 5}" for row in rows]
    assert matrix.present(3) == [column]


def test_a_dense_column_is_as_wide_as_its_texts_need() -> None:
    matrix = Matrix()
    matrix.reserve(ROWS)
    column = matrix.column("x")
    for number in range(300):  # one row after another, so that the column stays sparse
        matrix.put(column, 0, f"text {number}")
    assert column.width == SPARSE
    matrix.put_all(column, 0, [f"text {row % 300}" for row in range(ROWS)])
    assert column.width == 1
    assert [matrix.get(column, row) for row in (0, 299, 300)] == ["text 0", "text 299", "text 0"]


def test_a_dense_column_becomes_sparse_when_the_matrix_outgrows_it() -> None:
    matrix, column = filled(range(ROWS // SHARE + 1))
    other = matrix.column("full")
    matrix.put_all(other, 0, ["y"] * ROWS)
    version = matrix.version
    matrix.reserve(2 * ROWS)  # more than half of what makes a column dense: it stays
    assert column.cells is None
    matrix.reserve(4 * ROWS)
    assert column.cells is not None
    assert other.cells is None
    assert matrix.version > version
    assert [matrix.get(column, row) for row in (0, 16, 17)] == ["text 0", "text 1", None]
    assert [matrix.get(other, row) for row in (0, ROWS - 1, ROWS)] == ["y", "y", None]
    assert matrix.codes[0].shape[0] <= 4


def test_alternating_changes_do_not_move_a_column_to_and_fro() -> None:
    """C8: what a change costs is, on average, what it changes."""
    matrix, column = filled(range(ROWS // SHARE))
    version = matrix.version
    for _ in range(50):
        matrix.put(column, ROWS // SHARE, "text 0")
        matrix.put(column, ROWS // SHARE, None)
    assert matrix.version == version + 1


@pytest.mark.parametrize("count", [3, ROWS])
def test_a_cleared_row_has_nothing_and_other_rows_keep_theirs(count: Any) -> None:
    matrix, column = filled(range(count))
    matrix.clear(1)
    assert matrix.present(1) == []
    assert matrix.present(2) == [column]
    assert [matrix.get(column, row) for row in (0, 1, 2)] == ["text 0", None, "text 2"]
    matrix.put(column, 1, "text 4")
    assert matrix.get(column, 1) == "text 4"


@pytest.mark.parametrize("count", [3, ROWS])
def test_copies_are_independent(count: Any) -> None:
    matrix, column = filled(range(count))
    twin = matrix.copy()
    restored = pickle.loads(pickle.dumps(matrix))
    matrix.put(column, 1, "new")
    matrix.clear(2)
    for copy in (twin, restored):
        same = copy.columns["x"]
        assert [copy.get(same, row) for row in range(3)] == ["text 0", "text 1", "text 2"]
        copy.clear(0)
        assert copy.present(0) == []
    assert matrix.get(column, 0) == "text 0"


@pytest.mark.parametrize("count", [5, ROWS])
def test_sorted_texts_and_copied_rows_read_the_same(count: Any) -> None:
    matrix, column = filled(range(count))
    matrix.put(column, 1, "a first text")
    matrix.sort_texts(ROWS)
    assert column.dictionary.codes["a first text"] == 2
    kept = np.array([row for row in range(ROWS) if row % 3 != 2])
    other = Matrix()
    other.reserve(len(kept))
    other.copy_rows(matrix, kept)
    found = [other.get(other.columns["x"], row) for row in range(len(kept))]
    assert found == [matrix.get(column, row) for row in kept.tolist()]
    assert None in other.columns["x"].dictionary.codes


def test_put_all_sets_absent_cells_too() -> None:
    matrix, column = filled([0, 1, 2])
    matrix.put_all(column, 1, [None, "z", None])
    assert column.cells is not None
    assert [matrix.get(column, row) for row in range(4)] == ["text 0", None, "z", None]
    assert matrix.present(1) == []
    assert matrix.present(2) == [column]


def test_sparse_cells_are_sorted_and_say_what_was_there_before() -> None:
    cells = SparseCells()
    for row in (5, 1, 3, 1):
        cells.put(row, row + 10)
    cells.put(4, 0)
    assert [part.tolist() for part in cells.arrays()] == [[1, 3, 5], [11, 13, 15]]
    assert cells.replace(2, 5, np.array([2, 4]), np.array([22, 24])) == [3]
    assert [cells.get(row) for row in range(6)] == [0, 11, 22, 0, 24, 15]
    cells.put(5, 0)
    assert len(cells) == 3


def test_the_attributes_of_a_row_come_in_the_order_of_their_names_first_seen() -> None:
    cluster = Cluster()
    for row in range(600):
        cluster.register(Instance(id=f"i-{row}", attributes={"a": "x"}))
    for row in (7, 8):
        cluster.put_attributes(f"i-{row}", {"rare": "1", "b": None})
    for row in range(600):
        cluster.put_attributes(f"i-{row}", {"late": "2"})
    cluster.put_attributes("i-7", {"rarer": ""})
    column = cluster.store.attributes
    assert [column[name].cells is None for name in ("a", "rare", "b", "late")] == [
        *(True, False, False, True)
    ]
    expected = {"a": "x", "rare": "1", "b": None, "late": "2", "rarer": None}
    assert list(cluster.describe("i-7").attributes.items()) == list(expected.items())
    assert placement.compile("attribute:rare == 1").select(cluster) == ["i-7", "i-8"]
    assert len(placement.compile("attribute:rare !exists").select(cluster)) == 598
    cluster.deregister("i-8")
    assert placement.compile("attribute:rare == 1 and attribute:b exists").select(cluster) == [
        "i-7"
    ]
    assert "i-8" not in placement.compile("attribute:rare !exists").select(cluster)


SCRIPT = """
import resource, sys
from placement import Cluster, Instance, compile
def most_resident():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
compile("attribute:x == y").mask(Cluster())
before = most_resident()
cluster = Cluster()
for row in range(100_000):
    cluster.register(Instance(id=f"i-{row}", attributes={f"name-{row}": f"value-{row}"}))
assert compile("attribute:name-77777 == value-77777").select(cluster) == ["i-77777"]
assert len(compile("attribute:name-5 !exists").select(cluster)) == 99_999
print((most_resident() - before) // 2**20)
"""


def test_a_hundred_thousand_instances_with_a_name_of_their_own_take_less_than_500_mb() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=600
    )
    assert int(done.stdout) < 500
