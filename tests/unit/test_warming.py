"""``placement.warm`` and ``placement warm``: afterwards no process compiles anything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

WITHOUT_EXTRA = "import sys; sys.modules.update(click=None, rich=None)\n"

WARM = "from placement.cli.main import main; main()\n"

KERNELS = """
import importlib, os, pkgutil
import placement.kernels
from placement.kernels.tiers import Kernel, take_kernels

def kernels():
    for module in pkgutil.iter_modules(placement.kernels.__path__):
        module = importlib.import_module(f"placement.kernels.{module.name}")
        yield from (value for value in vars(module).values() if isinstance(value, Kernel))
"""

NOT_ON_DISK = f"""{KERNELS}
print([
    kernel.plain.__name__
    for kernel in kernels()
    if not os.path.exists(kernel.compiled()._cache._cache_file._index_path)
])
"""

COUNT_MISSES = f"""{KERNELS}
def misses():
    found = {{kernel.plain.__name__: kernel.compiled().stats for kernel in kernels()}}
    return {{name: dict(stats.cache_misses) for name, stats in found.items() if stats.cache_misses}}
"""

BROAD = """
import json
import numpy as np
import placement
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from placement.testing import ClusterScheduler, chains, clusters, constraints, expression_texts
from placement.testing import histories, replay, tasks
from placement.cli.app import app
from placement.query import evaluation
from click.testing import CliRunner

many = dict(
    max_examples=150, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

take_kernels()
evaluation.take_kernels()

@seed(9)
@settings(**many)
@given(clusters(), st.lists(expression_texts(), max_size=4))
def ask(cluster, texts):
    for text in texts:
        placement.compile(text).mask(cluster)

@seed(9)
@settings(**many)
@given(histories(), tasks(), constraints(), chains(), st.integers(0, 9))
def place(history, task, limits, chain, count):
    cluster = placement.Cluster()
    replay(history, cluster)
    placed = cluster.place(task, count, constraints=limits, strategy=chain, group="web")
    cluster.explain(task, constraints=limits)
    cluster.missing(task, constraints=limits)
    with cluster.trial():
        cluster.place(task, 2, constraints=limits, strategy=chain)
    twin = cluster.copy()
    if len(placed.task_ids) > 1:
        cluster.stop(placed.task_ids[:1])
        cluster.set_task(int(placed.task_ids[1]), last_status="STOPPED")
    cluster.choose_to_stop("web", 2, chain)
    twin.place(task, 40, group="web", strategy=chain)
    cluster.compact()
    cluster.place(task, count, constraints=limits, strategy=chain)

ask()
place()

wide = placement.Cluster()
for number in range(70_000):
    wide.register(placement.Instance(id=f"i-{number}", attributes={"rack": f"r{number}"}))
assert placement.compile("attribute:rack == r69999").select(wide) == ["i-69999"]
few = placement.compile("attribute:rack in [r1, r5, r9] or attribute:a == b")
assert len(few.select(wide)) == 3
"""


def run(code: str, folder: Path, *arguments: str) -> str:
    """Run code in a process that keeps kernels in a folder, and return what it writes."""
    environment = {name: text for name, text in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**environment, "NUMBA_CACHE_DIR": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_after_warm_no_process_compiles(tmp_path: Path) -> None:
    """Kernels come into a new folder without the extra [cli]; other calls then find them all."""
    folder = tmp_path / "kernels"
    said = run(WITHOUT_EXTRA + WARM, tmp_path / "elsewhere", "warm", "--into", str(folder))
    assert said.startswith(f"compiled kernels are in {folder}/")
    files = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert any(path.name.startswith("decide.decide-") for path in files)
    assert not (tmp_path / "elsewhere").exists()
    assert run(NOT_ON_DISK, folder) == "[]\n"
    assert run(COUNT_MISSES + BROAD + "print(misses())", folder) == "{}\n"
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == files


@pytest.mark.parametrize(
    ("before", "argument", "message"),
    [
        ("import numba", "'elsewhere'", "numba is loaded already and keeps compiled code "),
        ("", "5", "into: expected the path of a folder, not int 5"),
        ("", "'/dev/null/x'", "into: '/dev/null/x' cannot be written: not a directory"),
        ("", r"'a\0b'", "cannot be written: no name that a folder can have"),
        ("import os; os.environ['NUMBA_DISABLE_JIT'] = '1'", "None", "NUMBA_DISABLE_JIT is set"),
    ],
)
def test_warm_refuses_what_it_cannot_do(
    tmp_path: Path, before: str, argument: str, message: str
) -> None:
    code = f"""
{before}
import placement
try:
    placement.warm({argument})
except placement.UsageError as error:
    print(error)
    assert os.environ["NUMBA_CACHE_DIR"] == sys.argv[1]
"""
    assert message in run("import os, sys" + code, tmp_path / "kernels", str(tmp_path / "kernels"))


def test_the_folder_that_numba_keeps_code_in_already_is_taken(tmp_path: Path) -> None:
    """No kernel is run: what is tried is only that the same folder is no error."""
    code = """
import sys, numba
from placement import warming
warming._select = warming._place = lambda: None
print(warming.warm(sys.argv[1]))
"""
    folder = tmp_path / "kernels"
    assert run(code, folder, str(folder)).startswith(f"{folder}/")


def test_the_command_names_what_it_was_given_wrongly(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    for arguments, message in (
        (["--into", "/dev/null/x"], "error: into: '/dev/null/x' cannot be written: not a"),
        (["--nowhere"], "placement warm: error: unrecognized arguments: --nowhere"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "placement", "warm", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=environment,
        )
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert "Traceback" not in done.stderr
