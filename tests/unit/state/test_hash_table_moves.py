"""Tables are rebuilt in Python while they are small, by a kernel when they are not: alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from placement.kernels.hash_table import rehash
from placement.state import hash_table
from placement.state.hash_table import FEW, SMALLEST, HashTable, _move
from placement.state.shared import Shared


@pytest.mark.parametrize("entries", [0, 1, 40, 300])
def test_both_ways_make_the_same_arrays(entries: int) -> None:
    """Entries with the dead value are left out, the others are put in the same order."""
    random = np.random.default_rng(entries)
    keys = np.zeros(1024, np.int64)
    values = np.zeros(1024, np.int32)
    slots = random.choice(1024, entries, replace=False)
    keys[slots] = random.integers(1, 2**40, entries)
    values[slots] = random.integers(0, 3, entries)
    made = [
        (move(keys, values, 0, new_keys, new_values), new_keys.tolist(), new_values.tolist())
        for move in (_move, rehash.plain, rehash.compiled())
        for new_keys, new_values in [(np.zeros(2048, np.int64), np.zeros(2048, np.int32))]
    ]
    assert made[0] == made[1] == made[2]


def test_a_table_grows_over_the_border_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    by_kernel: list[int] = []

    def counted(*arguments: np.ndarray) -> int:
        by_kernel.append(1)
        count: int = rehash.call(*arguments)
        return count

    monkeypatch.setattr(hash_table, "_rehash", lambda: counted)
    table = HashTable(Shared(), 0, np.int32, 0)
    for number in range(1, 3 * FEW):
        table.reserve(1)
        table.put(number << 20, number)
    assert by_kernel
    assert [table.get(number << 20) for number in range(1, 3 * FEW)] == list(range(1, 3 * FEW))


SMALL = """
import json, sys, placement
from pathlib import Path
cluster = placement.Cluster.from_ecs(json.loads(Path(sys.argv[1]).read_text("utf-8")))
print(len(cluster.store.tasks.ports.table.keys), "numba" in sys.modules)
"""


def test_a_small_cluster_needs_no_kernel_for_its_tables() -> None:
    """The instances of the example report ports in use, which are kept in a table."""
    example = Path(__file__).resolve().parents[3] / "examples" / "cluster.json"
    done = subprocess.run(
        [sys.executable, "-c", SMALL, str(example)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stderr == ""
    slots, loaded = done.stdout.split()
    assert int(slots) > SMALLEST
    assert loaded == "False"
