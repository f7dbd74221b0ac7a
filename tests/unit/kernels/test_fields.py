"""The contract of the arrays: one source, importable without numba, and the same in kernels."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from placement import Cluster, Instance, Task
from placement.kernels import fields
from placement.kernels.hash_table import port_key, slot_of
from placement.kernels.tiers import jit_no_refcount

SOURCES = Path(fields.__file__).parents[1]

DEFINED_ONCE = {
    *("NO_ROW", "NO_OWNER", "RESERVED", "UNKNOWN_OWNER", "COUNTED", "HOLDING", "UDP", "MAX_PORTS"),
    *("MEMORY", "GPU", "TASKS", "LEFT", "PAIR_END", "RANDOM_STATE", "CLOCK", "META"),
    *("TAKEN_HEAD", "FREED_HEAD", "LOG_TAKEN", "LOG_FREED", "NOT_COUNTED", "ADDRESS_FIELDS"),
    *("NEXT_ID", "MAX_TASK_IDS", "REQUEST_FIELDS", "INDEX_FIELDS", "LAYOUT_FIELDS", "CHAIN"),
    *("STACK", "NEVER", "BLOCKED", "NARROW_NEVER", "NARROW_BLOCKED", "STALE", "PORT_SHIFT"),
}
"""Names that mean the same wherever they occur; other names of the contract are common words."""


def test_the_contract_and_a_filled_cluster_need_no_numba() -> None:
    script = (
        "import sys, placement.kernels.fields\n"
        "from placement import Cluster, Instance\n"
        "cluster = Cluster(); cluster.register(Instance(id='i-0', cpu=64, tcp_ports=(80,)))\n"
        "cluster.describe('i-0'); cluster.to_ecs()\n"
        "assert 'numba' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=300)


def test_no_other_module_defines_a_name_of_the_contract() -> None:
    assert set(fields.__all__) >= DEFINED_ONCE
    wrong = [
        (path.relative_to(SOURCES).as_posix(), name)
        for path in SOURCES.rglob("*.py")
        if path != Path(fields.__file__)
        for name in constants(path)
        if name in DEFINED_ONCE
    ]
    assert wrong == []


def constants(path: Any) -> Any:
    """Return the names that a module assigns to."""
    nodes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)]
    parts = [part for node in nodes for target in node.targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name)]


def test_arrays_of_a_cluster_have_the_dtypes_that_the_contract_names() -> None:
    cluster = Cluster()
    cluster.register(Instance(id="i-0", cpu=1024, memory=1024))
    cluster.place(Task(family="web", cpu=1, memory=1), 2)
    tasks = cluster.store.tasks
    assert len(tasks.addresses) == len(fields.ClusterArrays._fields)
    text = fields.ClusterArrays.__doc__ or ""
    assert tasks._arrays is not None
    for name, array in tasks._arrays._asdict().items():
        assert f"{name}: {array.dtype}" in text, name


@jit_no_refcount
def _places(keys: Any, rows: Any, numbers: Any, ports: Any, slots: Any) -> None:
    for i in range(rows.shape[0]):
        ports[i] = port_key(rows[i], numbers[i])
        slots[i] = slot_of(keys, ports[i])


def test_python_and_kernels_find_the_same_slots() -> None:
    rng = np.random.default_rng(7)
    rows = np.concatenate([rng.integers(0, fields.MAX_ROWS, 200), [0, fields.MAX_ROWS - 1]])
    numbers = np.concatenate([rng.integers(0, 2 * fields.UDP, 200), [0, 2 * fields.UDP - 1]])
    keys = np.zeros(1024, np.int64)
    for row, number in zip(rows[::2], numbers[::2], strict=True):
        key = fields.port_key(row, number)
        keys[fields.slot_of(keys, key)] = key
    ports, slots = [np.zeros(len(rows), np.int64) for _ in range(2)]
    _places.compiled()(keys, rows, numbers, ports, slots)
    assert ports.tolist() == [int(fields.port_key(*two)) for two in zip(rows, numbers, strict=True)]
    assert slots.tolist() == [int(fields.slot_of(keys, int(key))) for key in ports]
    assert np.array_equal(fields.port_key(rows, numbers), ports)


def test_no_key_is_the_mark_of_an_empty_slot_and_none_is_negative() -> None:
    last = 2 * fields.UDP - 1
    assert fields.port_key(0, 0) == 1
    assert 0 < fields.port_key(fields.MAX_ROWS - 1, last) < 2**63
