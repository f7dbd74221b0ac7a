"""Parts measured in processes of their own, by this checkout and in turn by an earlier one.

A part is a module of ``measures/living``; both checkouts run the same measuring code, which keeps
to the public calls that both have.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import attrs

from harness.child import answer
from harness.living_plan import LivingPlan
from harness.report import Line

__all__ = ["Figures", "Found", "Part", "library_of", "measure", "own_library"]


@attrs.frozen
class Figures:
    """What one process measured."""

    numbers: dict[str, float]
    """Times in nanoseconds, sizes in bytes; by name."""
    answers: dict[str, int] = attrs.Factory(dict)
    """Checksums of what the library answered: the same in each round, whichever the checkout."""


@attrs.frozen
class Found:
    """Medians over all rounds, by name, of this checkout and of the earlier one."""

    now: dict[str, float]
    before: dict[str, float] = attrs.Factory(dict)
    """Empty if there is no earlier checkout."""


class Part(Protocol):
    """What a module of ``measures/living`` has."""

    __name__: str

    REPEATED: bool
    """Whether it is measured in each round; if not, once."""

    def cases(self, plan: LivingPlan) -> list[str]:
        """Return the cases, each of which is measured in a process of its own."""

    def figures(self, plan: LivingPlan, case: str) -> Figures:
        """Measure a case.  Names of figures that belong to a case alone have it in them."""

    def lines(self, plan: LivingPlan, found: Found) -> list[Line]:
        """Return the figures beside their targets."""


def own_library() -> Path:
    """Return the folder from which this process has the library."""
    spec = find_spec("placement")
    assert spec is not None, "placement is not installed"
    assert spec.origin is not None, "placement has no __init__.py"
    return Path(spec.origin).parent.parent


def library_of(checkout: Path) -> Path:
    """Return the folder with the library of a checkout of this project.

    Raises:
        FileNotFoundError: there is none.
    """
    library = checkout.resolve() / "src"
    if not (library / "placement" / "__init__.py").is_file():
        raise FileNotFoundError(f"no src/placement in {checkout}")
    return library


class _Side:
    """A library that is measured, and what came out in each round."""

    def __init__(self, library: Path, most_seconds: float) -> None:
        self._library, self._most_seconds = library, most_seconds
        self.rounds: list[dict[str, float]] = []

    def figures(self, part: str, case: str, *, quick: bool) -> Figures:
        """Measure a case in a new process."""
        print(f"{part}, {case}: {self._library.parent.name}", file=sys.stderr, flush=True)
        document: dict[str, Any] = answer(
            "-m",
            "children.living",
            part,
            case,
            "quick" if quick else "full",
            str(self._most_seconds),
            library=self._library,
        )
        used = Path(document.pop("library"))
        assert used == self._library, f"the process used {used}, not {self._library}"
        return Figures(**document)


def measure(part: Part, plan: LivingPlan, *, quick: bool, earlier: Path | None) -> list[Line]:
    """Return the lines of a part; ``earlier`` is the folder of another library to compare with."""
    name = part.__name__.rpartition(".")[2]
    sides = [_Side(own_library(), plan.run.most_seconds)]
    if earlier is not None:
        sides.append(_Side(earlier, plan.run.earlier_seconds))
    known: dict[str, int] = {}
    for number in range(plan.run.rounds if part.REPEATED else 1):
        for side in sides if number % 2 else sides[::-1]:
            numbers: dict[str, float] = {}
            for case in part.cases(plan):
                found = side.figures(name, case, quick=quick)
                numbers |= found.numbers
                for what, answered in found.answers.items():
                    same = known.setdefault(what, answered) == answered
                    assert same, f"{what}: another answer than in the process before"
            side.rounds.append(numbers)
    return part.lines(plan, Found(*[_medians(side.rounds) for side in sides]))


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(one[name] for one in rounds) for name in rounds[0]}
