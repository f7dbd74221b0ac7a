"""A class in brackets, with unions, intersections and negation, as JDK 17 reads it.

In: a `Reader` whose cursor is at a ``[``.  Out: the set of code points, and the cursor behind the
class.  Java gathers the plain members of one pair of brackets in a single set that every part of
the class shares, even a part that was closed before: the members of that set are therefore known
only when the whole class has been read, and what is built here first is a small tree.
"""

from __future__ import annotations

from . import reader as flag
from .charclass import Ranges, complement, intersection, interval, union
from .escapes import EscapeParser, ascii_range
from .properties import fold_range
from .reader import Reader

__all__ = ["BracketParser"]

_CARET, _OPEN, _CLOSE, _AND, _DASH, _BACKSLASH = map(ord, "^[]&-\\")
_LATIN: Ranges = (0, 0x100)
_OWN_FOLD = frozenset((0xFF, 0xB5, 0x49, 0x69, 0x53, 0x73, 0x4B, 0x6B, 0xC5, 0xE5))
"""Members below 256 whose other case under (?iu) lies above."""


class _Members:
    """The plain members of one pair of brackets."""

    __slots__ = ("sets",)

    def __init__(self) -> None:
        self.sets: list[Ranges] = []


class _Joined:
    """``left`` and ``right`` joined; ``both`` is set for an intersection."""

    __slots__ = ("both", "left", "right")

    def __init__(self, left: _Part, right: _Part, both: bool) -> None:
        self.left = left
        self.right = right
        self.both = both


class _Not:
    """Everything but ``part``."""

    __slots__ = ("part",)

    def __init__(self, part: _Part) -> None:
        self.part = part


_Part = Ranges | _Members | _Joined | _Not


def _evaluate(part: _Part) -> Ranges:
    """Return the set.  The left side is walked in a loop: it is as deep as the class is long."""
    joints: list[_Joined] = []
    while isinstance(part, _Joined):
        joints.append(part)
        part = part.left
    pending = [_simple(part)]
    for joint in reversed(joints):
        right = _evaluate(joint.right)
        if joint.both:
            pending = [intersection(union(pending), right)]
        else:
            pending.append(right)
    return union(pending)


def _simple(part: Ranges | _Members | _Not) -> Ranges:
    if isinstance(part, _Members):
        return union(part.sets)
    if isinstance(part, _Not):
        return complement(_evaluate(part.part))
    return part


class BracketParser:
    """Reads classes from one `Reader`."""

    def __init__(self, reader: Reader, escapes: EscapeParser, max_nesting: int) -> None:
        self.reader = reader
        self.escapes = escapes
        self.max_nesting = max_nesting
        self.depth = 0

    def parse(self) -> Ranges:
        """Read the class at the cursor.

        Raises JavaRegexError for what Java refuses, for a class nested too deeply, and for an empty
        right side of ``&&`` at which Java fails when it matches.
        """
        self.depth = 0
        return _evaluate(self._class(closing=True))

    def _class(self, *, closing: bool) -> _Part:
        """Read a class; without ``closing`` it is the right side of &&, and its ] stays."""
        self.depth += 1
        if self.depth > self.max_nesting:
            message = f"classes are nested more than {self.max_nesting} deep"
            raise self.reader.error(message, self.reader.at)
        part = _ClassReader(self, closing).run()
        self.depth -= 1
        return part


