"""Arguments of the cluster's calls that are numbers, arrays of numbers or truth values.

In: what a caller gave.  Out: Python's own value or an array of int64, or ``UsageError`` that says
what was expected.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from placement.errors import UsageError, describe_value
from placement.model.numbers import whole_number

__all__ = ["checked_argument", "checked_seed", "checked_whole", "checked_whole_array"]

MAX_INT64 = 2**63 - 1


def checked_argument(converted: Any, value: object, expected: str) -> Any:
    """Return an argument as it was converted, or refuse it if it could not be: None.

    Raises:
        UsageError: ``converted`` is None; the message says what was expected and what was given.
    """
    if converted is None:
        raise UsageError(f"{expected}, not {describe_value(value)}")
    return converted


def checked_whole(value: object, expected: str, least: int, limit: int) -> int:
    """Return a whole number that is at least ``least`` and below ``limit``.

    Raises:
        UsageError: it is none.
    """
    number = whole_number(value)
    if number is None or not least <= number < limit:
        raise UsageError(f"{expected}, not {describe_value(value)}")
    return number


def checked_seed(value: object) -> int:
    """Return the seed of a random generator: any whole number, of which 64 bits count.

    Raises:
        UsageError: it is no whole number.
    """
    seed: int = checked_argument(whole_number(value), value, "seed is a whole number")
    return seed


def checked_whole_array(value: Any, name: str) -> npt.NDArray[np.int64]:
    """Return whole numbers in one dimension, an array or a list, as an int64 array of its own.

    Unsigned numbers beyond int64 become its largest number.

    Raises:
        UsageError: they are of another kind; ``name`` is the argument's.
    """
    try:
        numbers = np.asarray(value)
    except ValueError:  # lists of different lengths
        raise _no_whole_array(name) from None
    if numbers.ndim != 1:
        raise _no_whole_array(name)
    if not len(numbers):
        return np.zeros(0, np.int64)
    kind = numbers.dtype.kind
    if kind not in "iu":
        raise _no_whole_array(name)
    if kind == "u":
        numbers = np.minimum(numbers, np.uint64(MAX_INT64))
    return numbers.astype(np.int64)


def _no_whole_array(name: str) -> UsageError:
    return UsageError(f"{name} is an array of whole numbers in one dimension")
