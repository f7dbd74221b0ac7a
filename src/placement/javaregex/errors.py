"""What this package raises, and nothing else."""

from __future__ import annotations

__all__ = ["JavaRegexError", "JavaRegexTimeout"]


class JavaRegexError(ValueError):
    """A pattern that Java refuses, or one that cannot be answered as Java answers it.

    ``message`` names the construct in lower case and without a full stop; ``start`` and ``end`` are
    offsets in the pattern, in code points.
    """

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message, start, end)
        self.message = message
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return self.message


class JavaRegexTimeout(Exception):
    """A value on which a pattern has given no answer within its budget.

    ``pattern`` and ``value`` are the texts, ``steps`` is the budget.
    """

    def __init__(self, pattern: str, value: str, steps: int) -> None:
        super().__init__(pattern, value, steps)
        self.pattern = pattern
        self.value = value
        self.steps = steps

    def __str__(self) -> str:
        return f"the pattern gave no answer for one value in {self.steps:,} steps"
