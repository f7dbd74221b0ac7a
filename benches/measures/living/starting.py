"""CPU time of whole processes, divided by that of processes that import the same and do nothing."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from statistics import median

from harness.checkouts import Figures, Found
from harness.child import cpu_seconds
from harness.living_plan import LivingPlan
from harness.report import Line
from measures.living.targets import Ratio, within
from measures.processes import CHECK

__all__ = ["REPEATED", "cases", "figures", "lines"]

REPEATED = True

_MODULES = {
    "imports": ("numpy", "numba", "lark", "attrs", "regex", "re2"),
    "imports of the command": ("lark", "attrs", "rich"),
}
_WORK = {
    "first place": ("-m", "children.first_place"),
    "first mask": ("-m", "children.first_query"),
    "check": CHECK,
}


def cases(_: LivingPlan) -> list[str]:
    """Return the one case: all kinds of processes take turns."""
    return ["cpu"]


def _imports(name: str) -> str:
    """Return the statement that imports what is installed of some modules."""
    return f"import {', '.join(filter(find_spec, _MODULES[name]))}"


def _beside(name: str) -> str:
    """Return what such a process does, and which modules it has to leave out."""
    absent = [module for module in _MODULES[name] if not find_spec(module)]
    return _imports(name) + (f" ({', '.join(absent)} not installed)" if absent else "")


def figures(plan: LivingPlan, _: str) -> Figures:
    """Return the nanoseconds of CPU time of each kind of process."""
    kinds = {name: ("-c", _imports(name)) for name in _MODULES} | _WORK
    samples: dict[str, list[float]] = {name: [] for name in kinds}
    fresh = {}
    with ExitStack() as stack:
        kernels = {name: stack.enter_context(tempfile.TemporaryDirectory()) for name in kinds}
        for name, arguments in kinds.items():  # afterwards each has its kernels on disk
            fresh[f"{name}, fresh"] = cpu_seconds(arguments, kernels[name])
        for name, arguments in list(kinds.items()) * plan.run.processes:
            samples[name].append(cpu_seconds(arguments, kernels[name]))
    known = {name: median(taken) for name, taken in samples.items()}
    return Figures({name: taken * 1e9 for name, taken in (known | fresh).items()})


def lines(_: LivingPlan, found: Found) -> list[Line]:
    """Return a line for each kind of process that does something."""
    wanted = [
        ("first place", "first place, kernels on disk", "imports", 1.4),
        ("first mask", "first mask, kernels on disk", "imports", 1.3),
        ("first place, fresh", "first place on a fresh install", "imports", 7),
        ("first mask, fresh", "first mask on a fresh install", "imports", 5),
        ("check", "placement check EXPR", "imports of the command", 2),
    ]
    return [
        within(f"{what}: CPU time / {_beside(base)}", found, (name, base), Ratio(at_most=most))
        for name, what, base, most in wanted
    ]
