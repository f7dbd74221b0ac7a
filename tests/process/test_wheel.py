"""The wheel and the source archive work where there is no checkout: built, and used elsewhere.

The environment is clean but for the dependencies, which are borrowed from the one that runs the
tests; ``placement`` itself comes from the wheel or the archive, and each answer says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_SOURCE = shutil.ignore_patterns(
    *(".git", ".venv", "venv", "build", "dist", "__pycache__", ".*_cache", ".hypothesis"),
    *(".coverage*", "*.egg-info"),
)

READ_FILES = ("tests/conformance/test_conformance.py", "tests/docs/test_layers.py")
"""Quick tests whose cases are files: tables of expressions, the sources."""

ASK = """
import placement, sys
from placement.query.evaluation import take_kernels
cluster = placement.Cluster()
for number, stack in enumerate(["prod", "dev", None]):
    attributes = {} if stack is None else {"stack": stack}
    cluster.register(placement.Instance(id=f"i-{number}", attributes=attributes))
query = placement.compile("not(attribute:stack == dev) and attribute:stack =~ p.*d")
print(placement.__file__)
selected = query.select(cluster)
assert "numba" not in sys.modules
take_kernels()
print(selected, query.mask(cluster).tolist(), query)
"""

ANSWER = "['i-0'] [True, False, False] not(attribute:stack == dev) and attribute:stack =~ p.*d"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the tree, which may not be written to."""
    folder = tmp_path_factory.mktemp("built") / "tree"
    shutil.copytree(ROOT, folder, ignore=NOT_SOURCE)
    return folder


