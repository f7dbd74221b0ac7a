"""What compiled kernels have in the place of some functions: code that is written for LLVM.

In: where each array of a bundle is.  Out: what numba writes where a kernel makes a bundle, asks it
for an array, makes an array of an address, or fetches memory.  What each of them means is said
where the function is as plain Python: ``bundles`` and ``ahead``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import extending, types
from numba.core import cgutils
from numba.core.typing import templates
from numba.extending import intrinsic
from numba.np import numpy_support

if TYPE_CHECKING:
    from placement.kernels.bundles import Place

__all__ = ["array_at", "bundle", "fetch"]

_cgutils: Any = cgutils
_extending: Any = extending
_ir: Any = _cgutils.ir
_templates: Any = templates
_numpy_support: Any = numpy_support
"""numba's builders of code, which have no types."""


@cache
def _arrays() -> Any:
    """Return numba's builders of arrays, which code that is loaded from disk has no use for."""
    from numba.np import arrayobj

    return arrayobj


def _write_array_at(_: Any, address: Any, shape: Any, dtype: Any) -> Any:
    """Tell numba the type of the array and how to make it: a structure around the address."""
    dimensions = 1 if isinstance(shape, types.Integer) else len(shape)
    array_type = types.Array(dtype.dtype, dimensions, "C")

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lengths, kinds = [arguments[1]], [signature.args[1]]
        if dimensions > 1:
            lengths, kinds = _cgutils.unpack_tuple(builder, arguments[1]), list(kinds[0])
        lengths = [
            context.cast(builder, length, kind, types.intp)
            for length, kind in zip(lengths, kinds, strict=True)
        ]
        return _array(context, builder, array_type, arguments[0], lengths)

    return array_type(address, shape, dtype), write


array_at: Any = intrinsic(_write_array_at)
"""``bundles.array_at`` in compiled code."""


def _array(context: Any, builder: Any, array_type: Any, address: Any, lengths: list[Any]) -> Any:
    """Write code that makes an array, C-contiguous; who makes it keeps its memory alive."""
    item_type = context.get_data_type(array_type.dtype)
    itemsize = _numpy_support.as_dtype(array_type.dtype).itemsize
    item = context.get_constant(types.intp, itemsize)
    strides = [item]
    for length in reversed(lengths[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = _arrays().make_array(array_type)(context, builder)
    data = builder.inttoptr(address, item_type.as_pointer())
    _arrays().populate_array(
        array, data=data, shape=lengths, strides=strides, itemsize=item, meminfo=None
    )
    return array._getvalue()


class _Bundle(types.Type):
    """numba's type of a bundle."""

    def __init__(self, name: str, places: dict[str, Place], lists: int) -> None:
        self.places = places
        self.lists = lists
        super().__init__(name)


def _describe(model: Any, manager: Any, bundle: Any) -> None:
    """Tell numba what a bundle is in compiled code: the address of each list."""
    members = [(f"line{line}", types.intp) for line in range(bundle.lists)]
    _extending.models.StructModel.__init__(model, manager, bundle, members)


_extending.register_model(_Bundle)(
    type("_BundleModel", (_extending.models.StructModel,), {"__init__": _describe})
)


def _member_type(_: Any, bundle: Any, name: str) -> Any:
    """Tell numba the type of a member, None if there is none of the name."""
    place = bundle.places.get(name)
    return None if place is None else _type_of(place)


_extending.infer_getattr(
    type(
        "_BundleMembers",
        (_templates.AttributeTemplate,),
        {"key": _Bundle, "generic_resolve": _member_type},
    )
)


def _type_of(place: Place) -> Any:
    if place.dtype is None:
        return types.boolean
    return types.Array(_numpy_support.from_dtype(np.dtype(place.dtype)), len(place.lengths), "C")


def _write_member(context: Any, builder: Any, bundle: Any, value: Any, name: str) -> Any:
    """Write code that makes an array of a bundle of the numbers in its lists."""
    place = bundle.places[name]
    held = _cgutils.create_struct_proxy(bundle)(context, builder, value=value)
    found = _number(context, builder, held, place.line, place.number)
    if place.dtype is None:
        return builder.icmp_signed("!=", found, context.get_constant(types.intp, 0))
    lengths = []
    for length in place.lengths:
        if isinstance(length, int):
            lengths.append(context.get_constant(types.intp, length))
            continue
        number = _number(context, builder, held, length.line, length.number)
        divisor = context.get_constant(types.intp, length.divisor)
        lengths.append(number if length.divisor == 1 else builder.udiv(number, divisor))
    return _array(context, builder, _type_of(place), found, lengths)


_extending.lower_getattr_generic(_Bundle)(_write_member)


def _number(context: Any, builder: Any, held: Any, line: int, number: int) -> Any:
    """Write code that reads a number of a list, which stays what it is while the kernel runs."""
    pointer = context.get_value_type(types.intp).as_pointer()
    start = builder.inttoptr(getattr(held, f"line{line}"), pointer)
    load = builder.load(builder.gep(start, [context.get_constant(types.intp, number)]))
    load.set_metadata("invariant.load", builder.module.add_metadata([]))
    return load


def _bundle_writer(bundle: Any) -> Callable[..., Any]:
    """Return what writes code that makes a bundle of arrays of numbers."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = _cgutils.create_struct_proxy(bundle)(context, builder)
        for line, (kind, value) in enumerate(zip(signature.args, arguments, strict=True)):
            data = _arrays().make_array(kind)(context, builder, value).data
            setattr(made, f"line{line}", builder.ptrtoint(data, context.get_value_type(types.intp)))
        return made._getvalue()

    return write


def bundle(name: str, places: dict[str, Place], lists: int) -> Any:
    """Return the function that makes a bundle of one list of numbers, or of two, in compiled code.

    Args:
        name: What numba calls its type.
        places: Where each of its arrays is.
        lists: How many lists there are.
    """
    kind = _Bundle(name, places, lists)

    def make_of_one(_: Any, lists: Any) -> Any:
        return kind(lists), _bundle_writer(kind)

    def make_of_two(_: Any, lists: Any, others: Any) -> Any:
        return kind(lists, others), _bundle_writer(kind)

    return intrinsic(make_of_one if lists == 1 else make_of_two)


def _write_fetch(_: Any, _address: Any) -> Any:
    """Tell numba how to write the instruction: it never fails, whatever the address."""

    def write(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        pointer = _ir.PointerType(_ir.IntType(8))
        number = _ir.IntType(32)
        kind = _ir.FunctionType(_ir.VoidType(), [pointer, number, number, number])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        builder.call(
            fetch,
            [
                builder.inttoptr(arguments[0], pointer),
                number(0),  # to read
                number(3),  # into every cache
                number(1),  # data
            ],
        )
        return context.get_dummy_value()

    return types.void(types.int64), write


fetch: Any = intrinsic(_write_fetch)
"""``ahead.fetch`` in compiled code."""
