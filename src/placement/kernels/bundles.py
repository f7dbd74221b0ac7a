"""Bundles: many arrays that compiled code carries about as the address of one list of numbers.

In: where each array of a bundle is, as places in lists of int64.  Out: a function that makes the
bundle of such lists, and gives its arrays as attributes.  Knows nothing of what arrays mean.

For compiled code a bundle is one address for each list.  An array is made where it is used, of the
numbers that the list has then: a helper that asks two of forty arrays takes one number, not the
nearly three hundred of which forty arrays consist, and half the time to compile.  Lists must not
change while a kernel runs.  As plain Python, a bundle is a named tuple of arrays.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import extending, types
from numba.core import cgutils
from numba.core.typing import templates
from numba.extending import intrinsic
from numba.np import numpy_support

from placement.kernels._jit import compiles

__all__ = ["Length", "Place", "array_at", "bundle_of_one", "bundle_of_two"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

_cgutils: Any = cgutils
_extending: Any = extending
_templates: Any = templates
_numpy_support: Any = numpy_support
"""numba's builders of code, which have no types."""


@cache
def _arrays() -> Any:
    """Return numba's builders of arrays, which code that is loaded from disk has no use for."""
    from numba.np import arrayobj

    return arrayobj


class Length(NamedTuple):
    """The length of an array: a number of a list, divided.

    Attributes:
        number: Which number of the list.
        line: Which list.
        divisor: What it is divided by.
    """

    number: int
    line: int = 0
    divisor: int = 1


class Place(NamedTuple):
    """Where an array of a bundle is.

    Attributes:
        dtype: Of what; None for a single truth value, which is a number of the list itself.
        number: Which number of the list is the address.
        lengths: One for each dimension; a constant is a whole number.
        line: Which list has the address.
    """

    dtype: Any
    number: int
    lengths: tuple[Length | int, ...] = ()
    line: int = 0


# As plain Python


def _plain_array_at(address: int, shape: Any, dtype: Any) -> Array:
    """Return the array at an address, of one or two dimensions; nothing is copied."""
    lengths = shape if isinstance(shape, tuple) else (shape,)
    count = int(np.prod(lengths, dtype=np.int64))
    if not count:
        return np.zeros(lengths, dtype)
    memory = (ctypes.c_char * (count * np.dtype(dtype).itemsize)).from_address(int(address))
    return np.frombuffer(memory, dtype).reshape(lengths)


def _plain(kind: Any, places: dict[str, Place]) -> Callable[..., Any]:
    """Return the function that makes a named tuple of arrays."""

    def make(*lists: Array) -> Any:
        lines = [line.reshape(-1).tolist() for line in lists]
        return kind(**{name: _plain_member(lines, place) for name, place in places.items()})

    return make


def _plain_member(lines: list[list[int]], place: Place) -> Any:
    found = lines[place.line][place.number]
    if place.dtype is None:
        return found != 0
    lengths = [
        length if isinstance(length, int) else lines[length.line][length.number] // length.divisor
        for length in place.lengths
    ]
    return _plain_array_at(found, tuple(lengths), place.dtype)


# Compiled


def _compiled_array_at(_: Any, address: Any, shape: Any, dtype: Any) -> Any:
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


array_at: Any = intrinsic(_compiled_array_at) if compiles() else _plain_array_at
"""``array_at(address, shape, dtype)``: the array at an address, of one or two dimensions."""


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


def bundle_of_one(kind: Any, places: dict[str, Place]) -> Any:
    """Return the function that makes a bundle of one list: int64, contiguous.

    Args:
        kind: The named tuple that a bundle is as plain Python.
        places: Where each of its arrays is.
    """
    if not compiles():
        return _plain(kind, places)
    bundle = _Bundle(kind.__name__, places, 1)

    def make(_: Any, lists: Any) -> Any:
        return bundle(lists), _bundle_writer(bundle)

    return intrinsic(make)


def bundle_of_two(kind: Any, places: dict[str, Place]) -> Any:
    """Return the function that makes a bundle of two lists: see ``bundle_of_one``."""
    if not compiles():
        return _plain(kind, places)
    bundle = _Bundle(kind.__name__, places, 2)

    def make(_: Any, lists: Any, others: Any) -> Any:
        return bundle(lists, others), _bundle_writer(bundle)

    return intrinsic(make)
