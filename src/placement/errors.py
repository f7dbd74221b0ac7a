"""The exceptions of this library, and how their messages mark a place in a text.

In: messages with the piece of text they are about.  Out: exceptions whose text shows the line with
carets.  This module knows nothing of queries, clusters or documents; every layer may import it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import attrs

__all__ = [
    "CqlError",
    "DocumentError",
    "InstanceError",
    "MetricMathError",
    "PlacementError",
    "PolicyError",
    "Problem",
    "RegexTimeout",
    "ScheduleError",
    "Span",
    "StaleExplanation",
    "TaskError",
    "UncachedKernelsWarning",
    "UsageError",
    "caret_line",
    "describe_value",
    "sanitize",
]

_CONTEXT = 72
"""Characters of a long line that are shown before and after the piece an error points at."""


_PLAIN_TYPES = frozenset(
    {
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
    }
)
"""Types whose text is short and safe, by module and name: importing them all costs time."""

_LONG_NUMBER = 200
"""Bits from which on a whole number is not written out."""

_LONGEST_ARN = 400
"""Characters of an ARN that messages have; no name in ECS has more than 255."""


@attrs.frozen
class Span:
    """A piece of a text: code points ``start`` up to and without ``end``."""

    start: int
    end: int


@attrs.frozen
class Problem:
    """One thing that is wrong with a text: what, where, and what would be right if known."""

    message: str
    span: Span
    suggestion: str | None = None

    def __str__(self) -> str:
        if self.suggestion is None:
            return self.message
        return f"{self.message}; did you mean {self.suggestion}?"


class PlacementError(Exception):
    """The base of every error that this library raises on purpose."""


class CqlError(PlacementError, ValueError):
    """A text is no valid expression.

    ``source`` is the text, ``problems`` holds everything found: one problem, the first, for a text
    that does not parse, and all of them for one that parses (C3).  ``str()`` shows each problem
    above its line, with carets below the place.
    """

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        super().__init__(source, tuple(problems))
        self.source = source
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(map(self._shown, self.problems))

    def _shown(self, problem: Problem) -> str:
        message = sanitize(str(problem))
        if not self.source.strip():
            return message
        return f"{message}\n{caret_line(self.source, problem.span)}"


class RegexTimeout(PlacementError):
    """A regular expression needed more steps for one value than it was given (C5).

    ``pattern`` and ``value`` are the two texts, ``span`` is the pattern's place in the query and
    ``steps`` the number it was given.  The cluster is unchanged and no answer was given.
    """

    def __init__(self, pattern: str, value: str, span: Span, steps: int) -> None:
        super().__init__(pattern, value, span, steps)
        self.pattern = pattern
        self.value = value
        self.span = span
        self.steps = steps

    def __str__(self) -> str:
        return sanitize(
            f"the regular expression {self.pattern!r} gave no answer for the value {self.value!r}"
            f" in {self.steps:,} steps"
        )


class DocumentError(PlacementError, ValueError):
    """A document or a value does not have the form that ECS gives it; ``path`` says where."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return sanitize(f"{self.message} @ {self.path}" if self.path else self.message)


class ScheduleError(PlacementError, ValueError):
    """A schedule of a scaling action is none, or its times contradict one another.

    ``reason`` is the sentence with which the API refuses it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return sanitize(self.reason)


class PolicyError(PlacementError, ValueError):
    """The settings of a scaling policy contradict one another.

    ``reason`` is the sentence with which the API refuses them.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return sanitize(self.reason)


class MetricMathError(PlacementError, ValueError):
    """A text is no expression over metrics.

    ``source`` is the text and ``problem`` what is wrong with it, and where.
    """

    def __init__(self, source: str, problem: Problem) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        message = sanitize(str(self.problem))
        if not self.source.strip():
            return message
        return f"{message}\n{caret_line(self.source, self.problem.span)}"


class InstanceError(PlacementError, LookupError):
    """A call names a container instance that is not there, or is in the wrong state for it."""


class StaleExplanation(PlacementError):
    """An explanation was asked of a result after the cluster had changed (C20)."""


class TaskError(PlacementError, LookupError):
    """A call names a task that is not there."""


class UsageError(PlacementError, TypeError):
    """A call got an argument of the wrong kind."""


class UncachedKernelsWarning(RuntimeWarning):
    """Compiled kernels cannot be kept on disk, so that every process compiles them."""


def sanitize(text: str) -> str:
    """Return ``text`` in characters that any terminal and any file can take.

    Control characters become blanks, lone surrogates U+FFFD; the length stays the same, so that
    positions keep their meaning.  Line feeds stay.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(character) == "Cs" else " "


def describe_value(value: object) -> str:
    """Return a short description of any value, for messages; never long, and never an error.

    Texts are cut after 60 characters, but not ARNs, whose last characters say what they name.
    A ``repr`` may be neither: think of a number of 5,000 digits or a list in itself.
    """
    kind = type(value).__name__
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        most = _LONGEST_ARN if str.startswith(value, "arn:") else 60
        return repr(str.__getitem__(value, slice(most))) + (
            "…" if str.__len__(value) > most else ""
        )
    if isinstance(value, bytes):
        return f"{kind} {bytes.__getitem__(value, slice(60))!r}"
    if isinstance(value, float):
        return f"{kind} {float.__repr__(value)}"
    if isinstance(value, int) and int.bit_length(value) < _LONG_NUMBER:
        return f"{kind} {int.__repr__(value)}"
    if (type(value).__module__, kind) in _PLAIN_TYPES or _is_numpy_scalar(value):
        text = str(value)
        return f"{kind} {text[:60]}" + ("…" if len(text) > 60 else "")
    return kind


def _is_numpy_scalar(value: object) -> bool:
    """Return whether a value is a number or truth value of numpy, which is not imported here."""
    kind = type(value)
    return kind.__module__ == "numpy" and any(
        base.__name__ in ("number", "bool", "bool_") for base in kind.__mro__
    )


def caret_line(source: str, span: Span, indent: str = "    ") -> str:
    """Return the line of ``source`` that holds ``span``, and below it carets under the span.

    A long line is cut around the span.  A span that continues after its line is underlined to the
    end of the line; an empty one gets one caret.
    """
    start = min(max(span.start, 0), len(source))
    first = source.rfind("\n", 0, start) + 1
    last = source.find("\n", start)
    last = len(source) if last < 0 else last
    end = min(max(span.end, start), last)
    left = max(first, start - _CONTEXT)
    right = min(last, max(start + 1, min(end, start + _CONTEXT)) + _CONTEXT)
    before = ("…" if left > first else "") + sanitize(source[left:start])
    marked = sanitize(source[start : min(end, right)])
    behind = sanitize(source[min(end, right) : right]) + ("…" if right < last else "")
    carets = " " * _width(before) + "^" * max(1, _width(marked))
    return f"{indent}{before}{marked}{behind}\n{indent}{carets}"


def _width(text: str) -> int:
    """Return how many columns a terminal gives to ``text``."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)
