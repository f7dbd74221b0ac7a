"""Arrays by their address: the same arrays, in the order of their contract."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numba import njit

from placement import BinPack, Cluster, Instance, MemberOf, Spread, Task
from placement.kernels import _jit, bundles, fields
from placement.kernels.addresses import cluster_at, indexes_at, requests_at
from placement.kernels.bundles import array_at
from placement.kernels.tiers import is_disabled, jit_no_refcount
from placement.state.shared import addresses_of


def opened(bundle_at: Any, kind: Any, lists: Any) -> Any:
    """Return the arrays of a bundle as a kernel has them."""
    names = {"bundle_at": bundle_at if is_disabled() else _jit.compiled_part(bundle_at)}
    members = ", ".join(f"bundle.{name}" for name in kind._fields)
    exec(f"def read(lists):\n    bundle = bundle_at(lists)\n    return {members}\n", names)
    return kind(*njit(names["read"])(lists))


@jit_no_refcount
def _add_one(lists: Any) -> None:
    one = array_at(lists[0, 0], lists[0, 1], np.int32)
    two = array_at(lists[1, 0], (lists[1, 1], lists[1, 2]), np.int64)
    truths = array_at(lists[2, 0], lists[2, 1], np.bool_)
    bits = array_at(lists[3, 0], lists[3, 1], np.uint64)
    flags = array_at(lists[4, 0], lists[4, 1], np.uint8)
    for i in range(one.shape[0]):
        one[i] += i
    for i in range(two.shape[0]):
        for j in range(two.shape[1]):
            two[i, j] += 10 * i + j
    for i in range(truths.shape[0]):
        truths[i] = not truths[i]
        bits[i] = ~bits[i]
        flags[i] += 1


def test_kernels_read_and_write_the_arrays_at_their_addresses() -> None:
    arrays: list[Any] = [
        np.full(5, -(2**31), np.int32),
        np.full((3, 4), 2**60, np.int64),
        np.array([True, False, True]),
        np.array([0, 1, 2**64 - 1], np.uint64),
        np.array([0, 254, 7], np.uint8),
    ]
    expected: list[Any] = [
        arrays[0] + np.arange(5, dtype=np.int32),
        arrays[1] + 10 * np.arange(3)[:, None] + np.arange(4),
        ~arrays[2],
        ~arrays[3],
        arrays[4] + np.uint8(1),
    ]
    _add_one.compiled()(addresses_of(arrays))
    for array, right in zip(arrays, expected, strict=True):
        assert np.array_equal(array, right)


@pytest.mark.parametrize("shape", [7, (7,), (3, 5), (1, 2)])
@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.bool_, np.uint64, np.uint8])
def test_the_array_is_that_at_its_address(shape: Any, dtype: Any) -> None:
    """In plain Python; kernels that are compiled are held to it by the other tests."""
    array = (np.arange(np.prod(shape)) % 2).astype(dtype).reshape(shape)
    found = bundles._plain_array_at(array.ctypes.data, shape, dtype)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert np.array_equal(found, array)
    found[...] = 1
    assert array.all()


@pytest.mark.parametrize("shape", [0, (0, 3), (4, 0)])
def test_an_array_of_no_length_needs_no_memory(shape: Any) -> None:
    found = bundles._plain_array_at(0, shape, np.int64)
    assert found.shape == (shape if isinstance(shape, tuple) else (shape,))


def test_lists_have_addresses_and_lengths() -> None:
    arrays: list[Any] = [
        np.zeros(4, np.int32),
        np.zeros((2, 6), np.int64),
        np.zeros((0, 3), np.int64),
    ]
    lists = addresses_of(arrays)
    assert (str(lists.dtype), lists.shape) == ("int64", (3, fields.ADDRESS_FIELDS))
    assert lists[:, 1:].tolist() == [[4, 0], [2, 6], [0, 3]]
    assert lists[:, 0].tolist() == [array.ctypes.data for array in arrays]


# The three collections


def filled() -> Cluster:
    """Return a cluster none of whose arrays is without length."""
    found = Cluster()
    for number in range(3):
        found.register(
            Instance(id=f"i{number}", cpu=100, memory=100, attributes={"z": "ab"[number % 2]})
        )
    found.set_reservation("i0", cpu=1)
    task = Task(cpu=1, tcp_ports=(80,))
    near = MemberOf("not(task:group in [x, y]) or attribute:z == a")
    placed = found.place(
        task, 2, group="g", constraints=[near], strategy=[Spread("attribute:z"), BinPack("cpu")]
    )
    found.place(task, group="h", strategy=[Spread("instanceId")])
    found.stop(placed.task_ids)
    return found


def check(found: Any, expected: Any) -> None:
    """Hold a collection of arrays to another: same names, dtypes, shapes and memory."""
    assert found._fields == expected._fields
    for name in expected._fields:
        one, other = getattr(found, name), getattr(expected, name)
        assert other.size, f"{name} shows nothing"
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        assert one.ctypes.data == other.ctypes.data, name
        assert other.flags.c_contiguous, name


def test_the_arrays_of_a_cluster_are_those_of_the_contract_in_its_order() -> None:
    """A field that is added, or moved, in one of three places only is found."""
    tasks = filled().store.tasks
    lists = tasks.addresses
    assert lists.shape == (len(fields.ClusterArrays._fields), fields.ADDRESS_FIELDS)
    check(opened(cluster_at, fields.ClusterArrays, lists), tasks._arrays)


def test_the_arrays_of_requests_and_indexes_are_those_of_the_contract_in_its_order() -> None:
    index = filled()._placement_index()
    requests, indexes = index.lists
    assert len(requests) == len(fields.Requests._fields)
    assert len(indexes) == len(fields.Indexes._fields)
    check(opened(requests_at, fields.Requests, requests), index._enrolment._kept)
    check(opened(indexes_at, fields.Indexes, indexes), index._table._kept)


@pytest.mark.parametrize("kind", [fields.ClusterArrays, fields.Requests, fields.Indexes])
def test_dtypes_and_dimensions_are_those_that_the_contract_names(kind: Any) -> None:
    """``free: int64 ``[N, R]``, ...``: how many dimensions, 1 where no shape is written."""
    found = filled()
    index = found._placement_index()
    assert index.lists
    arrays: Any = {
        fields.ClusterArrays: found.store.tasks._arrays,
        fields.Requests: index._enrolment._kept,
        fields.Indexes: index._table._kept,
    }[kind]
    for name, array in arrays._asdict().items():
        said = re.search(rf"\n +{name}: (\w+)(?: ``\[([^\]]*)\]``)?", kind.__doc__ or "")
        assert said, name
        dimensions = 1 + (said[2] or "").count(",")
        assert (said[1], dimensions) == (str(array.dtype), array.ndim), name


def test_all_of_it_holds_as_plain_python() -> None:
    if "NUMBA_DISABLE_JIT" in os.environ:  # this is that run
        return
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
