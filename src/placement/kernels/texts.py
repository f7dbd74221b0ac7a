"""Questions about a text in UTF-16 units, for the kernel that matches.

In: units, sets as tables, positions.  Out: code points, widths, truths.  Nothing of programs is
known here.
"""

from __future__ import annotations

from placement.kernels.instructions import Array, Number
from placement.kernels.tiers import called, inlined

__all__ = [
    "Sets",
    "break_width",
    "cluster_end",
    "holds",
    "is_high",
    "is_low",
    "point_at",
    "points_back",
    "test",
    "width_in",
]

Sets = tuple[Array, Array, Array]
"""``low``, ``bounds`` and ``offsets``, see ``instructions.Tables``."""

_CR, _LF, _NEL, _LS, _PS = 13, 10, 0x85, 0x2028, 0x2029


@inlined
def is_high(unit: int) -> bool:
    """Return whether a unit is the first half of a pair."""
    return 0xD800 <= unit < 0xDC00


@inlined
def is_low(unit: int) -> bool:
    """Return whether a unit is the second half of a pair."""
    return 0xDC00 <= unit < 0xE000


@inlined
def point_at(text: Array, at: int) -> int:
    """Return the code point that begins at a position inside of the text."""
    unit = int(text[at])
    if is_high(unit) and at + 1 < len(text) and is_low(text[at + 1]):
        return 0x10000 + ((unit - 0xD800) << 10) + int(text[at + 1]) - 0xDC00
    return unit


@inlined
def holds(sets: Sets, which: int, point: int) -> Number:
    """Return whether a set holds a code point."""
    low, bounds, offsets = sets
    if point < 128:
        return low[128 * which + point] != 0
    first, last = offsets[which], offsets[which + 1]
    start = first
    while first < last:
        middle = (first + last) >> 1
        if bounds[middle] <= point:
            first = middle + 1
        else:
            last = middle
    return ((first - start) & 1) != 0


@inlined
def width_in(sets: Sets, which: int, text: Array, at: int) -> int:
    """Return how many units the code point at a position has, 0 if the set does not hold it."""
    if at >= len(text):
        return 0
    point = point_at(text, at)
    if not holds(sets, which, point):
        return 0
    return 2 if point > 0xFFFF else 1


@called
def points_back(text: Array, at: int, count: int) -> int:
    """Return the position some code points before another one, -1 if there are not so many."""
    while count > 0:
        if at == 0:
            return -1
        at -= 1
        if at > 0 and is_low(text[at]) and is_high(text[at - 1]):
            at -= 1
        count -= 1
    return at


@called
def test(kind: int, words: tuple[int, int, int], sets: Sets, text: Array, at: int) -> Number:
    """Answer a question about a position.

    ``kind`` is a number of ``javaregex.tree.TestKind``; ``words`` are the sets of word characters,
    of letters and digits that carry marks, and of marks.
    """
    size = len(text)
    if kind == 0:
        return at == 0
    if kind == 1:
        return at == size
    if kind >= 8:
        left = at > 0 and _is_word(words, sets, text, at - 1)
        right = at < size and _is_word(words, sets, text, at)
        return (left != right) == (kind % 2 == 0)
    unix = kind % 2 == 1
    if kind < 4:
        return _before_last_end(text, at, unix)
    if kind < 6:
        if at == 0:
            return size > 0
        if at == size or not _ends_line(text[at - 1], unix):
            return False
        return unix or not (text[at - 1] == _CR and text[at] == _LF)
    if at == size:
        return True
    if not _ends_line(text[at], unix):
        return False
    return unix or not (at > 0 and text[at - 1] == _CR and text[at] == _LF)


@called
def break_width(text: Array, at: int) -> int:
    """Return how many units the line break at a position has, 0 if there is none."""
    if at >= len(text):
        return 0
    unit = text[at]
    if unit == _CR and at + 1 < len(text) and text[at + 1] == _LF:
        return 2
    return int(_LF <= unit <= _CR or unit in (_NEL, _LS, _PS))


@called
def _ends_line(unit: int, unix: bool) -> bool:
    """Return whether a unit is a line terminator; ``unix`` knows one only."""
    if unit == _LF:
        return True
    return not unix and (unit in (_CR, _NEL, _LS, _PS))


@called
def _before_last_end(text: Array, at: int, unix: bool) -> bool:
    """Return whether nothing or one line terminator follows, and the position does not split it."""
    left = len(text) - at
    if left == 0:
        return True
    if left == 1:
        if not _ends_line(text[at], unix):
            return False
        return unix or not (text[at] == _LF and at > 0 and text[at - 1] == _CR)
    return left == 2 and not unix and text[at] == _CR and text[at + 1] == _LF


@called
def _is_word(words: tuple[int, int, int], sets: Sets, text: Array, at: int) -> Number:
    """Return whether the code point that holds a unit counts as part of a word.

    A mark without spacing does where a letter or digit carries it.
    """
    if at > 0 and is_low(text[at]) and is_high(text[at - 1]):
        at -= 1
    point = point_at(text, at)
    if holds(sets, words[0], point):
        return True
    if not holds(sets, words[2], point):
        return False
    while at >= 0:
        point = point_at(text, at)
        if holds(sets, words[1], point):
            return True
        if not holds(sets, words[2], point):
            return False
        at -= 1  # unit by unit, as Java goes: a letter beyond U+FFFF carries nothing
    return False


# Types of clusters, by the numbers of the JDK's table.
_T_CR, _T_LF, _T_CONTROL, _T_EXTEND, _T_ZWJ, _T_REGION, _T_PREPEND, _T_SPACING = range(1, 9)
_T_L, _T_V, _T_T, _T_LV, _T_LVT, _T_PICTURE = range(9, 15)


@called
def cluster_end(clusters: Array, text: Array, at: int) -> int:
    """Return the end of the extended grapheme cluster (UAX 29) that begins at a position.

    It is -1 at the end of the text.
    """
    if at >= len(text):
        return -1
    point = point_at(text, at)
    left = clusters[point]
    at += 2 if point > 0xFFFF else 1
    regions = 1 if left == _T_REGION else 0
    picture = left == _T_PICTURE  # unlike UAX 29, Java asks what the cluster begins with
    while at < len(text):
        point = point_at(text, at)
        right = clusters[point]
        joined = picture and left == _T_ZWJ and right == _T_PICTURE
        paired = left == _T_REGION and right == _T_REGION and regions % 2 == 1
        if not (joined or paired or _holds_together(left, right)):
            return at
        regions = regions + 1 if right == _T_REGION else 0
        left = right
        at += 2 if point > 0xFFFF else 1
    return at


@called
def _holds_together(left: int, right: int) -> bool:
    """Return whether the rules GB3 to GB9b forbid a break between two types."""
    if left == _T_CR:
        return right == _T_LF
    if left in (_T_LF, _T_CONTROL) or _T_CR <= right <= _T_CONTROL:
        return False
    if right in (_T_EXTEND, _T_ZWJ, _T_SPACING) or left == _T_PREPEND:
        return True
    if left == _T_L:
        return right in (_T_L, _T_V, _T_LV, _T_LVT)
    if left in (_T_LV, _T_V):
        return right in (_T_V, _T_T)
    return (left in (_T_LVT, _T_T)) and right == _T_T
