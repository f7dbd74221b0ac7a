"""Explanations as values: what ``explain`` answers, and how it reads as text.

In: nothing but counts, names and texts.  Out: ``PlacementExplanation`` and ``Shortfall``.  Knows
neither checks nor clusters.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from placement.errors import sanitize

__all__ = ["PlacementExplanation", "Shortfall"]


MAX_CAUSES = 6
"""Causes of one reason that a line names; the rest is counted."""

MAX_CAUSE = 160
"""Characters of a cause in a line: expressions may be long."""


@attrs.frozen
class Shortfall:
    """How many candidates the checks of one reason rule out, and for an amount by how much.

    Attributes:
        reason: The code (C17).
        instances: How many candidates fail.
        wanted: The amount that is wanted; None if the check is not about an amount.  Where all GPUs
            are wanted: those of ``nearest``.
        best: The most that one of the instances that fail has left; None likewise.
        nearest: The id of that instance; None likewise.
        unit: The unit of the amounts, of one and of several: "GPU", "GPUs"; None likewise.
        causes: By name what rules them out (which attribute, which port, how little of what is
            wanted and where the most is left), each with how many of them have it, the most first.
            The counts overlap where one of them has several causes.
        sentence: What is said of one instance that fails, and of several.
    """

    reason: str
    instances: int
    wanted: int | None = None
    best: int | None = None
    causes: tuple[tuple[str, int], ...] = ()
    nearest: str | None = attrs.field(default=None, kw_only=True)
    unit: tuple[str, str] | None = attrs.field(default=None, kw_only=True)
    sentence: tuple[str, str] = attrs.field(kw_only=True, repr=False)

    @property
    def lacks(self) -> int | None:
        """How much ``nearest`` lacks; None if the check is not about an amount."""
        return None if self.wanted is None or self.best is None else self.wanted - self.best

    def __str__(self) -> str:
        text = f"{self.instances} {self.sentence[self.instances != 1]}"
        if not self.causes:
            return text
        if len(self.causes) == 1 and self.causes[0][1] == self.instances:
            return f"{text}: {_short(self.causes[0][0])}"
        named = [f"{_short(cause)} ({count})" for cause, count in self.causes[:MAX_CAUSES]]
        more = len(self.causes) - len(named)
        if more:
            named.append(f"{more} other cause{'' if more == 1 else 's'}")
        return f"{text}: {'; '.join(named)}"


def _short(cause: str) -> str:
    return cause if len(cause) <= MAX_CAUSE else cause[: MAX_CAUSE - 1] + "…"


@attrs.frozen(repr=False)
class PlacementExplanation:
    """Where a task has room now, and why not elsewhere; ``str()`` puts it in words.

    Attributes:
        candidates: How many instances there are that are not INACTIVE.
        fitting: How many of them have room now.
        failures: For each row that has not, the reasons in C17's order.
        shortfalls: For each reason how many instances it rules out, the most first.
        closest: The id of the closest instance (A41), or of the first that fits; else None.
        missing: What the closest instance is missing, named.
        never_fits: No registered instance would do if it were empty, ACTIVE and connected.
        remedies: What one change would help: a text, and how many instances fit then.
        unknown_tasks: Running tasks of which no group is known (C10).
        unknown_interfaces: Instances whose number of network interfaces is not known (C12).
        unknown_neuron_devices: Instances that report no Neuron devices, which the task asks for and
            which are not checked there (B44).
    """

    candidates: int
    fitting: int
    failures: Mapping[int, tuple[str, ...]]
    shortfalls: tuple[Shortfall, ...]
    closest: str | None
    missing: tuple[str, ...]
    never_fits: bool
    remedies: tuple[tuple[str, int], ...]
    unknown_tasks: int
    unknown_interfaces: int
    unknown_neuron_devices: int

    def __repr__(self) -> str:
        closest = "" if self.fitting else f", closest is {self.closest}"
        return f"<PlacementExplanation: {self.fitting} of {self.candidates} instances fit{closest}>"

    def __str__(self) -> str:
        return sanitize("\n".join(self._lines()))

    def summary(self) -> tuple[str, ...]:
        """Return whether there is room, and what rules instances out, a line for each reason."""
        return tuple([sanitize(line) for line in self._summary_lines()])

    def _summary_lines(self) -> list[str]:
        if not self.candidates:
            return ["no container instances were found in the cluster"]
        when = ": no registered instance could ever run it" if self.never_fits else " now"
        if self.candidates == 1:
            lines = [f"the only instance has {'room' if self.fitting else f'no room{when}'}"]
        elif not self.fitting:
            lines = [f"none of {self.candidates} instances has room{when}"]
        else:
            has = "has" if self.fitting == 1 else "have"
            lines = [f"{self.fitting} of {self.candidates} instances {has} room"]
        lines += [f"  {shortfall}" for shortfall in self.shortfalls]
        if sum(shortfall.instances for shortfall in self.shortfalls) > len(self.failures):
            lines.append("  (an instance is counted under each of its reasons)")
        return lines

    def _lines(self) -> list[str]:
        lines = self._summary_lines()
        if not self.candidates:
            return lines
        if not self.fitting:
            lines.append(f"closest is {self.closest}:")
            lines += [f"  {line}" for text in self.missing for line in text.split("\n")]
        lines += [
            f"without {change} {count} instance{' fits' if count == 1 else 's fit'}"
            for change, count in self.remedies
        ]
        if self.unknown_tasks:
            tasks = "running task has" if self.unknown_tasks == 1 else "running tasks have"
            lines.append(
                f"{self.unknown_tasks} {tasks} no known group: task:group, spread and "
                "distinctInstance (AtMost and ZoneSkew too) do not see "
                f"{'it' if self.unknown_tasks == 1 else 'them'}"
            )
        if self.unknown_interfaces:
            some = "instance has" if self.unknown_interfaces == 1 else "instances have"
            text = f"{self.unknown_interfaces} {some} an unknown number of network interfaces"
            lines.append(f"{text}, which is not checked")
        if self.unknown_neuron_devices:
            report = "instance reports" if self.unknown_neuron_devices == 1 else "instances report"
            text = f"{self.unknown_neuron_devices} {report} no Neuron devices"
            lines.append(f"{text}: whether the task finds any there is not checked")
        return lines
