"""What a clean refusal is: the one place that says what no error of ours may look like."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import placement
from placement.lang.parse import GRAMMAR

TERMINALS = frozenset(re.findall(r"(?m)^\??(_?[A-Z][A-Z_]+)\b", GRAMMAR.text())) | {
    "LSQB",
    "COMMA",
    "__ANON",
    "$END",
    "Token",
    "UnexpectedToken",
    "UnexpectedCharacters",
    "UnexpectedEOF",
    "UnexpectedInput",
    "VisitError",
    "Traceback",
    "NoneType",
    "Operator.",
    "Literal(",
    "Condition(",
}
"""Names of the machinery, which a person who wrote a text has never heard of."""


def compiled(text: Any, **options: Any) -> placement.Query | None:
    """Compile a text; None if it was refused, after a look at the refusal."""
    try:
        return placement.compile(text, **options)
    except placement.CqlError as error:
        check(error, text if isinstance(text, str) else "")
        return None


def check(error: placement.CqlError, text: str) -> None:
    """Assert that an error can be shown to a person and points into the text (C3)."""
    shown = str(error)
    shown.encode("utf-8")
    assert shown.strip()
    assert all(character == "\n" or character.isprintable() for character in shown)
    assert error.source == text
    assert error.problems
    assert repr(error)
    for problem in error.problems:
        assert 0 <= problem.span.start <= problem.span.end <= len(text), problem
        words = f"{problem.message} {problem.suggestion}"
        assert not {name for name in TERMINALS if name in words and name not in text}, words


def answered(ask: Callable[[], Any], query: placement.Query) -> Any:
    """Return the answer; None for a RegexTimeout, after a look at it (C5)."""
    try:
        return ask()
    except placement.RegexTimeout as error:
        timeout = error
    str(timeout).encode("utf-8")
    piece = query.text[timeout.span.start : timeout.span.end]
    assert timeout.pattern in (piece, piece[1:-1].replace("\\\\", "\\").replace("\\'", "'"))
    assert timeout.steps > 0
    return None


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes more CPU time of the process than ``seconds``.

    CPU time does not pass while other processes have the processor.  What waits for ever takes
    none: a second bound, in wall-clock time and far above what a busy machine needs, ends it.

    Raises:
        TimeoutError: one of the bounds is passed.
    """
    patience = max(120.0, 10 * seconds)

    def stop(number: int, _: object) -> None:
        if number == signal.SIGPROF:
            raise TimeoutError(f"still busy after {seconds} s of CPU time")
        raise TimeoutError(f"still waiting after {patience} s")

    timers = (
        (signal.SIGPROF, signal.ITIMER_PROF, seconds),
        (signal.SIGALRM, signal.ITIMER_REAL, patience),
    )
    before = [(number, signal.signal(number, stop)) for number, _, _ in timers]
    for _, timer, bound in timers:
        signal.setitimer(timer, bound)
    try:
        yield
    finally:
        for _, timer, _ in timers:
            signal.setitimer(timer, 0)
        for number, handler in before:
            signal.signal(number, handler)
