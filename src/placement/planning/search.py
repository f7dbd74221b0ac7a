"""The least number that is enough, where more than enough is enough too.

In: a question about numbers, a first guess.  Out: the least number for which the answer is yes.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["least"]


def least(enough: Callable[[int], bool], guess: int, most: int) -> int | None:
    """Return the least number from 1 to ``most`` that is enough, None if ``most`` is not.

    The number that is returned was asked about and is enough, and so was the one below it (unless
    that is 0), which is not: this holds also where ``enough`` is not monotone, but then there may
    be a smaller number that is enough.

    Args:
        enough: The question; what is asked often costs much, so that a good guess is asked about
            first, and 0 never.
        guess: A number from 1 that is probably the answer.
        most: The largest number to be asked about, from 1.
    """
    low, high, step = 0, min(guess, most), 1
    while not enough(high):
        if high == most:
            return None
        low, high, step = high, min(high + step, most), 2 * step
    probe = high - 1  # where the guess is right, one more question is all
    while low < probe:
        if enough(probe):
            high = probe
        else:
            low = probe
        if high - low <= 1:
            break
        probe = (low + high) // 2
    return high
