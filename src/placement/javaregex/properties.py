"""What JDK 17 knows of code points: named sets, case mappings, character names.

In: names as a pattern writes them.  Out: sets of code points, or None for a name that Java does not
know.  The table beside this module was printed by the JDK itself (Unicode 13), since Python and RE2
follow other versions of Unicode; it is read when a pattern first needs it.  This module must not
know what a pattern looks like.
"""

from __future__ import annotations

import functools
import json
import unicodedata
import zlib
from importlib import resources
from itertools import accumulate
from typing import Any

from .charclass import LIMIT, Ranges, contains, union

__all__ = [
    "base_letters",
    "fold",
    "fold_class",
    "fold_range",
    "grapheme_type",
    "has_case",
    "java_block",
    "java_character",
    "java_property",
    "java_script",
    "short_class",
    "unicode_property",
]


@functools.cache
def _tables() -> dict[str, Any]:
    data = resources.files(__package__).joinpath("unicode13.bin").read_bytes()
    tables: dict[str, Any] = json.loads(zlib.decompress(data))
    return tables


def _numbers(steps: str) -> tuple[int, ...]:
    return tuple(accumulate(int(step, 36) for step in steps.split()))


@functools.cache
def _set(number: int) -> Ranges:
    boundaries = _numbers(_tables()["sets"][number])
    return boundaries if len(boundaries) % 2 == 0 else (*boundaries, LIMIT)


def _find(table: str, name: str) -> Ranges | None:
    number = _tables()[table].get(name)
    return None if number is None else _set(number)


def _cased(table: str, ignore_case: bool) -> str:
    return table + "-i" if ignore_case else table


def java_property(name: str, ignore_case: bool, unicode_classes: bool) -> Ranges | None:
    r"""Return what ``\p{name}`` means, for a name without ``Is``, ``In`` and ``=``."""
    if unicode_classes:
        found = _find(_cased("posixU", ignore_case), name.upper())
        if found is not None:
            return found
    return _find(_cased("property", ignore_case), name)


def unicode_property(name: str, ignore_case: bool) -> Ranges | None:
    r"""Return what ``\p{Isname}`` means: a binary property, a category, or a script."""
    found = _find(_cased("is", ignore_case), name.upper())
    if found is None:
        found = _find(_cased("property", ignore_case), name)
    return java_script(name) if found is None else found


def java_script(name: str) -> Ranges | None:
    """Return a script by its name or its four-letter code, in any case."""
    upper = name.upper()
    return _find("script", _tables()["script-alias"].get(upper, upper))


def java_block(name: str) -> Ranges | None:
    """Return a block by its name, with spaces, with underscores or run together, in any case."""
    return _find("block", _tables()["block-alias"].get(name.upper(), ""))


def short_class(letter: str) -> Ranges:
    r"""Return ``\w``, ``\d`` or ``\s`` as they are under ``(?U)``."""
    return _set(_tables()["shortU"][letter])


def base_letters() -> Ranges:
    r"""Return letters and digits as ``\b`` sees them."""
    return _set(_tables()["base"]["letterOrDigit"])


def grapheme_type(number: int) -> Ranges:
    """Return the code points of one type (1 to 14) of Java's table of grapheme clusters."""
    return _set(_tables()["grapheme"][str(number)])


@functools.cache
def _mapping(kind: str) -> dict[int, int]:
    table = _tables()[kind]
    return {
        point: point + int(step)
        for point, step in zip(_numbers(table["from"]), table["step"].split(), strict=True)
    }


def fold(point: int) -> int:
    """Return the code point that Java compares under ``(?iu)``: lower case of the upper case."""
    upper = _mapping("upper").get(point, point)
    return _mapping("lower").get(upper, upper)


def has_case(point: int) -> bool:
    """Tell whether upper case and lower case of the code point differ."""
    upper = _mapping("upper").get(point, point)
    return _mapping("lower").get(upper, upper) != upper


@functools.cache
def _changing() -> tuple[tuple[int, int, int], ...]:
    """Return each code point that case changes, with its upper case and its fold."""
    upper = _mapping("upper")
    changing = sorted(upper.keys() | _mapping("lower").keys())
    return tuple((point, upper.get(point, point), fold(point)) for point in changing)


@functools.cache
def _folding_to() -> dict[int, tuple[int, ...]]:
    sources: dict[int, tuple[int, ...]] = {}
    for point, _, folded in _changing():
        sources[folded] = (*sources.get(folded, ()), point)
    return sources


def fold_class(folded: int) -> Ranges:
    """Return the code points that are ``folded`` or fold to it."""
    members = {folded, *_folding_to().get(folded, ())}
    return union([(member, member + 1) for member in members])


@functools.lru_cache(maxsize=256)
def fold_range(first: int, last: int) -> Ranges:
    """Return the code points that a range under ``(?iu)`` holds: themselves or in another case."""
    others = [
        (point, point + 1)
        for point, upper, folded in _changing()
        if first <= upper <= last or first <= folded <= last
    ]
    return union([(first, last + 1), *others])


def java_character(name: str) -> int | None:
    r"""Return the code point that ``\N{name}`` means in JDK 17, None where it has no such name."""
    wanted = name.strip("".join(map(chr, range(33)))).upper()
    if not wanted.isascii():
        return None
    names = _tables()["name"]
    if wanted in names["odd"]:
        return int(names["odd"][wanted], 36)
    try:
        found = unicodedata.lookup(wanted)
    except KeyError:
        return _block_character(wanted)
    # Names never change, but aliases and sequences are no names to Java, and later Unicode has
    # more.
    own = len(found) == 1 and unicodedata.name(found, None) == wanted
    if own and contains(_numbers(names["same"]), ord(found)):
        return ord(found)
    return _block_character(wanted)


def _block_character(wanted: str) -> int | None:
    """Resolve the name of a code point without a name of its own: its block, and its number."""
    block, _, digits = wanted.rpartition(" ")
    if not block or len(digits) > 6 or not all(digit in "0123456789ABCDEF" for digit in digits):
        return None
    point = int(digits or "0", 16)
    names = _tables()["name"]
    inside = _find("block", block.replace(" ", "_"))
    nameless = not contains(_numbers(names["same"]), point)
    assigned = contains(_numbers(names["assigned"]), point)
    odd = _base36(point) in names["odd"].values()
    right = f"{point:X}" == digits and inside is not None and contains(inside, point)
    return point if right and nameless and assigned and not odd else None


def _base36(number: int) -> str:
    """Write a number as the table does."""
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + text
        if not number:
            return text
