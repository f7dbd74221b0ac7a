"""The near name that a person probably meant.

In: a word and the words that would be right.  Out: one of these, or None.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["closest_match"]

_LONGEST = 64
"""Words beyond this length get no suggestion: comparing them costs more than it helps."""


def closest_match(word: str, candidates: Iterable[str]) -> str | None:
    """Return the word of ``candidates`` that differs from ``word`` least, if it is near enough."""
    if len(word) > _LONGEST:
        return None
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=0.75)
    return by_lower_case[found[0]] if found else None
