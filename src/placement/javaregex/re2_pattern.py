"""A pattern as RE2 takes it: what ``re2_text`` writes, and ``matcher`` for plain alternatives.

A module of its own, so that plain patterns need nothing of what reads and rewrites the others.
"""

from __future__ import annotations

import attrs

__all__ = ["Re2Text"]


@attrs.frozen
class Re2Text:
    """A pattern for RE2.

    Attributes:
        text: The pattern, to be matched in full.
        instructions: About how many instructions RE2 makes of it.
        one_line: Whether it is right only for texts that are not empty and hold no line end.
    """

    text: str
    instructions: int
    one_line: bool
