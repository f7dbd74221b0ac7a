"""What JDK 17 knows of code points: properties, scripts, blocks, case, names, grapheme types.

In: ``unicode13.bin``, made by ``tests/unit/javaregex/pack_tables.py`` from answers of a JDK 17.
Out: sets by name, case mappings, names.  The file is read at the first question that needs it.
"""

from __future__ import annotations

import json
import unicodedata
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from placement.javaregex.codepoints import LIMIT, Ranges, contains, interval, union

__all__ = [
    "case_partners",
    "extra_partners",
    "fold",
    "folds",
    "grapheme_types",
    "named_point",
    "named_set",
    "property_set",
]

_GENERAL_CATEGORY = ("gc", "general_category")
_SCRIPT = ("sc", "script")
_BLOCK = ("blk", "block")
_GRAPHEME_TYPES = 14


@cache
def _file() -> dict[str, Any]:
    data = Path(__file__).with_name("unicode13.bin").read_bytes()
    tables: dict[str, Any] = json.loads(zlib.decompress(data))
    return tables


def _sums(text: str) -> Iterator[int]:
    """Yield the ascending numbers whose differences the text lists in base 36."""
    total = 0
    for step in text.split():
        total += int(step, 36)
        yield total


@cache
def _set(number: int) -> Ranges:
    return tuple(_sums(_file()["sets"][number]))


def named_set(kind: str, name: str) -> Ranges | None:
    """Return a set of the file, or None where the kind has none of that name."""
    number = _file()[kind].get(name)
    return None if number is None else _set(number)


def property_set(name: str, *, insensitive: bool, unicode: bool) -> Ranges | None:
    r"""Return the set that ``\p{name}`` stands for, or None if Java knows none.

    Args:
        name: What stands between the braces.
        insensitive: Whether the flag ``i`` is set; it widens the properties of case.
        unicode: Whether the flag ``U`` is set; it gives POSIX names their Unicode meaning.
    """
    kind = "-i" if insensitive else ""
    key, equals, value = name.partition("=")
    if equals:
        key = key.lower()
        if key in _SCRIPT:
            return _script(value)
        if key in _BLOCK:
            return _block(value)
        return named_set("property" + kind, value) if key in _GENERAL_CATEGORY else None
    if name.startswith("In"):
        return _block(name[2:])
    if name.startswith("Is"):
        return _is_property(name[2:], kind)
    if unicode:
        found = named_set("posixU" + kind, name.upper())
        if found is not None:
            return found
    return named_set("property" + kind, name)


def _is_property(name: str, kind: str) -> Ranges | None:
    for table, key in (("is" + kind, name.upper()), ("property" + kind, name)):
        found = named_set(table, key)
        if found is not None:
            return found
    return _script(name)


def _script(name: str) -> Ranges | None:
    upper = name.upper()
    return named_set("script", _file()["script-alias"].get(upper, upper))


def _block(name: str) -> Ranges | None:
    return named_set("block", _file()["block-alias"].get(name.upper(), ""))


@cache
def _case(kind: str) -> dict[int, int]:
    """Return the code points that ``Character.toUpperCase`` or ``toLowerCase`` changes."""
    table = _file()[kind]
    steps = map(int, table["step"].split())
    return {point: point + step for point, step in zip(_sums(table["from"]), steps, strict=True)}


def fold(point: int) -> int:
    """Return the lower case of the upper case of a code point."""
    upper = _case("upper").get(point, point)
    return _case("lower").get(upper, upper)


@cache
def _partners() -> dict[int, tuple[int, ...]]:
    """Return for each fold the code points that have it, where there are several."""
    by_fold: dict[int, list[int]] = {}
    for point in sorted({*_case("upper"), *_case("lower")}):
        by_fold.setdefault(fold(point), [fold(point)]).append(point)
    return {key: tuple(dict.fromkeys(some)) for key, some in by_fold.items()}


def case_partners(point: int) -> tuple[int, ...]:
    """Return the code points that a single one matches without regard to case, itself included.

    One whose upper and lower case are the same matches itself only.
    """
    if _case("upper").get(point, point) == _case("lower").get(point, point):
        return (point,)
    return _partners().get(fold(point), (point,))


@cache
def _reaching() -> tuple[tuple[int, int, int], ...]:
    """Return ``(point, upper, fold)`` for each code point that differs from one of the two."""
    upper = _case("upper")
    everyone = sorted({*upper, *_case("lower")})
    return tuple((point, upper.get(point, point), fold(point)) for point in everyone)


def extra_partners(low: int, high: int) -> Ranges:
    """Return the code points whose upper case or fold lies from ``low`` to ``high``."""
    return union(
        [
            interval(point, point)
            for point, upper, folded in _reaching()
            if low <= upper <= high or low <= folded <= high
        ]
    )


def folds() -> Iterator[tuple[int, int]]:
    """Yield each code point that differs from its fold, with the fold."""
    return ((point, folded) for point, _, folded in _reaching() if point != folded)


@cache
def grapheme_types() -> tuple[Ranges, ...]:
    """Return the sets of code points of the grapheme types 1 to 14 of the JDK."""
    graphemes = _file()["grapheme"]
    return tuple(_set(graphemes[str(number)]) for number in range(1, _GRAPHEME_TYPES + 1))


def named_point(name: str) -> int | None:
    """Return the code point that ``Character.codePointOf(name)`` gives, or None."""
    name = name.strip().upper()
    if not name.isascii():
        return None
    names = _file()["name"]
    odd = names["odd"].get(name)
    if odd is not None:
        return int(odd, 36)
    try:
        point = ord(unicodedata.lookup(name))
    except (KeyError, TypeError):
        return _point_of_block(name)
    known = contains(_named(), point) and unicodedata.name(chr(point), None) == name
    return point if known else _point_of_block(name)


@cache
def _named() -> Ranges:
    """Return the code points whose Java name is the one that Python knows."""
    return tuple(_sums(_file()["name"]["same"]))


@cache
def _assigned() -> Ranges:
    return tuple(_sums(_file()["name"]["assigned"]))


def _point_of_block(name: str) -> int | None:
    """Return the code point of a name that is its block's and a number: ``TANGUT 17000``.

    Java composes such names for assigned code points that have no name of their own.
    """
    block, _, digits = name.rpartition(" ")
    try:
        point = int(digits, 16) if digits.isalnum() else LIMIT
    except ValueError:
        return None
    if point >= LIMIT or f"{point:X}" != digits or not contains(_assigned(), point):
        return None
    ranges = _block(block.replace(" ", "_")) or _block(block)
    unnamed = ranges is not None and contains(ranges, point)
    return point if unnamed and not contains(_named(), point) else None
