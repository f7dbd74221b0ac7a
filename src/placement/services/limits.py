"""The bounds of a service's tasks, in whole numbers (S4.1).

In: the desired count and percents.  Out: numbers of tasks.  Nothing here knows tasks.
"""

from __future__ import annotations

__all__ = ["ceil_div", "lower_bound", "upper_bound"]


def ceil_div(numerator: int, denominator: int) -> int:
    """Return the quotient, rounded up."""
    return -(-numerator // denominator)


def lower_bound(desired: int, minimum_percent: int) -> int:
    """Return how many tasks a deployment keeps healthy."""
    return ceil_div(desired * minimum_percent, 100)


def upper_bound(desired: int, maximum_percent: int) -> int:
    """Return how many tasks there may be during a deployment."""
    return desired * maximum_percent // 100
