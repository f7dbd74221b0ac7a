"""Where compiled kernels are kept: folders that can be written, only read, or neither."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).resolve().parents[3] / "src" / "placement"
GRAMMAR = PACKAGE.parents[1] / "grammar" / "cql.lark"

SELECT = """
from placement.query.evaluation import take_kernels
take_kernels()
cluster = placement.Cluster()
cluster.register(placement.Instance(id="i-1", attributes={"stack": "prod"}))
cluster.register(placement.Instance(id="i-2", attributes={"stack": "dev"}))
print(placement.compile("attribute:stack == prod").select(cluster))
"""

READ_ONLY = """
import os, sys, tempfile
folder = os.environ["NUMBA_CACHE_DIR"]
can, make = os.access, tempfile.TemporaryFile

def access(path, mode, **options):  # what it is for anybody but root
    return not (mode == os.W_OK and str(path).startswith(folder)) and can(path, mode, **options)

def temporary(*args, dir=None, **options):
    if str(dir).startswith(folder):
        raise PermissionError
    return make(*args, dir=dir, **options)

os.access, tempfile.TemporaryFile = access, temporary
"""


@pytest.fixture
def read_only_install(tmp_path: Path) -> Any:
    """A copy of the package beside and below which nothing can be created, and no home folder."""
    package = tmp_path / "site" / "placement"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(GRAMMAR, package / "lang")
    (package / "kernels" / "__pycache__").write_text("a file where a folder should be made")
    home = tmp_path / "home"
    home.write_text("no folder")
    return {"PYTHONPATH": str(package.parent), "HOME": str(home), "XDG_CACHE_HOME": str(home)}


def run(
    code: str, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run code in a process whose numba knows only the settings that are given."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("NUMBA_")}
    return subprocess.run(
        [sys.executable, *arguments, "-c", code],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**plain, "NUMBA_OPT": "1", **environment},
    )


def test_an_install_that_can_keep_nothing_says_so_once(read_only_install: Any) -> None:
    """Several threads take kernels, of several modules; one of them warns."""
    code = f"""
import threading, warnings
import placement
from placement.kernels.chance import draw
from placement.kernels.commit import commit_one
from placement.kernels.hash_table import rehash
from placement.kernels.masks import run
kernels = [draw, commit_one, rehash, run]
start = threading.Barrier(len(kernels))

def take(kernel):
    start.wait()
    kernel.compiled()

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    threads = [threading.Thread(target=take, args=[kernel]) for kernel in kernels]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    {SELECT.strip().replace(chr(10), chr(10) + "    ")}
for warning in said:
    print(warning.category is placement.UncachedKernelsWarning, warning.message)
"""
    done = run(code, read_only_install)
    assert done.returncode == 0, done.stderr
    selected, *said = done.stdout.splitlines()
    assert selected == "['i-1']"
    assert len(said) == 1
    assert said[0].startswith("True compiled kernels cannot be kept")
    assert "NUMBA_CACHE_DIR" in said[0]
    assert "python -m placement warm --into FOLDER" in said[0]


def test_an_install_that_can_keep_kernels_says_nothing(
    read_only_install: Any, tmp_path: Path
) -> None:
    done = run(
        "import placement\n" + SELECT,
        {**read_only_install, "NUMBA_CACHE_DIR": str(tmp_path / "kernels")},
        "-W",
        "error",
    )
    assert (done.stdout, done.stderr) == ("['i-1']\n", "")


def test_a_folder_that_can_only_be_read_is_used(read_only_install: Any, tmp_path: Path) -> None:
    """An image is filled by one user and run by another: code is found, and none is written."""
    folder = tmp_path / "kernels"
    environment = {**read_only_install, "NUMBA_CACHE_DIR": str(folder)}
    assert run("import placement\n" + SELECT, environment).stdout == "['i-1']\n"
    files = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    code = f"""{READ_ONLY}
import warnings
warnings.simplefilter("ignore")  # kernels that are not in it can be kept nowhere
import placement
{SELECT}
from placement.kernels import masks
stats = masks.run_one.compiled().stats
print(dict(stats.cache_misses), len(stats.cache_hits))
"""
    done = run(code, environment)
    assert done.stdout == "['i-1']\n{} 1\n", done.stderr
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == files


REHASH = """
import sys
import numba
import numpy as np
{before}
from placement.kernels.hash_table import rehash

