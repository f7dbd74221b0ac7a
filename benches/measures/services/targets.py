"""Targets in proportion to how fast the machine is."""

from __future__ import annotations

import attrs

from harness.report import Line, rate_text, time_text

__all__ = ["FASTEST", "SLOWEST", "Found", "Speed", "at_most"]

SLOWEST, FASTEST = 4e6, 5e6
"""Decisions in a second of ``place_many``, stream combined, on machines that targets are for."""


@attrs.frozen
class Speed:
    """How fast ``place_many`` decided the reference stream: decisions in a second of CPU time."""

    rate: float

    @property
    def factor(self) -> float:
        """By what targets are multiplied: above 1 on a slower machine, below 1 on a faster one.

        It is 1 between the two rates.
        """
        return min(1.0, FASTEST / self.rate) if self.rate > SLOWEST else SLOWEST / self.rate

    @property
    def text(self) -> str:
        """What it is, and what that makes of the targets."""
        return f"{rate_text(self.rate)}; targets that are times are multiplied by {self.factor:.2f}"


@attrs.frozen
class Found:
    """Medians over all rounds by name: nanoseconds of CPU time, bytes; and the machine's speed."""

    numbers: dict[str, float]
    speed: Speed


def at_most(what: str, found: Found, name: str, seconds: float) -> Line:
    """Return a time beside the most that it is to be."""
    ns, most = found.numbers[name], seconds * 1e9 * found.speed.factor
    target = f"at most {time_text(most).strip()}"
    if found.speed.factor != 1:
        target += f" ({time_text(seconds * 1e9).strip()} x {found.speed.factor:.2f})"
    return Line(what, time_text(ns), target, ns <= most)
