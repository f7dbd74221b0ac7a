"""The benches of placing, the ECS layer, living clusters, services and scaling run on tiny sizes.

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


@pytest.fixture(scope="module")
def quick_living() -> str:
    """What the bench of clusters that live prints."""
    done = bench(script="living.py")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shown",
    [
        "300 pairs in one replay, 200 services, 240 instances: numpy scan / ours",
        "stop(id), then place_many of one, 1,000 services, 240 instances: both / one place(task)",
        "100 stops, 100 placements in turn, 1,000 services, 240 instances: rate / that without",
        "put_attributes, then one task of each of 200 requests, 240 instances: / placed alone",
        "200 instances come and go beside 240: memory of the indexes, most / after 50",
        "200 instances come and go beside 240: 200 placements and their stops, afterwards / before",
        "place(task) of new sizes and group, as packed, 60 instances: / known",
        "200 distinct sizes and groups, one task each, stopped again: time in the last tenth",
        "200 distinct sizes and groups, one task each, stopped again: bytes that the cluster keeps",
        "2,000 starts and stops, 200 services, 240 instances: bytes that the cluster keeps",
        "2,000 starts and stops, 200 services, 240 instances: resident size",
        "size of pickle: 2,000 tasks ended, 20 live / none ended",
        "register, then one task of each of 200 requests, 240 instances: / placed alone",
        "place_on, 600 instances: with distinctInstance / without",
        "usage, 100 tasks / none",
        "choose_to_stop, 60 of 600 tasks: numpy by hand / ours",
        "explain, 240 instances, memberOf and sizes",
        "missing, 240 instances, memberOf and sizes",
        "a decision with a filter of the caller's own, 240 instances, 3 in use: rows asked",
        "place(task, count=1,000), packed, 240 instances: rate",
        "place(task), spread, 240 instances: time",
        "place_many, mixed1000, 240 instances: rate",
        "place_many, 240 instances: rate of combined / of packed",
        "600 instances, 6,000 tasks of mixed1000: peak growth",
        "first place, kernels on disk: CPU time / import numpy, numba, lark, attrs, regex, re2",
        "first mask on a fresh install: CPU time / import numpy, numba, lark, attrs, regex, re2",
        "placement check EXPR: CPU time / import lark, attrs, rich",
        "compile E2, text never seen",
    ],
)
def test_each_part_of_the_living_bench_is_measured(quick_living: str, shown: str) -> None:
    assert shown in quick_living


def test_what_a_cluster_keeps_is_counted_once() -> None:
    """An array once, however many refer to it; whole if only a part is; not what is left out."""
    counted = """if True:
        import numpy as np
        from harness.live_bytes import live_bytes

        class Slots:
            __slots__ = ("one", "other")

        array, text = np.zeros(10**6, np.int8), "x" * 10**5
        slots = Slots()
        slots.one, slots.other = {"part": array[5:7]}, [array, text, np.array([text], object)]
        kept, less = live_bytes(slots), live_bytes(slots, without=[array])
        assert 1_100_000 < kept < 1_105_000, kept
        assert 100_000 < less < 105_000, less
    """
    subprocess.run([sys.executable, "-c", counted], cwd=BENCHES, check=True, timeout=60)


def test_quick_sizes_of_the_living_bench_are_held_to_no_target(quick_living: str) -> None:
    figures = quick_living[quick_living.index("figure ") :]
    assert "at least" not in figures
    assert "at most" not in figures
    assert "MISSED" not in figures


def test_an_earlier_checkout_is_measured_beside_this_one() -> None:
    """The checkout stands in for the earlier one: both sides are measured, and answers compared."""
    done = bench("--only", "questions", "--against", str(BENCHES.parent), script="living.py")
    assert done.returncode == 0, done.stderr
    explained = next(line for line in done.stdout.splitlines() if line.startswith("explain, "))
    assert ", before " in explained
    assert "no --against" not in done.stdout


@pytest.fixture(scope="module")
def quick_services() -> str:
    """What the bench of services prints."""
    done = bench(script="services.py")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shown",
    [
        "place_many, combined, 60 instances: rate",
        "rolling deployment of 12 tasks over 12 instances, to the steady state",
        "12 services, 36 tasks, 12 instances: created and brought to rest",
        "12 services, 36 tasks, 12 instances: advance(3600)",
        "12 services, 36 tasks, 12 instances: one instance drains, to rest",
        "12 services, 36 tasks, 12 instances: copy()",
        "12 services, 36 tasks, 12 instances: advance(21600), all say again",
        "describe_services of 2, each with 20 events",
        "12 services, 36 tasks, 12 instances, 180 records of history: memory",
        "moto create_service (starts no task), 5 services: a service",
        "  / ours, created and brought to rest",
        "  / ours, each with 20 events",
        "targets that are times are multiplied by",
    ],
)
def test_each_part_of_the_services_bench_is_measured(quick_services: str, shown: str) -> None:
    assert shown in quick_services


def test_quick_sizes_of_the_services_bench_are_held_to_no_target(quick_services: str) -> None:
    assert "at most" not in quick_services
    assert "MISSED" not in quick_services


@pytest.fixture(scope="module")
def quick_scaling() -> str:
    """What the bench of scaling prints."""
    done = bench(script="scaling.py")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "shown",
    [
        "place_many, combined, 60 instances: rate",
        "3 h of 4 services, 20 instances, target tracking",
        "  records of history for 1,440 evaluations of alarms",
        "3 h of 8 services, 40 instances",
        "  / the same of 4 services",
        "2 services: from 0 to 40 tasks and back, 1.25 h",
        "Managed Instances: 40 waiting tasks of 4 kinds, 1,235 types: choose",
        "Managed Instances: 40 waiting tasks of 4 kinds, 1,235 types: in a session",
        "an evaluation of an alarm, 15 of 15 points",
        "a decision of target tracking, in, of 15 points",
        "2 come to a group, 12 instances, a task more and less of each of 3 services: / without",
        "2 leave a group, 12 instances, a task more and less of each of 3 services: / without",
        "  an instance comes and goes through its group",
        "targets that are times are multiplied by",
    ],
)
def test_each_part_of_the_scaling_bench_is_measured(quick_scaling: str, shown: str) -> None:
    assert shown in quick_scaling


def test_quick_sizes_of_the_scaling_bench_are_held_to_no_target(quick_scaling: str) -> None:
    assert "at most" not in quick_scaling
    assert "MISSED" not in quick_scaling


def test_a_part_alone_is_measured_with_the_reference() -> None:
    """The reference is part of every run; moto is divided by ours only where ours is measured."""
    done = bench("--only", "moto", "--rounds", "1", script="services.py")
    assert done.returncode == 0, done.stderr
    assert "place_many, combined, 60 instances: rate" in done.stdout
    assert "moto create_service" in done.stdout
    assert "/ ours" not in done.stdout
    assert "rolling deployment" not in done.stdout


def test_what_is_no_checkout_is_refused(tmp_path: Path) -> None:
    done = bench("--only", "compiling", "--against", str(tmp_path), script="living.py")
    assert done.returncode == 2
    assert f"no src/placement in {tmp_path}" in done.stderr


def test_a_part_that_does_not_exist_is_refused() -> None:
    done = bench("--only", "streams,nonsense")
    assert done.returncode == 2
    assert "expected some of starting,memory,streams" in done.stderr
    done = bench("--only", "pairs,nonsense", script="living.py")
    assert done.returncode == 2
    assert "expected some of starting,compiling,pairs" in done.stderr
    done = bench("--only", "rolling,nonsense", script="services.py")
    assert done.returncode == 2
    assert "expected some of rolling,many,describing,memory,moto" in done.stderr
    done = bench("--only", "day,nonsense", script="scaling.py")
    assert done.returncode == 2
    assert "expected some of day,growth,peak,machines,pure,turnover" in done.stderr


def test_no_bench_hides_the_library() -> None:
    """A script's folder is searched first: a bench called placement.py would be imported for it."""
    assert not (BENCHES / "placement.py").exists()
    assert not (BENCHES / "placement").exists()


@pytest.mark.parametrize("script", sorted(path.stem for path in BENCHES.glob("*.py")))
@pytest.mark.parametrize("rounds", ["0", "-1", "many"])
def test_a_number_of_rounds_that_is_none_is_refused(script: str, rounds: str) -> None:
    done = bench("--rounds", rounds, script=f"{script}.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        f"{script}.py: error: argument --rounds: expected a number of at least 1"
    )