keys, values = np.array([5, 0, 9, 0]), np.array([1, 0, 2, 0], np.int32)
new_keys, new_values = np.zeros(8, np.int64), np.zeros(8, np.int32)
rehash = rehash.compiled()
count = rehash(keys, values, 0, new_keys, new_values)
found = len(rehash.stats.cache_hits), "numba.np.arraymath" in sys.modules
total = numba.njit(lambda numbers: np.sort(numbers).sum())(new_keys)
print(count, sorted(new_keys.tolist())[-2:], *found, total)
"""


def test_code_is_loaded_without_what_only_compiling_needs(tmp_path: Path) -> None:
    """It answers as what was compiled, and other functions can still be compiled after it.

    With a version of numba that has not been tried, code is loaded as numba does it.
    """
    cache = {"NUMBA_CACHE_DIR": str(tmp_path)}
    tried = "from placement.kernels import _jit; _jit._TRIED = numba.__version__"
    untried = "from placement.kernels import _jit; _jit._TRIED = ('none',)"
    assert run(REHASH.format(before=tried), cache).stdout == "2 [5, 9] 0 True 14\n"
    assert run(REHASH.format(before=tried), cache).stdout == "2 [5, 9] 1 False 14\n"
    assert run(REHASH.format(before=untried), cache).stdout == "2 [5, 9] 1 True 14\n"


PLACE_ON = """
from placement.kernels import _jit
_jit._TRIED = {tried}
import placement
from placement.kernels import commit, tiers
tiers.take_kernels()
cluster = placement.Cluster()
cluster.register(placement.Instance(id="i", cpu=9))
for _ in range(3):
    cluster.place_on("i", placement.Task(cpu=2))
pipeline = _jit.compiled_part(commit.count)._compiler.pipeline_class
print(cluster.usage("i").remaining_cpu, pipeline.__name__)
"""


def test_untried_numba_compiles_inlined_functions_by_itself(tmp_path: Path) -> None:
    """The pipeline for inlined functions is made of numba's own parts, which may change."""
    for tried, pipeline in (("('0.',)", "InlinedCompiler"), ("('none',)", "Compiler")):
        cache = {"NUMBA_CACHE_DIR": str(tmp_path / pipeline)}
        assert run(PLACE_ON.format(tried=tried), cache).stdout == f"3 {pipeline}\n"


def test_code_for_another_processor_is_not_taken_for_code_of_this_one(
    read_only_install: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "kernels"
    environment = {**read_only_install, "NUMBA_CACHE_DIR": str(folder)}
    other = {**environment, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    assert run("import placement\n" + SELECT, other).stdout == "['i-1']\n"
    code = f"""{READ_ONLY}
import warnings
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    from placement.kernels import masks
    masks.run.compiled()
print([warning.category.__name__ for warning in said])
"""
    assert run(code, environment).stdout == "['UncachedKernelsWarning']\n"


def test_each_place_of_the_package_has_a_folder_of_its_own(
    read_only_install: Any, tmp_path: Path
) -> None:
    code = "from placement.kernels._jit import cache_folder; print(cache_folder())"
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    copied = run(code, {**read_only_install, **cache}).stdout
    here = run(code, cache).stdout
    assert copied != here
    assert {Path(copied).parent, Path(here).parent} == {tmp_path / "kernels"}


ASK = """
from placement.kernels import _jit, decide
_jit._sources = {sources}
print(_jit.placing_kernels_on_disk(), decide.decide.is_compiled)
"""


def test_whether_kernels_for_placing_are_on_disk_is_known_before_they_are_loaded(
    tmp_path: Path,
) -> None:
    """They are where they were compiled, for this processor, as long as no source changes."""
    own = {name: text for name, text in os.environ.items() if name == "NUMBA_CACHE_DIR"}
    unchanged = ASK.format(sources="_jit._sources")
    assert ask("import placement; placement.warm()", own) == ""
    assert ask(unchanged, own) == "True False\n"
    assert ask(unchanged, {**own, "NUMBA_CPU_NAME": "generic"}) == "False False\n"
    assert ask(ASK.format(sources="lambda: 'others'"), own) == "False False\n"
    assert ask(unchanged, {"NUMBA_CACHE_DIR": str(tmp_path)}) == "False False\n"


def ask(code: str, settings: dict[str, str]) -> str:
    """Run code with numba's settings as given, otherwise the usual ones."""
    done = run(code, {"NUMBA_OPT": "3", **settings})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
