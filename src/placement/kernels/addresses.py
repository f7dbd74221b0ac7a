"""Arrays by their address: a kernel takes one list of addresses in the place of many arrays.

In: an address, a length or two, a dtype.  Out: the array.  Whoever writes an address into a list
keeps the array alive and in its place (``state.shared.addresses_of``); all arrays are C-contiguous.
Passing an array to compiled code takes about a tenth of a microsecond, so that the forty arrays of
a decision took longer than the decision.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj

from placement.kernels._jit import compiles, inlined
from placement.kernels.fields import ClusterArrays, Indexes, Requests
from placement.kernels.records import ROW, TASK

__all__ = ["array_at", "cluster_at", "indexes_at", "lines_at", "requests_at"]

Array = npt.NDArray[Any]

_cgutils: Any = cgutils
_arrayobj: Any = arrayobj
"""numba's builders of code, which have no types."""

_ROW, _TASK = ROW.itemsize, TASK.itemsize
_GPUS = ROW.fields["gpus"][1]
_PORTS = ROW.fields["ports"][1]
_NEWEST = ROW.fields["newest"][1]
_RUNNING = ROW.fields["running"][1]
_GROUPED_TASKS = ROW.fields["grouped_tasks"][1]
_PAIR_TABLES = ROW.fields["pair_tables"][1]
_TASK_ID = TASK.fields["id"][1]
_TASK_ROW = TASK.fields["row"][1]
_TASK_GROUP = TASK.fields["group"][1]
_TASK_SPEC = TASK.fields["spec"][1]
_TASK_NEXT = TASK.fields["next"][1]
_TASK_BEFORE = TASK.fields["before"][1]
_TASK_FLAGS = TASK.fields["flags"][1]
_TAKEN_AT = ROW.fields["taken_at"][1]
_TAKEN_NEXT = ROW.fields["taken_next"][1]
_TAKEN_BEFORE = ROW.fields["taken_before"][1]
_FREED_AT = ROW.fields["freed_at"][1]
_FREED_NEXT = ROW.fields["freed_next"][1]
_FREED_BEFORE = ROW.fields["freed_before"][1]
_CHANGED_AT = ROW.fields["changed_at"][1]
_BLOCKED = ROW.fields["blocked"][1]


def _plain_array_at(address: int, shape: Any, dtype: Any) -> Array:
    """Return the array at an address, of one or two dimensions; nothing is copied."""
    lengths = shape if isinstance(shape, tuple) else (shape,)
    items = int(np.prod(lengths[1:], dtype=np.int64))
    return _plain_lines_at(address, lengths, dtype, items * np.dtype(dtype).itemsize)


def _plain_lines_at(address: int, shape: Any, dtype: Any, step: int) -> Array:
    """Return the array at an address whose lines are so many bytes apart; nothing is copied."""
    lengths = shape if isinstance(shape, tuple) else (shape,)
    item = np.dtype(dtype).itemsize
    if not np.prod(lengths, dtype=np.int64):
        return np.zeros(lengths, dtype)
    size = (lengths[0] - 1) * step + int(np.prod(lengths[1:], dtype=np.int64)) * item
    memory = (ctypes.c_char * int(size)).from_address(int(address))
    strides = (step, item)[: len(lengths)]
    return np.ndarray(lengths, dtype, memory, 0, strides)


