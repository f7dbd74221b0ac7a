r"""Tests of positions for the automaton: a value is marked so that RE2 tells what Java would.

In: a value, and the kinds of assertions a pattern holds.  Out: the value with one ASCII character
before and one behind every code point.  At a position RE2 can tell three things: whether a line
feed stands before (``^`` under ``(?m)``), whether one stands behind (``$``), and whether exactly
one side is a letter (``\b``).  So a pattern may hold one kind of test for the beginning of a line,
one for an end and one for words; where both of the first two hold, the third never does.  This
module must not know trees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .charclass import contains
from .properties import base_letters, java_property, short_class

__all__ = ["TESTS", "Marker", "marker_for"]

_LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")


def _final(text: str, at: int) -> bool:
    """Java's ``$``: the end, or before the line end that closes the text."""
    left = len(text) - at
    if left == 2:
        return text[at:] == "\r\n"
    return left == 0 or (left == 1 and text[at] in _LINE_ENDS and not _inside_crlf(text, at))


def _final_unix(text: str, at: int) -> bool:
    return text[at:] in ("", "\n")


def _line_end(text: str, at: int) -> bool:
    return at == len(text) or (text[at] in _LINE_ENDS and not _inside_crlf(text, at))


def _line_end_unix(text: str, at: int) -> bool:
    return at == len(text) or text[at] == "\n"


def _line_begin(text: str, at: int) -> bool:
    """Java's ``^`` under (?m): never at the end of the text, not even of the empty one."""
    if at == len(text):
        return False
    return at == 0 or (text[at - 1] in _LINE_ENDS and not _inside_crlf(text, at))


def _line_begin_unix(text: str, at: int) -> bool:
    return at < len(text) and (at == 0 or text[at - 1] == "\n")


def _inside_crlf(text: str, at: int) -> bool:
    return text[at - 1 : at + 1] == "\r\n"


def _word(text: str, at: int) -> bool:
    r"""Java's ``\b``: letters, digits and _, and marks that follow a letter or digit."""
    return _word_before(text, at) != _word_behind(text, at)


def _is_word(char: str) -> bool:
    return char == "_" or contains(base_letters(), ord(char))


def _is_mark(char: str) -> bool:
    return contains(java_property("Mn", False, False) or (), ord(char))


def _word_before(text: str, at: int) -> bool:
    if at == 0:
        return False
    char = text[at - 1]
    if _is_word(char):
        return True
    # Java looks for the base one UTF-16 unit at a time, and finds none behind the BMP.
    return char <= "\uffff" and _is_mark(char) and _has_base(text, at - 1)


def _word_behind(text: str, at: int) -> bool:
    if at == len(text):
        return False
    return _is_word(text[at]) or (_is_mark(text[at]) and _has_base(text, at))


def _has_base(text: str, mark: int) -> bool:
    for char in reversed(text[:mark]):
        if char > "\uffff":
            return False
        if contains(base_letters(), ord(char)):
            return True
        if not _is_mark(char):
            return False
    return False


def _word_unicode(text: str, at: int) -> bool:
    word = short_class("w")
    before = at > 0 and contains(word, ord(text[at - 1]))
    return before != (at < len(text) and contains(word, ord(text[at])))


TESTS: dict[str, Callable[[str, int], bool]] = {
    "final": _final,
    "final-unix": _final_unix,
    "line-end": _line_end,
    "line-end-unix": _line_end_unix,
    "line-begin": _line_begin,
    "line-begin-unix": _line_begin_unix,
    "word": _word,
    "word-unicode": _word_unicode,
}
"""The tests that need marks; ``begin`` and ``end`` are RE2's own."""


class Marker:
    """Marks values for one pattern; ``tests`` maps the pattern's kinds to RE2's tests."""

    __slots__ = ("_before", "_behind", "_edge", "tests")

    def __init__(self, before: str | None, behind: str | None, edge: str | None) -> None:
        self._before = None if before is None else TESTS[before]
        self._behind = None if behind is None else TESTS[behind]
        self._edge = None if edge is None else TESTS[edge]
        # The marked value begins and ends where the value does, so these two need no mark.
        self.tests = {"begin": "\\A", "end": "\\z"}
        for kind, test in ((before, "(?m:^)"), (behind, "(?m:$)"), (edge, "\\b")):
            if kind is not None:
                self.tests[kind] = test

    def mark(self, text: str) -> str:
        """Return the marked value.

        ``text`` must not be empty.  Nothing stands before the first code point's own mark, where
        RE2 takes ``^`` as true, nor behind the last one's, where it takes ``$`` as true; so does
        Java.
        """
        pieces: list[str] = []
        for at in range(len(text) + 1):
            before, behind = self._pair(text, at)
            if at > 0:
                pieces.append(before)
            if at < len(text):
                pieces += (behind, text[at])
        return "".join(pieces)

    def _pair(self, text: str, at: int) -> tuple[str, str]:
        before = "\n" if self._before is not None and self._before(text, at) else "-"
        behind = "\n" if self._behind is not None and self._behind(text, at) else "-"
        if self._edge is not None and self._edge(text, at):
            if behind == "-" and at < len(text):
                behind = "w"
            else:
                before = "w"
        return before, behind


def marker_for(kinds: Iterable[str]) -> Marker | None:
    """Return the marker for these kinds of assertions; None where three tests cannot tell them."""
    needed = set(kinds) & TESTS.keys()
    edges = [kind for kind in needed if kind.startswith("word")]
    befores = [kind for kind in needed if kind.startswith("line-begin")]
    behinds = [kind for kind in needed if kind not in edges and kind not in befores]
    if max(len(edges), len(befores), len(behinds)) > 1:
        return None
    return Marker(*(kinds[0] if kinds else None for kinds in (befores, behinds, edges)))
