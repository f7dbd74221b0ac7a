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


def measure(part: Part, plan: LivingPlan, *, quick: bool, earlier: Path | None) -> list[Line]:
    """Return the lines of a part; ``earlier`` is the folder of another library to compare with."""
    name = part.__name__.rpartition(".")[2]
    libraries = [own_library()] if earlier is None else [own_library(), earlier]
    runs: list[list[dict[str, float]]] = [[] for _ in libraries]
    known: dict[str, int] = {}
    for number in range(plan.run.rounds if part.REPEATED else 1):
        turns = list(zip(libraries, runs, strict=True))
        for library, rounds in turns if number % 2 else turns[::-1]:
            numbers: dict[str, float] = {}
            for case in part.cases(plan):
                found = _process(name, case, library, quick=quick)
                numbers |= found.numbers
                for what, answered in found.answers.items():
                    same = known.setdefault(what, answered) == answered
                    assert same, f"{what}: another answer than in the process before"
            rounds.append(numbers)
    return part.lines(plan, Found(*map(_medians, runs)))


def _process(part: str, case: str, library: Path, *, quick: bool) -> Figures:
    print(f"{part}, {case}: {library.parent.name}", file=sys.stderr, flush=True)
    size = "quick" if quick else "full"
    document: dict[str, Any] = answer("-m", "children.living", part, case, size, library=library)
    used = Path(document.pop("library"))
    assert used == library, f"the process used {used}, not {library}"
    return Figures(**document)


def _medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(one[name] for one in rounds) for name in rounds[0]}
