"""A history that is sampled on its way: memory of the process, and time of each tenth."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter, perf_counter_ns

from harness.checkouts import Found
from harness.child import memory_of
from harness.report import Line, ratio_text, size_text

__all__ = ["follow", "memory_line"]

_MOST_GROWTH = 1.05
_SAMPLES = 100


def follow(
    step: Callable[[int, int], None], length: int, settled: int, most_seconds: float
) -> dict[str, float]:
    """Run a history piece by piece, until it is over or the time is up.

    Args:
        step: Runs the history from a number up to another.
        length: How long the history is.
        settled: From here on memory is flat.
        most_seconds: How long it may take.

    Returns:
        ``done``; ``memory settled`` and ``memory most`` after that, in bytes; ``second tenth`` and
        ``last tenth``, in nanoseconds of one step, as far as they were reached.
    """
    piece = max(length // _SAMPLES, 1)
    tenth, at = [0] * 10, 0
    memory: list[float] = []
    limit = perf_counter() + most_seconds
    while at < length and perf_counter() < limit:
        end = min(at + piece, length)
        start = perf_counter_ns()
        step(at, end)
        tenth[at * 10 // length] += perf_counter_ns() - start
        at = end
        gc.collect()
        if at >= settled:
            memory.append(memory_of("VmRSS"))
    found: dict[str, float] = {"done": at}
    if memory:
        found |= {"memory settled": memory[0], "memory most": max(memory)}
    if at == length:
        found |= {"second tenth": tenth[1] * 10 / length, "last tenth": tenth[9] * 10 / length}
    return found


def memory_line(what: str, found: Found, case: str, length: int) -> Line:
    """Return how much the process grew once all had settled."""
    measured = _growth(found.now, case, length)
    if found.before:
        measured += f", before {_growth(found.before, case, length)}"
    met = found.now[f"{case}: done"] == length and _ratio(found.now, case) <= _MOST_GROWTH
    return Line(what, measured, f"at most {_MOST_GROWTH}x", met)


def _growth(numbers: dict[str, float], case: str, length: int) -> str:
    done = numbers[f"{case}: done"]
    cut = "" if done == length else f", first {done:,.0f}"
    if f"{case}: memory most" not in numbers:
        return f"no memory{cut}"
    settled, most = (size_text(numbers[f"{case}: memory {name}"]) for name in ("settled", "most"))
    return f"{ratio_text(_ratio(numbers, case))} ({settled} to {most}{cut})"


def _ratio(numbers: dict[str, float], case: str) -> float:
    return numbers[f"{case}: memory most"] / numbers[f"{case}: memory settled"]
