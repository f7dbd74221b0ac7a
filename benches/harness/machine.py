"""What the figures were measured on: kind of machine, versions, commit.  No names of hosts."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["commit", "describe", "one_core"]

_ROOT = Path(__file__).parent.parent.parent

_PACKAGES = ("numpy", "numba", "lark", "attrs", "google-re2", "regex")


def one_core() -> None:
    """Keep this process, and those it starts, on one core of those it may use."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def describe(peers: tuple[str, ...]) -> dict[str, str]:
    """Return the facts that belong to a record, as texts; ``peers`` are packages."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(_ROOT),
        "cpu": f"{_cpu()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(map(_version, (*_PACKAGES, *peers))),
    }


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def _cpu() -> str:
    """Return the model, with family and model number where the name says little."""
    facts: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    model = facts.get("model name", platform.processor())
    return f"{model} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def commit(checkout: Path) -> str:
    """Return the commit of a checkout, and whether its sources differ from that."""
    found = _git(checkout, "rev-parse", "--short", "HEAD")
    if not found:
        return "none"
    changed = _git(checkout, "status", "--porcelain", "src")
    return f"{found} with changes in src" if changed else found


def _git(checkout: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=checkout, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