def build(tree: Path, form: str, pattern: str) -> Path:
    """Return the wheel or the source archive built from a tree."""
    command = [sys.executable, "-m", "build", form, "--no-isolation", "--outdir", str(tree.parent)]
    done = subprocess.run(
        [*command, tree], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    (found,) = tree.parent.glob(pattern)
    return found


@pytest.fixture(scope="module")
def wheel(tree: Path) -> Path:
    return build(tree, "--wheel", "*.whl")


@pytest.fixture(scope="module")
def unpacked(tree: Path) -> Path:
    """Return the folder of the unpacked source archive."""
    archive = build(tree, "--sdist", "*.tar.gz")
    folder = tree.parent / "unpacked"
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    (found,) = folder.iterdir()
    return found


class Environment:
    """A virtual environment with the wheel in it, and a home of its own."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()
        venv.create(folder / "env", with_pip=False, symlinks=True)
        self.bin = folder / "env" / "bin"
        (self.packages,) = (folder / "env" / "lib").glob("python3*/site-packages")
        borrowed = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
        (self.packages / "borrowed.pth").write_text("\n".join(borrowed))
        python = str(self.bin / "python")
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps"]
        done = subprocess.run(
            [*pip, "--no-index", "--ignore-installed", wheel],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    @property
    def package(self) -> Path:
        return self.packages / "placement"

    def run(self, program: str, *arguments: str, **variables: str) -> str:
        """Return what a program of the environment prints; nothing points to the checkout."""
        inherited = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")
        environment = {name: os.environ[name] for name in inherited if name in os.environ}
        done = subprocess.run(
            [self.bin / program, *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            cwd=self.folder,
            env={**environment, "HOME": str(self.home), **variables},
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout

    def ask(self, **variables: str) -> None:
        """Compile and evaluate a query, with the package that was installed."""
        place, answer = self.run("python", "-c", ASK, **variables).splitlines()
        assert Path(place) == self.package / "__init__.py"
        assert answer == ANSWER


@pytest.fixture
def environment(tmp_path: Path, wheel: Path) -> Environment:
    return Environment(tmp_path, wheel)


def test_the_wheel_holds_the_package_its_grammars_their_tables_and_nothing_else(
    wheel: Path,
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for grammar, place in (
            ("cql", "lang"),
            ("java_regex", "javaregex"),
            ("shorthand", "cli/options"),
        ):
            for kind in ("lark", "tables"):
                found = archive.read(f"placement/{place}/{grammar}.{kind}")
                assert found == (ROOT / "grammar" / f"{grammar}.{kind}").read_bytes()
    assert "placement/py.typed" in names
    sources = {path.relative_to(ROOT / "src") for path in (ROOT / "src").rglob("*.py")}
    assert names >= set(map(str, sources))
    others = {name for name in names if not name.startswith("placement/")}
    assert others
    assert all(".dist-info/" in name for name in others)
    assert not any("__pycache__" in name or "test_" in name for name in names)


def test_the_wheel_holds_the_notices_of_its_data(wheel: Path) -> None:
    """Unicode's licence for its tables, Apache's for EC2 types and the API's model."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        licences = metadata.replace("METADATA", "licenses/")
        held = {
            name.removeprefix(licences): archive.read(name)
            for name in names
            if name.startswith(licences)
        }
        lines = archive.read(metadata).decode().splitlines()
    listed = {line.partition(": ")[2] for line in lines if line.startswith("License-File: ")}
    assert set(held) == listed
    assert {path: (ROOT / path).read_bytes() for path in held} == held
    notice = held["NOTICE"].decode()
    assert {f"licenses/{path.name}" for path in (ROOT / "licenses").iterdir()} < set(held)
    assert all(path in notice for path in held if path.startswith("licenses/"))
    ours = (".py", ".lark", ".tables", "py.typed", "README.md")
    data = [name for name in names if name.startswith("placement/") and not name.endswith(ours)]
    assert "placement/machines/data/ec2_types.csv" in data
    assert [name for name in data if name not in notice] == []


def test_the_notice_of_unicode_is_of_the_version_whose_data_it_is() -> None:
    text = (ROOT / "licenses" / "Unicode-DFS-2016.txt").read_text(encoding="utf-8")
    assert "Copyright \N{COPYRIGHT SIGN} 1991-2020 Unicode, Inc. All rights reserved." in text
    assert "this copyright and permission notice appear with all copies" in text


def test_the_source_archive_holds_every_file_of_the_tree(tree: Path, unpacked: Path) -> None:
    def files(folder: Path) -> set[Path]:
        found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path for path in found if path.parts[0] != ".pytest_cache"}

    assert files(unpacked) == files(tree) | {Path("PKG-INFO")}
    with (unpacked / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["name"] == "cql-placement"


def test_the_tests_of_the_source_archive_are_collected_and_find_their_files(unpacked: Path) -> None:
    """All are imported there, in the same order whatever sets do; some are run too."""
    source = str(unpacked / "src")
    environment = {**os.environ, "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*arguments: str, hash_seed: int = 0) -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command,
            cwd=unpacked,
            env={**environment, "PYTHONHASHSEED": str(hash_seed)},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    collected = run("--collect-only", hash_seed=1)
    ids = [line for line in collected.splitlines() if "::" in line]
    again = run("--collect-only", hash_seed=3)
    assert [line for line in again.splitlines() if "::" in line] == ids, "for pytest -n"
    for path in (unpacked / "tests").rglob("test_*.py"):
        assert f"{path.relative_to(unpacked).as_posix()}::" in collected
    assert " passed" in run(*READ_FILES)


def test_a_query_runs_in_a_clean_environment_and_kernels_are_kept(environment: Environment) -> None:
    environment.ask()
    assert (environment.package / "lang" / "cql.lark").is_file()
    assert (environment.package / "lang" / "cql.tables").is_file()
    assert (environment.package / "javaregex" / "java_regex.lark").is_file()
    assert list((environment.package / "kernels" / "__pycache__").glob("*.nbi"))


def test_the_command_is_installed(environment: Environment) -> None:
    checked = environment.run("placement", "check", "attribute:stack=~p.*")
    assert checked == "valid\n    attribute:stack =~ p.*\n"
    assert environment.run("python", "-m", "placement", "fmt", "!attribute:a exists") == (
        "not(attribute:a exists)\n"
    )
    assert environment.run("placement", "--version").startswith("cql-placement ")


def test_kernels_are_kept_at_home_where_the_package_cannot_be_written(
    environment: Environment,
) -> None:
    refuse_folders(environment)
    environment.ask()
    assert list(environment.home.rglob("*.nbi"))


def test_queries_run_where_nothing_can_be_written(environment: Environment) -> None:
    refuse_folders(environment)
    nowhere = environment.folder / "no-folder"
    nowhere.write_text("")
    quiet = "ignore::RuntimeWarning"  # UncachedKernelsWarning; tests/unit/kernels/ reads it
    environment.ask(HOME=str(nowhere), XDG_CACHE_HOME=str(nowhere), PYTHONWARNINGS=quiet)
    assert list(environment.folder.rglob("*.nbi")) == []


def refuse_folders(environment: Environment) -> None:
    """Make the package one in which nothing can be cached.

    Permissions do not bind root, who may run these tests; a file where the folder would be gives
    the same OSError to everybody.
    """
    for folder in [environment.package, *environment.package.rglob("*")]:
        if folder.is_dir() and folder.name != "__pycache__":
            shutil.rmtree(folder / "__pycache__", ignore_errors=True)
            (folder / "__pycache__").write_text("")
