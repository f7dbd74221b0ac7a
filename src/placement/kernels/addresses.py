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

__all__ = ["array_at", "cluster_at", "indexes_at", "requests_at"]

Array = npt.NDArray[Any]

_cgutils: Any = cgutils
_arrayobj: Any = arrayobj
"""numba's builders of code, which have no types."""


def _plain_array_at(address: int, shape: Any, dtype: Any) -> Array:
    """Return the array at an address, of one or two dimensions; nothing is copied."""
    lengths = shape if isinstance(shape, tuple) else (shape,)
    count = int(np.prod(lengths, dtype=np.int64))
    if not count:
        return np.zeros(lengths, dtype)
    memory = (ctypes.c_char * (count * np.dtype(dtype).itemsize)).from_address(int(address))
    return np.frombuffer(memory, dtype).reshape(lengths)


def _compiled_array_at(_: Any, address: Any, shape: Any, dtype: Any) -> Any:
    """Tell numba the type of the array and how to make it: a structure around the address."""
    dimensions = 1 if isinstance(shape, types.Integer) else len(shape)
    array_type = types.Array(dtype.dtype, dimensions, "C")

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = signature.args[1]
        lengths = [arguments[1]]
        kinds = [given]
        if dimensions > 1:
            lengths, kinds = _cgutils.unpack_tuple(builder, arguments[1]), list(given)
        lengths = [
            context.cast(builder, length, kind, types.intp)
            for length, kind in zip(lengths, kinds, strict=True)
        ]
        item_type = context.get_data_type(array_type.dtype)
        item = context.get_constant(types.intp, context.get_abi_sizeof(item_type))
        strides = [item]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        array = _arrayobj.make_array(array_type)(context, builder)
        data = builder.inttoptr(arguments[0], item_type.as_pointer())
        _arrayobj.populate_array(
            array, data=data, shape=lengths, strides=strides, itemsize=item, meminfo=None
        )
        return array._getvalue()

    return array_type(address, shape, dtype), write


array_at: Any = intrinsic(_compiled_array_at) if compiles() else _plain_array_at


@inlined
def cluster_at(lists: Array) -> ClusterArrays:
    """Return the arrays of a cluster from their addresses, in the order of ``ClusterArrays``."""
    return ClusterArrays(
        free=array_at(lists[0, 0], (lists[0, 1], lists[0, 2]), np.int64),
        gpus=array_at(lists[1, 0], lists[1, 1], np.uint64),
        ports=array_at(lists[2, 0], lists[2, 1], np.int32),
        newest=array_at(lists[3, 0], lists[3, 1], np.int32),
        running=array_at(lists[4, 0], lists[4, 1], np.int32),
        grouped_tasks=array_at(lists[5, 0], lists[5, 1], np.int32),
        pair_tables=array_at(lists[6, 0], (lists[6, 1], lists[6, 2]), np.int64),
        pair_entries=array_at(lists[7, 0], (lists[7, 1], lists[7, 2]), np.int32),
        port_keys=array_at(lists[8, 0], lists[8, 1], np.int64),
        port_holders=array_at(lists[9, 0], lists[9, 1], np.int64),
        task_id=array_at(lists[10, 0], lists[10, 1], np.int64),
        task_row=array_at(lists[11, 0], lists[11, 1], np.int32),
        task_group=array_at(lists[12, 0], lists[12, 1], np.int32),
        task_spec=array_at(lists[13, 0], lists[13, 1], np.int32),
        task_next=array_at(lists[14, 0], lists[14, 1], np.int32),
        task_before=array_at(lists[15, 0], lists[15, 1], np.int32),
        task_gpus=array_at(lists[16, 0], lists[16, 1], np.uint64),
        task_flags=array_at(lists[17, 0], lists[17, 1], np.uint8),
        spec_demand=array_at(lists[18, 0], (lists[18, 1], lists[18, 2]), np.int64),
        spec_ports=array_at(lists[19, 0], lists[19, 1], np.int64),
        spec_port_start=array_at(lists[20, 0], lists[20, 1], np.int64),
        group_tasks=array_at(lists[21, 0], lists[21, 1], np.int64),
        spread_first=array_at(lists[22, 0], lists[22, 1], np.int32),
        spread_next=array_at(lists[23, 0], lists[23, 1], np.int32),
        spread_attribute=array_at(lists[24, 0], lists[24, 1], np.int32),
        spread_counts=array_at(lists[25, 0], (lists[25, 1], lists[25, 2]), np.int64),
        attribute_values=array_at(lists[26, 0], (lists[26, 1], lists[26, 2]), np.int32),
        taken_at=array_at(lists[27, 0], lists[27, 1], np.int64),
        taken_next=array_at(lists[28, 0], lists[28, 1], np.int32),
        taken_before=array_at(lists[29, 0], lists[29, 1], np.int32),
        freed_at=array_at(lists[30, 0], lists[30, 1], np.int64),
        freed_next=array_at(lists[31, 0], lists[31, 1], np.int32),
        freed_before=array_at(lists[32, 0], lists[32, 1], np.int32),
        changed_at=array_at(lists[33, 0], lists[33, 1], np.int64),
        blocked=array_at(lists[34, 0], lists[34, 1], np.bool_),
        left_rows=array_at(lists[35, 0], lists[35, 1], np.int32),
        left_before=array_at(lists[36, 0], lists[36, 1], np.int32),
        group_left=array_at(lists[37, 0], lists[37, 1], np.int64),
        meta=array_at(lists[38, 0], lists[38, 1], np.int64),
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
