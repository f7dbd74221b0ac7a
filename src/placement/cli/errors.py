"""Errors that only the command line has, and how errors fit in one line.

``options`` raise them, ``output`` prints them.
"""

from __future__ import annotations

from placement.aws.errors import ParamValidationError
from placement.errors import PlacementError, Problem, caret_line, sanitize

__all__ = ["ShorthandError", "in_one_line", "one_line"]


class ShorthandError(PlacementError, ValueError):
    """A text is not in the AWS CLI's shorthand; ``str()`` marks the place with carets.

    Attributes:
        source: The text.
        problem: What is wrong, and where in the text.
    """

    def __init__(self, source: str, problem: Problem) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        return f"{sanitize(str(self.problem))}\n{caret_line(self.source, self.problem.span)}"


def one_line(text: str) -> str:
    """Return a text with blanks for its line feeds; other control characters stay."""
    return " ".join(text.split("\n"))


def in_one_line(error: PlacementError) -> str:
    """Return what an error says as one line; several things that are wrong stand apart."""
    if isinstance(error, ParamValidationError):
        return f"Parameter validation failed: {'; '.join(error.report.splitlines())}"
    return one_line(str(error))
