"""Bundles: many arrays that compiled code carries about as the address of one list of numbers.

In: where each array of a bundle is, as places in lists of int64.  Out: a function that makes the
bundle of such lists, and gives its arrays as attributes.  Knows nothing of what arrays mean.

For compiled code a bundle is one address for each list.  An array is made where it is used, of the
numbers that the list has then: a helper that asks two of forty arrays takes one number, not the
nearly three hundred of which forty arrays consist, and half the time to compile.  Lists must not
change while a kernel runs.  As plain Python, a bundle makes its arrays when they are
asked for.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from placement.kernels.tiers import in_compiled_code

__all__ = ["Length", "Place", "array_at", "bundle_of_one", "bundle_of_two"]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""


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
    count = math.prod(map(int, lengths))
    if not count:
        return np.zeros(lengths, dtype)
    memory = (ctypes.c_char * (count * np.dtype(dtype).itemsize)).from_address(int(address))
    return np.ndarray(lengths, dtype, memory)


def _plain(places: dict[str, Place]) -> Callable[..., Any]:
    """Return the function that makes a bundle of which arrays are made when they are asked for."""

    class PlainBundle:
        def __init__(self, *lists: Array) -> None:
            self._lines = [line.reshape(-1).tolist() for line in lists]

        def __getattr__(self, name: str) -> Any:  # only for what has not been made yet
            if name not in places:
                raise AttributeError(name)
            found = self.__dict__[name] = _plain_member(self._lines, places[name])
            return found

    def make(*lists: Array) -> Any:
        return PlainBundle(*lists)

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


# Both


def _compiled_array_at() -> Any:
    from placement.kernels import _intrinsics

    return _intrinsics.array_at


def _compiled_bundle(kind: Any, places: dict[str, Place], lists: int) -> Any:
    from placement.kernels import _intrinsics

    return _intrinsics.bundle(kind.__name__, places, lists)


array_at = in_compiled_code(_plain_array_at, _compiled_array_at)
"""``array_at(address, shape, dtype)``: the array at an address, of one or two dimensions."""


def bundle_of_one(kind: Any, places: dict[str, Place]) -> Any:
    """Return the function that makes a bundle of one list: int64, contiguous.

    Args:
        kind: The named tuple that has the arrays, by name.
        places: Where each of its arrays is.
    """
    return in_compiled_code(_plain(places), partial(_compiled_bundle, kind, places, 1))


def bundle_of_two(kind: Any, places: dict[str, Place]) -> Any:
    """Return the function that makes a bundle of two lists: see ``bundle_of_one``."""
    return in_compiled_code(_plain(places), partial(_compiled_bundle, kind, places, 2))