def _numba_array(array_type: Any, has_step: bool) -> Any:
    """Return what writes the code that makes an array: a structure around the address."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lengths, kinds = [arguments[1]], [signature.args[1]]
        if array_type.ndim > 1:
            lengths, kinds = _cgutils.unpack_tuple(builder, arguments[1]), list(kinds[0])
        lengths = [
            context.cast(builder, length, kind, types.intp)
            for length, kind in zip(lengths, kinds, strict=True)
        ]
        item_type = context.get_data_type(array_type.dtype)
        item = context.get_constant(types.intp, context.get_abi_sizeof(item_type))
        strides = [item]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        if has_step:
            strides[0] = context.cast(builder, arguments[3], signature.args[3], types.intp)
        array = _arrayobj.make_array(array_type)(context, builder)
        data = builder.inttoptr(arguments[0], item_type.as_pointer())
        _arrayobj.populate_array(
            array, data=data, shape=lengths, strides=strides, itemsize=item, meminfo=None
        )
        return array._getvalue()

    return write


def _compiled_array_at(_: Any, address: Any, shape: Any, dtype: Any) -> Any:
    """Tell numba the type of a contiguous array and how to make it."""
    dimensions = 1 if isinstance(shape, types.Integer) else len(shape)
    array_type = types.Array(dtype.dtype, dimensions, "C")
    return array_type(address, shape, dtype), _numba_array(array_type, False)


def _compiled_lines_at(_: Any, address: Any, shape: Any, dtype: Any, step: Any) -> Any:
    """Tell numba the type of an array of lines that are apart and how to make it."""
    dimensions = 1 if isinstance(shape, types.Integer) else len(shape)
    array_type = types.Array(dtype.dtype, dimensions, "A")
    return array_type(address, shape, dtype, step), _numba_array(array_type, True)


array_at: Any = intrinsic(_compiled_array_at) if compiles() else _plain_array_at
lines_at: Any = intrinsic(_compiled_lines_at) if compiles() else _plain_lines_at


@inlined
def cluster_at(lists: Array) -> ClusterArrays:
    """Return the arrays of a cluster from their addresses, in the order of ``ClusterMemory``."""
    row, rows = lists[0, 0], lists[0, 1]
    task, tasks = lists[1, 0], lists[1, 1]
    return ClusterArrays(
        free=lines_at(lists[2, 0], (lists[2, 1], lists[2, 2]), np.int64, lists[2, 3]),
        gpus=lines_at(row + _GPUS, rows, np.uint64, _ROW),
        ports=lines_at(row + _PORTS, rows, np.int32, _ROW),
        newest=lines_at(row + _NEWEST, rows, np.int32, _ROW),
        running=lines_at(row + _RUNNING, rows, np.int32, _ROW),
        grouped_tasks=lines_at(row + _GROUPED_TASKS, rows, np.int32, _ROW),
        pair_tables=lines_at(row + _PAIR_TABLES, (rows, 3), np.int64, _ROW),
        pair_entries=array_at(lists[4, 0], (lists[4, 1], lists[4, 2]), np.int32),
        port_keys=array_at(lists[5, 0], lists[5, 1], np.int64),
        port_holders=array_at(lists[6, 0], lists[6, 1], np.int64),
        task_id=lines_at(task + _TASK_ID, tasks, np.int64, _TASK),
        task_row=lines_at(task + _TASK_ROW, tasks, np.int32, _TASK),
        task_group=lines_at(task + _TASK_GROUP, tasks, np.int32, _TASK),
        task_spec=lines_at(task + _TASK_SPEC, tasks, np.int32, _TASK),
        task_next=lines_at(task + _TASK_NEXT, tasks, np.int32, _TASK),
        task_before=lines_at(task + _TASK_BEFORE, tasks, np.int32, _TASK),
        task_gpus=array_at(lists[3, 0], lists[3, 1], np.uint64),
        task_flags=lines_at(task + _TASK_FLAGS, tasks, np.uint8, _TASK),
        spec_demand=array_at(lists[7, 0], (lists[7, 1], lists[7, 2]), np.int64),
        spec_ports=array_at(lists[8, 0], lists[8, 1], np.int64),
        spec_port_start=array_at(lists[9, 0], lists[9, 1], np.int64),
        group_tasks=array_at(lists[10, 0], lists[10, 1], np.int64),
        spread_first=array_at(lists[11, 0], lists[11, 1], np.int32),
        spread_next=array_at(lists[12, 0], lists[12, 1], np.int32),
        spread_attribute=array_at(lists[13, 0], lists[13, 1], np.int32),
        spread_counts=array_at(lists[14, 0], (lists[14, 1], lists[14, 2]), np.int64),
        attribute_values=array_at(lists[15, 0], (lists[15, 1], lists[15, 2]), np.int32),
        taken_at=lines_at(row + _TAKEN_AT, rows, np.int64, _ROW),
        taken_next=lines_at(row + _TAKEN_NEXT, rows, np.int32, _ROW),
        taken_before=lines_at(row + _TAKEN_BEFORE, rows, np.int32, _ROW),
        freed_at=lines_at(row + _FREED_AT, rows, np.int64, _ROW),
        freed_next=lines_at(row + _FREED_NEXT, rows, np.int32, _ROW),
        freed_before=lines_at(row + _FREED_BEFORE, rows, np.int32, _ROW),
        changed_at=lines_at(row + _CHANGED_AT, rows, np.int64, _ROW),
        blocked=lines_at(row + _BLOCKED, rows, np.bool_, _ROW),
        left_rows=array_at(lists[16, 0], lists[16, 1], np.int32),
        left_before=array_at(lists[17, 0], lists[17, 1], np.int32),
        group_left=array_at(lists[18, 0], lists[18, 1], np.int64),
        meta=array_at(lists[19, 0], lists[19, 1], np.int64),
    )


@inlined
def requests_at(lists: Array) -> Requests:
    """Return the arrays of requests from their addresses, in the order of ``Requests``."""
    return Requests(
        table=array_at(lists[0, 0], (lists[0, 1], lists[0, 2]), np.int64),
        steps=array_at(lists[1, 0], (lists[1, 1], lists[1, 2]), np.int64),
        codes=array_at(lists[2, 0], lists[2, 1], np.int64),
        masks=array_at(lists[3, 0], lists[3, 1], np.int64),
        stack=array_at(lists[4, 0], lists[4, 1], np.bool_),
    )


@inlined
def indexes_at(lists: Array) -> Indexes:
    """Return the arrays of indexes from their addresses, in the order of ``Indexes``."""
    return Indexes(
        table=array_at(lists[0, 0], (lists[0, 1], lists[0, 2]), np.int64),
        layouts=array_at(lists[1, 0], (lists[1, 1], lists[1, 2]), np.int64),
        ties=array_at(lists[2, 0], lists[2, 1], np.bool_),
    )
