"""Lines that hold a ratio of two figures against its target."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from harness.checkouts import Found
from harness.report import Line, ratio_text, time_text

__all__ = ["Ratio", "against", "within"]


@attrs.frozen
class Ratio:
    """What a ratio is to be: ``at_most`` or ``at_least`` so many times."""

    at_most: float | None = None
    at_least: float | None = None

    @property
    def text(self) -> str:
        """How the target reads."""
        if self.at_most is not None:
            return f"at most {self.at_most:.3g}x"
        return f"at least {self.at_least:.3g}x"

    def met(self, ratio: float) -> bool:
        """Return whether a ratio reaches it."""
        if self.at_most is not None:
            return ratio <= self.at_most
        assert self.at_least is not None
        return ratio >= self.at_least


def within(
    what: str,
    found: Found,
    names: tuple[str, str],
    target: Ratio,
    show: Callable[[float], str] = time_text,
) -> Line:
    """Return the first figure divided by the second, both of this checkout.

    The same ratio of the earlier checkout stands beside it, where that has both.
    """
    over, under = names
    for name in names:
        if name not in found.now:
            return Line(what, f"not measured: {name}", target.text, met=False)
    ratio = found.now[over] / found.now[under]
    measured = f"{ratio_text(ratio)} ({show(found.now[over])} / {show(found.now[under])})"
    if {over, under} <= found.before.keys():
        measured += f", before {ratio_text(found.before[over] / found.before[under])}"
    return Line(what, measured, target.text, target.met(ratio))


def against(
    what: str,
    found: Found,
    name: str,
    target: Ratio | None,
    show: Callable[[float], str] = time_text,
) -> Line:
    """Return a time of this checkout divided by that of the earlier one.

    With ``at_least`` it is a rate, and the ratio is the other way round.
    """
    wanted = "" if target is None else f"{target.text} of before"
    now, before = found.now[name], found.before.get(name)
    if before is None:
        return Line(what, f"{show(now)}, no --against", wanted, None)
    rate = target is not None and target.at_least is not None
    ratio = before / now if rate else now / before
    measured = f"{ratio_text(ratio)} ({show(now)}, before {show(before)})"
    return Line(what, measured, wanted, None if target is None else target.met(ratio))
