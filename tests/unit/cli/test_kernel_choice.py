"""Which kernels a command runs: compiled where loading them pays, as plain Python elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ASK = """
import sys
from placement.cli.kernel_choice import choose_kernels

on_disk, terminal, folder, decisions, instances, loaded = {arguments}
if on_disk is not None:
    from placement.kernels import _jit
    _jit.placing_kernels_on_disk = lambda: on_disk
    _jit.cache_folder = lambda: folder
sys.stderr.isatty = lambda: terminal
choose_kernels(decisions, instances, loaded=loaded)
loaded = "numba" in sys.modules
from placement.kernels import decide
print(loaded, hasattr(decide.decide.compiled(), "py_func"))
"""

SMALL, LARGE, HUGE = (4, 200, 100), (1000, 2000, 0), (100_000, 2000, 0)
"""Decisions, instances, loaded tasks: plain Python takes a blink, 4 seconds, minutes for them."""

FULL = (1, 5000, 20_000)
"""One decision on a large cluster, whose dump takes plain Python 3 seconds to load."""

NOTE = "note: compiling, which takes half a minute (placement warm does it ahead)\n"


def chosen(
    on_disk: bool | None,
    size: tuple[int, int, int],
    *,
    terminal: bool = False,
    folder: str | None = "somewhere",
    **environment: str,
) -> tuple[str, str]:
    """Return whether numba was loaded and kernels are compiled, and what was said."""
    plain = {name: text for name, text in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    code = ASK.format(arguments=repr((on_disk, terminal, folder, *size)))
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**plain, "NO_COLOR": "1", **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_a_small_job_loads_neither_numba_nor_its_kernels_on_disk() -> None:
    assert chosen(None, SMALL) == ("False False", "")


@pytest.mark.parametrize("size", [LARGE, HUGE, FULL])
def test_kernels_on_disk_are_used_where_loading_them_pays(size: Any) -> None:
    assert chosen(True, size, terminal=True) == ("True True", "")


def test_kernels_that_are_not_on_disk_are_compiled_only_for_what_takes_longer() -> None:
    assert chosen(False, LARGE, terminal=True) == ("True False", "")
    assert chosen(False, HUGE, terminal=True) == ("True True", NOTE)


def test_only_a_terminal_is_told_of_compiling() -> None:
    assert chosen(False, HUGE, terminal=False) == ("True True", "")


def test_where_no_folder_can_keep_kernels_a_warning_says_what_to_set() -> None:
    kind, said = chosen(False, HUGE, folder=None)
    assert kind == "True True"
    (line,) = said.splitlines()
    assert line.startswith("warning: compiled kernels cannot be kept")
    assert "NUMBA_CACHE_DIR" in line


def test_a_setting_of_the_user_is_respected() -> None:
    assert chosen(None, HUGE, terminal=True, NUMBA_DISABLE_JIT="1") == ("False False", "")


def test_a_deployment_is_tried_where_no_kernel_is_on_disk(tmp_path: Path) -> None:
    """The choice comes before the dump is loaded, which places its tasks."""
    pages = ("instances", "tasks", "services", "task-definitions")
    folder = Path(__file__).resolve().parents[3] / "examples" / "services"
    states = [part for page in pages for part in ("--state", str(folder / f"{page}.json"))]
    plain = {name: text for name, text in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    done = subprocess.run(
        [sys.executable, "-m", "placement", "deploy", *states, "--service", "web"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**plain, "NUMBA_CACHE_DIR": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert not list(tmp_path.iterdir())