class _ClassReader:
    """One pair of brackets."""

    def __init__(self, owner: BracketParser, closing: bool) -> None:
        self.owner = owner
        self.reader = owner.reader
        self.escapes = owner.escapes
        self.closing = closing
        self.start = owner.reader.at
        self.members = _Members()
        self.fresh = False  # members have been added that no part holds yet
        self.whole: _Part | None = None
        self.last: _Part | None = None

    def run(self) -> _Part:
        reader = self.reader
        point = reader.next()
        negative = point == _CARET and reader.chars[reader.at - 1] == _OPEN
        if negative:
            point = reader.next()
        while True:
            if point == _OPEN:
                self.last = self.owner._class(closing=True)
                self._join(self.last)
            elif point == _AND and self._is_and():
                self._intersect()
            elif point == _CLOSE and (self.whole is not None or self.fresh):
                return self._close(negative)
            elif point == 0 and reader.done():
                raise reader.error("the class [ is not closed", self.start)
            else:
                self._member()
            point = reader.peek()

    def _join(self, part: _Part) -> None:
        if self.whole is None:
            self.whole = part
        elif self.whole is not part:
            self.whole = _Joined(self.whole, part, both=False)

    def _close(self, negative: bool) -> _Part:
        if self.closing:
            self.reader.next()
        if self.whole is None or self.fresh:
            self._join(self.members)
        whole: _Part = self.members if self.whole is None else self.whole
        return _Not(whole) if negative else whole

    def _is_and(self) -> bool:
        """Step over the first & and tell whether a second follows; if not, step back."""
        if self.reader.next() == _AND:
            return True
        self.reader.at -= 1
        return False

    def _intersect(self) -> None:
        right = self._right_side()
        if self.fresh:
            if self.whole is None:
                self.whole = self.last = self.members
            else:
                self.whole = _Joined(self.whole, self.members, both=False)
            self.fresh = False
        if right is not None:
            self.last = right
        if self.whole is None:
            if right is None:
                raise self.reader.error("&& has nothing on either side", self.start)
            self.whole = right
        elif self.last is None:
            message = "&& with nothing on its right is not supported: Java fails when it matches"
            raise self.reader.error(message, self.start)
        else:
            self.whole = _Joined(self.whole, self.last, both=True)

    def _right_side(self) -> _Part | None:
        reader = self.reader
        right: _Part | None = None
        point = reader.next()
        while point not in (_CLOSE, _AND):
            if point == _OPEN:
                part = self.owner._class(closing=True)
            else:
                reader.at -= 1
                part = self.owner._class(closing=False)
            right = part if right is None else _Joined(right, part, both=False)
            point = reader.peek()
        return right

    def _member(self) -> None:
        """Read one member: a code point, a range, or an escape that is a class of its own."""
        reader = self.reader
        start = reader.at
        if reader.peek() != _BACKSLASH:
            point = reader.peek()
            reader.next()
        elif chr(reader.chars[reader.at + 1]) in "pP":
            negative = reader.next_escaped() == ord("P")
            self._found(self.escapes.family(start, negative))
            return
        else:
            in_range = reader.chars[reader.at + 2] == _DASH
            found = self.escapes.escape_in_class(in_range=in_range)
            if not isinstance(found, int):
                self._found(found)
                return
            point = found
        self._point_or_range(point, start)

    def _found(self, part: _Part) -> None:
        self.last = part
        self._join(part)

    def _point_or_range(self, point: int, start: int) -> None:
        reader = self.reader
        if reader.peek() == _DASH and reader.chars[reader.at + 1] not in (_OPEN, _CLOSE):
            self._found(self._range(point, start))
            return
        flags = reader.flags
        both = flag.IGNORE_CASE | flag.UNICODE_CASE
        if point > 0xFF or (flags & both == both and point in _OWN_FOLD):
            self._found(self.escapes.single(point))
            return
        self.members.sets.append(self._plain(point))
        self.fresh = True
        self.last = None

    def _plain(self, point: int) -> Ranges:
        """Return a member below 256 with its other case, as far as that too is below 256."""
        return intersection(self.escapes.single(point), _LATIN)

    def _range(self, first: int, start: int) -> Ranges:
        reader = self.reader
        reader.next()
        last: int | Ranges = reader.peek()
        if last == _BACKSLASH:
            last = self.escapes.escape_in_class(in_range=True)
        else:
            reader.next()
        if not isinstance(last, int):
            raise reader.error("a class of characters cannot end a range", start)
        if last < first:
            raise reader.error("the range of characters runs backwards", start)
        if not reader.flags & flag.IGNORE_CASE:
            return interval(first, last)
        if reader.flags & flag.UNICODE_CASE:
            return fold_range(first, last)
        return ascii_range(first, last)
