"""Numbers and truth values as callers write them, numpy's included.

In: any value.  Out: Python's own ``int`` or ``bool``, or None where the value is of another kind.
numpy is not imported: whatever offers ``__index__`` is a whole number, as for Python's own lists.
"""

from __future__ import annotations

import operator
from typing import Any

__all__ = ["as_flag", "plain_flag", "plain_number", "plain_numbers", "whole_number"]


def whole_number(value: Any) -> int | None:
    """Return a whole number as ``int``; None if it is none.

    Integers of numpy, arrays without dimensions and anything else with ``__index__`` are whole
    numbers; truth values are not, Python's and numpy's.
    """
    if type(value) is int:
        return value
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        return None
    try:
        return operator.index(value)
    except TypeError:  # numpy's truth values and arrays with dimensions have the method, and refuse
        return None


def as_flag(value: Any) -> bool | None:
    """Return a truth value as ``bool``; None if it is none.  Truthiness does not count."""
    if isinstance(value, bool):
        return value
    kind = type(value)
    if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
        return bool(value)
    return None


def plain_number(value: Any) -> Any:
    """Return a whole number as ``int``, anything else as it is, for a validator to refuse."""
    if type(value) is int:
        return value
    number = whole_number(value)
    return value if number is None else number


def plain_numbers(value: Any) -> Any:
    """Return a tuple of whole numbers as ``int``s, anything else as it is."""
    return tuple(map(plain_number, value)) if isinstance(value, tuple) else value


def plain_flag(value: Any) -> Any:
    """Return a truth value as ``bool``, anything else as it is, for a validator to refuse."""
    flag = as_flag(value)
    return value if flag is None else flag
