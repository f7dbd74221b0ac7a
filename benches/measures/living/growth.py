"""A history that is sampled on its way: what the cluster keeps, the process, time of each tenth."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter, perf_counter_ns

import placement
from harness.checkouts import Found
from harness.live_bytes import live_bytes, resident
from harness.report import Line, ratio_text, size_text

__all__ = ["follow", "memory_lines"]

_MOST_GROWTH = 1.05
_SAMPLES = 40
_COUNTED = 4
"""The bytes of the cluster are counted after so many samples: it takes as long as many calls."""


def follow(
    cluster: placement.Cluster,
    step: Callable[[int, int], None],
    length: int,
    settled: int,
    most_seconds: float,
) -> dict[str, float]:
    """Run a history piece by piece, until it is over or the time is up.

    Args:
        cluster: The cluster that lives.
        step: Runs the history from a number up to another.
        length: How long the history is.
        settled: From here on memory is flat.
        most_seconds: How long it may take.

    Returns:
        ``done``; ``cluster settled`` and ``cluster most`` after that, the bytes of all that it
        keeps; ``process settled`` and ``process most``, resident sizes in bytes; ``second tenth``
        and ``last tenth``, in nanoseconds of one step, as far as they were reached.
    """
    piece = max(length // _SAMPLES, 1)
    tenth, at = [0] * 10, 0
    kept: list[float] = []
    process: list[float] = []
    limit = perf_counter() + most_seconds
    while at < length and perf_counter() < limit:
        end = min(at + piece, length)
        start = perf_counter_ns()
        step(at, end)
        tenth[at * 10 // length] += perf_counter_ns() - start
        at = end
        if at >= settled:
            if not len(process) % _COUNTED or at == length:
                kept.append(live_bytes(cluster))
            process.append(resident())
    found: dict[str, float] = {"done": at}
    for name, sizes in (("cluster", kept), ("process", process)):
        if sizes:
            found |= {f"{name} settled": sizes[0], f"{name} most": max(sizes)}
    if at == length:
        found |= {"second tenth": tenth[1] * 10 / length, "last tenth": tenth[9] * 10 / length}
    return found


def memory_lines(what: str, since: str, found: Found, case: str, length: int) -> list[Line]:
    """Return how much the cluster and the process grew once all had settled.

    The target is for what the cluster keeps.  The process grows too when a page of an array, which
    counts whole from the beginning, is written to for the first time.

    Args:
        what: The history.
        since: When it had settled.
        found: The figures of ``follow``, each after the case and a colon.
        case: The case.
        length: How long the history is.
    """
    kept, process = (
        (f"{what}: {of}, most / {since}", _both(found, case, name, length))
        for name, of in (("cluster", "bytes that the cluster keeps"), ("process", "resident size"))
    )
    ratio = _ratio(found.now, case, "cluster")
    met = found.now[f"{case}: done"] == length and ratio is not None and ratio <= _MOST_GROWTH
    return [Line(*kept, f"at most {_MOST_GROWTH}x", met), Line(*process, "", None)]


def _both(found: Found, case: str, name: str, length: int) -> str:
    """Return how something grew, in this checkout and in the earlier one."""
    now = _growth(found.now, case, name, length)
    return f"{now}, before {_growth(found.before, case, name, length)}" if found.before else now


def _growth(numbers: dict[str, float], case: str, name: str, length: int) -> str:
    done = numbers[f"{case}: done"]
    cut = "" if done == length else f", first {done:,.0f}"
    ratio = _ratio(numbers, case, name)
    if ratio is None:
        return f"no memory{cut}"
    settled, most = (size_text(numbers[f"{case}: {name} {when}"]) for when in ("settled", "most"))
    return f"{ratio_text(ratio)} ({settled} to {most}{cut})"


def _ratio(numbers: dict[str, float], case: str, name: str) -> float | None:
    """Return how many times as large it was, None if the history did not come so far."""
    settled = numbers.get(f"{case}: {name} settled")
    return None if settled is None else numbers[f"{case}: {name} most"] / settled
