"""The name that a user probably meant, for messages about unknown names.

In: a word and the words that would be right.  Out: one of these, or None.  Knows no message.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["closest_match"]

_LONGEST = 80
"""Words beyond this length get no suggestion: comparing them costs more than it helps."""


def closest_match(
    word: str, candidates: Iterable[str], *, cutoff: float = 0.75, ignore_case: bool = True
) -> str | None:
    """Return the candidate that is most similar to ``word``, None if none is similar enough.

    Args:
        word: What was written.
        candidates: The words that would be right.
        cutoff: The least similarity from 0 to 1, as ``difflib.SequenceMatcher.ratio`` measures it.
        ignore_case: Whether letters are similar whatever their case.
    """
    if len(word) > _LONGEST:
        return None
    import difflib  # only where something is wrong

    if not ignore_case:
        found = difflib.get_close_matches(word, list(candidates), n=1, cutoff=cutoff)
        return found[0] if found else None
    by_lower_case = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=cutoff)
    return by_lower_case[found[0]] if found else None
