"""When masks are computed with numpy, and when by kernels; the answers are the same.

``tests/unit/kernels/test_masks.py`` compares the answers.
"""

from __future__ import annotations

import math
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

import placement
from placement import warming
from placement.kernels import _jit, tiers
from placement.kernels import masks as masks_module
from placement.query import evaluation

EXPRESSIONS = (
    "attribute:stack == prod",
    "attribute:stack == prod and not(runningTasksCount > 3 or attribute:rack =~ r[0-9])",
)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let this process be as one that has computed no mask."""
    monkeypatch.setattr(evaluation, "kernels", None)
    monkeypatch.setattr(evaluation, "_spent", 0.0)
    monkeypatch.setattr(evaluation, "_limit", evaluation.LOAD)
    return monkeypatch


def masks() -> list[list[bool]]:
    cluster = placement.Cluster()
    for number in range(9):
        attributes = {"stack": ("prod", "dev")[number % 2], "rack": f"r{number}x"}
        cluster.register(placement.Instance(id=f"i-{number}", attributes=attributes))
    return [placement.compile(text).mask(cluster).tolist() for text in EXPRESSIONS]


EXPECTED = [[True, False] * 4 + [True]] * 2


def test_the_first_masks_need_no_kernel(fresh: pytest.MonkeyPatch) -> None:
    del fresh
    assert masks() == EXPECTED
    assert evaluation.kernels is None
    assert evaluation._spent > 0


def test_kernels_on_disk_are_taken_once_masks_have_taken_long(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(evaluation, "is_disabled", lambda: False)
    fresh.setattr(_jit, "is_on_disk", lambda _: True)
    fresh.setattr(evaluation, "_spent", evaluation.LOAD)
    assert masks() == EXPECTED
    assert evaluation.kernels == (masks_module.run.compiled(), masks_module.run_one.compiled())


def test_kernels_that_must_be_compiled_are_taken_later(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(evaluation, "is_disabled", lambda: False)
    fresh.setattr(_jit, "is_on_disk", lambda _: False)
    fresh.setattr(evaluation, "_spent", evaluation.LOAD)
    assert masks() == EXPECTED
    assert evaluation.kernels is None
    assert evaluation._limit == evaluation.COMPILE
    fresh.setattr(evaluation, "_spent", evaluation.COMPILE)
    assert masks() == EXPECTED
    assert evaluation.kernels is not None


def test_without_compilation_numpy_stays(fresh: pytest.MonkeyPatch) -> None:
    """Kernels as plain Python would take a hundred times as long."""
    fresh.setattr(evaluation, "is_disabled", lambda: True)
    fresh.setattr(evaluation, "_spent", 2 * evaluation.COMPILE)
    assert masks() == EXPECTED
    assert evaluation.kernels is None
    assert evaluation._limit == math.inf


def test_both_ways_are_called_alike(fresh: pytest.MonkeyPatch) -> None:
    """A kernel that is there is asked for a single test of a column by itself."""
    called: list[str] = []

    def note(name: str, arguments: int) -> Any:
        def kernel(*given: Any) -> None:
            assert len(given) == arguments
            given[-1].fill(True)
            called.append(name)

        return kernel

    kernels = SimpleNamespace(run=note("run", 13), run_one=note("run_one", 5))
    fresh.setattr(evaluation, "kernels", kernels)
    assert masks() == [[True] * 9] * 2
    assert called == ["run_one", "run"]


def test_a_process_that_warms_takes_the_kernels_at_once(fresh: pytest.MonkeyPatch) -> None:
    fresh.setattr(warming, "is_disabled", lambda: False)
    fresh.setattr(tiers._Process, "takes_kernels", False)
    fresh.setattr(warming, "_select", lambda: None)
    fresh.setattr(warming, "_place", lambda: None)
    placement.warm()
    assert evaluation.kernels is not None
    assert tiers._Process.takes_kernels


FIRST = """
import sys, placement
cluster = placement.Cluster()
cluster.register(placement.Instance(id="i-1", attributes={"stack": "prod"}))
text = r"attribute:stack =~ p.*|dev and attribute:rack != r1 or attribute:a exists"
print(placement.compile(text).select(cluster))
print("numba" in sys.modules)
"""


def test_the_first_mask_of_a_process_loads_no_numba() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FIRST], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\nFalse\n", "")
