"""The benches of placing and of the ECS layer run from end to end on tiny sizes.

Answers are checked where they are determined.  No time is looked at.
``benches/language.py`` needs a dozen engines that the tests do without.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHES = Path(__file__).resolve().parents[2] / "benches"


def bench(*arguments: str, script: str = "placing.py") -> subprocess.CompletedProcess[str]:
    """Run a bench with compiled kernels, however the tests themselves are run."""
    environment = {name: text for name, text in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    command = [sys.executable, str(BENCHES / script), "--quick", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module")
def quick() -> str:
    """What the bench prints when all its parts are measured, on tiny sizes."""
    done = bench()
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shown",
    [
        "mixed1000  240    placement, place_many",
        "combined   60     placement, place ",
        "packed     60     numpy scan",
        "combined   60     numpy, keys kept",
        "mixed      60     naive twin",
        "place(task, count=1,000), packed, 60 nodes",
        "place(task), basic, 60 nodes: outside the kernels",
        "place_many, combined, 600 nodes: rate after 6,000 tasks / empty",
        "60 instances, 600 tasks: with trial(): pass",
        "600 instances, 6,000 tasks of mixed: peak growth",
        "first place in a new process, kernels on disk",
    ],
)
def test_each_part_of_the_placing_bench_is_measured(quick: str, shown: str) -> None:
    assert shown in quick


def test_quick_sizes_are_held_to_no_target(quick: str) -> None:
    figures = quick[quick.index("figure ") :]
    assert "at least" not in figures
    assert "at most" not in figures
    assert "MISSED" not in figures


@pytest.fixture(scope="module")
def quick_ecs() -> str:
    """What the bench of the ECS layer prints."""
    done = bench(script="ecs.py")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shown",
    [
        "cluster.place(task), 60 instances, with placement.ecs",
        "cluster.place(task), 60 instances: with / alone",
        "Cluster.from_ecs, 60 instances, 25 attributes",
        "cluster.to_ecs, 60 instances, 25 attributes",
        "Client.from_ecs, 60 instances, 25 attributes",
        "run_task, packed, 60 instances: a task",
        "run_task of ten, packed, 60 instances: a task",
        "moto run_task (first fit), 12 instances / ours",
    ],
)
def test_each_part_of_the_ecs_bench_is_measured(quick_ecs: str, shown: str) -> None:
    assert shown in quick_ecs
    assert "MISSED" not in quick_ecs
    assert "at most" not in quick_ecs


def test_a_part_that_does_not_exist_is_refused() -> None:
    done = bench("--only", "streams,nonsense")
    assert done.returncode == 2
    assert "expected some of starting,memory,streams" in done.stderr


def test_no_bench_hides_the_library() -> None:
    """A script's folder is searched first: a bench called placement.py would be imported for it."""
    assert not (BENCHES / "placement.py").exists()
    assert not (BENCHES / "placement").exists()
