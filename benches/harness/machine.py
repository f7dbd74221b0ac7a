"""What the figures were measured on: kind of machine, versions, commit.  No names of hosts."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

__all__ = ["describe"]

_ROOT = Path(__file__).parent.parent.parent

_PACKAGES = (
    "numpy", "numba", "lark", "attrs", "google-re2", "regex",
    "polars", "duckdb", "pandas", "numexpr", "htcondor", "common-expression-language",
)  # fmt: skip


def describe() -> dict[str, str]:
    """Return the facts that belong to a record, as texts."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "cpu": f"{_cpu()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    }


def _cpu() -> str:
    """Return the model, with family and model number where the name says little."""
    facts: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    model = facts.get("model name", platform.processor())
    return f"{model} (family {facts.get('cpu family', '?')}, model {facts.get('model', '?')})"


def _commit() -> str:
    commit = _git("rev-parse", "--short", "HEAD")
    if not commit:
        return "none"
    return f"{commit} with changes in src" if _git("status", "--porcelain", "src") else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""
