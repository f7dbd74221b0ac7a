"""What a new process costs: import, first query, command line, memory.

Every figure is the wall time of a whole process, the interpreter's own start included, except the
import, which is the difference between two processes that alternate.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from harness.child import answer, seconds
from harness.report import Line
from harness.workloads import Workloads

__all__ = ["CHECK", "measure"]

_BENCHES = Path(__file__).parent.parent
CHECK = (
    "-m",
    "placement",
    "check",
    "attribute:ecs.instance-type =~ g4dn.* and not(agentConnected == false)",
)
_FIRST = ("-m", "children.first_query")
_MIB = 2**20


def measure(workloads: Workloads) -> list[Line]:
    """Return the lines of start-up and memory."""
    count = workloads.run.processes
    with tempfile.TemporaryDirectory() as kernels:
        seconds(_FIRST, kernels)
        lines = [*_imports(count), _first_cached(count, kernels), _first_fresh(min(count, 3))]
        return [*lines, _check(count, kernels), *_memory(workloads.run.memory_rows)]


def _imports(count: int) -> list[Line]:
    base, ours = [], []
    for _ in range(count):
        base.append(seconds(("-c", "import numpy, lark, attrs")))
        ours.append(seconds(("-c", "from placement import Cluster, compile")))
    more = (median(ours) - median(base)) * 1e3
    loads = "from placement import Cluster, compile; import sys; sys.exit('numba' in sys.modules)"
    quick = subprocess.run([sys.executable, "-c", loads], cwd=_BENCHES, check=False).returncode == 0
    return [
        Line(
            "import Cluster and compile, more than import numpy, lark, attrs",
            f"{more:.0f} ms",
            "at most 30 ms",
            more <= 30,
        ),
        Line("numba after importing them", "no" if quick else "imported", "no", quick),
    ]


def _first_cached(count: int, kernels: str) -> Line:
    taken = median(seconds(_FIRST, kernels) for _ in range(count))
    return _seconds_line("first mask in a new process, kernels on disk", taken, 1.0)


def _first_fresh(count: int) -> Line:
    times = []
    for _ in range(count):
        with tempfile.TemporaryDirectory() as nothing:
            times.append(seconds(_FIRST, nothing))
    return _seconds_line("first mask on a fresh install", median(times), 8.0)


def _check(count: int, kernels: str) -> Line:
    try:
        taken = median(seconds(CHECK, kernels) for _ in range(count))
    except subprocess.CalledProcessError:
        return Line("placement check EXPR", "failed", "at most 0.35 s", met=False)
    return _seconds_line("placement check EXPR", taken, 0.35)


def _seconds_line(what: str, taken: float, most: float) -> Line:
    return Line(what, f"{taken:.2f} s", f"at most {most:g} s", taken <= most)


def _memory(rows: int) -> list[Line]:
    lines = []
    for shape, about in (
        ("shared", "values shared"),
        ("own", "one a value of each instance's own"),
    ):
        grown = answer("-m", "children.memory", str(rows), shape)
        lines.append(
            Line(
                f"{rows:,} instances, 12 attributes, {about}: peak growth of the process",
                f"{grown['peak'] / _MIB:.0f} MiB ({grown['after'] / _MIB:.0f} MiB kept)",
                f"at most {rows / 1_000_000 * 1024:.0f} MiB",
                grown["peak"] <= rows / 1_000_000 * 1024 * _MIB,
            )
        )
    return lines
