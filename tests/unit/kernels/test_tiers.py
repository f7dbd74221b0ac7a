"""When a kernel is plain Python and when it is compiled, and that nothing is left half done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kernel_tiers import plain_until
from placement import Cluster, Instance, Random, Spread, Task
from placement.kernels import _jit, tiers
from placement.kernels.decide import decide
from placement.kernels.tiers import Kernel, called, inlined, jit
from placement.state.shared import addresses_of


@inlined
def _twice(number: int) -> int:
    return 2 * number


@called
def _larger(number: int) -> Any:
    return _twice(number) + 1


def _fill(array: Any, number: int) -> Any:
    for i in range(array.shape[0]):
        array[i] = _larger(number + i)
    return array.shape[0]


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """A kernel of a process that has just begun, and that may compile."""
    monkeypatch.setattr(tiers._Process, "spent", 0.0)
    monkeypatch.setattr(tiers._Process, "takes_kernels", False)
    monkeypatch.setattr(tiers, "is_disabled", lambda: False)
    monkeypatch.setattr(_jit, "compiled_kernel", lambda _: lambda *_: "compiled")
    return jit(_fill)


def on_disk(monkeypatch: pytest.MonkeyPatch, found: bool) -> list[Any]:
    """Let code of kernels be on disk or not; return the kernels that are looked for."""
    asked: list[Any] = []

    def is_on_disk(kernel: Any) -> bool:
        asked.append(kernel)
        return found

    monkeypatch.setattr(_jit, "is_on_disk", is_on_disk)
    return asked


def test_both_tiers_give_the_same_answer() -> None:
    """Parts of kernels are themselves in plain Python, and compiled in compiled code."""
    kernel = jit(_fill)
    arrays = [np.zeros(3, np.int64) for _ in range(3)]
    calls = (kernel.call, kernel.plain, kernel.compiled())
    assert [call(array, 5) for call, array in zip(calls, arrays, strict=True)] == [3, 3, 3]
    assert [array.tolist() for array in arrays] == [[11, 13, 15]] * 3
    assert kernel.is_compiled is not tiers.is_disabled()


def test_a_process_looks_for_code_only_once_plain_python_has_taken_long(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = on_disk(monkeypatch, True)
    assert kernel.call(np.zeros(4, np.int64), 1) == 4
    assert (asked, kernel.is_compiled) == ([], False)
    assert 0 < tiers._Process.spent < tiers.LOAD
    monkeypatch.setattr(tiers._Process, "spent", tiers.LOAD)
    kernel.expect(0)
    assert asked == [kernel]
    assert kernel.is_compiled


def test_what_is_not_on_disk_is_compiled_when_the_kernel_itself_has_taken_long(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is looked at once; what other kernels took does not count."""
    asked = on_disk(monkeypatch, False)
    monkeypatch.setattr(tiers._Process, "spent", 10 * tiers.COMPILE)
    for _ in range(3):
        assert kernel.call(np.zeros(4, np.int64), 1) == 4
    kernel.expect(tiers.COMPILE / 2)
    assert (asked, kernel.is_compiled) == ([kernel], False)
    kernel.expect(tiers.COMPILE)
    assert kernel.is_compiled
    assert tiers._Process.spent < 11 * tiers.COMPILE, "expected is not spent"


@pytest.mark.parametrize("by_address", [False, True])
def test_a_call_with_long_arrays_does_not_begin_as_plain_python(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, by_address: bool
) -> None:
    on_disk(monkeypatch, True)
    long: Any = np.zeros(int(tiers.LOAD / tiers.ENTRY) + 1, np.bool_)
    given = addresses_of([np.zeros(1, np.int64), long]) if by_address else long
    assert kernel.call(given) == "compiled"


def test_where_numba_compiles_nothing_plain_python_stays(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = on_disk(monkeypatch, True)
    monkeypatch.setattr(tiers, "is_disabled", lambda: True)
    monkeypatch.setattr(tiers._Process, "spent", 10 * tiers.COMPILE)
    monkeypatch.setattr(tiers._Process, "takes_kernels", True)
    kernel.expect(10 * tiers.COMPILE)
    assert kernel.call(np.zeros(4, np.int64), 1) == 4
    assert kernel.compiled() is kernel.plain
    assert (asked, kernel.is_compiled) == ([], False)


def test_a_process_that_warms_takes_kernels_at_once(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = on_disk(monkeypatch, False)
    tiers.take_kernels()
    assert tiers.takes_kernels()
    kernel.expect(0)
    assert (asked, kernel.is_compiled) == ([], True)


@pytest.mark.parametrize(("text", "disabled"), [(None, False), ("0", False), ("1", True)])
def test_the_setting_is_known_before_numba_is_loaded(text: str | None, disabled: bool) -> None:
    environment = {name: held for name, held in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    if text is not None:
        environment["NUMBA_DISABLE_JIT"] = text
    code = (
        "import sys; from placement.kernels import tiers; print(tiers.is_disabled(), end=' ');"
        "assert 'numba' not in sys.modules; import numba; print(tiers.is_disabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert done.stdout == f"{disabled} {disabled}\n"


# --- What may come in between ------------------------------------------------------------------


class Signal(BaseException):
    """What the handler of a signal raises."""


@pytest.fixture
def _alarms() -> Iterator[None]:
    def handler(*_: Any) -> None:
        raise Signal

    before = signal.signal(signal.SIGALRM, handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def some_cluster() -> Cluster:
    found = Cluster(seed=1)
    for number in range(4):
        found.register(Instance(id=f"i-{number}", cpu=1000, memory=1000, gpus=4))
    return found


def check(found: Cluster) -> None:
    """Hold what is counted and what is left to the tasks that there are."""
    tasks = found.store.tasks
    on = [len(found.tasks_on(f"i-{row}")) for row in range(4)]
    assert tasks.running[:4].tolist() == on
    assert tasks.counts(tasks.groups.code("g"))[:4].tolist() == on
    assert tasks.positions == sum(on) == tasks.groups.tasks[tasks.groups.code("g")]
    for row in range(4):
        used = found.usage(f"i-{row}")
        assert used.remaining_cpu == 1000 - 10 * on[row]
        assert used.remaining_memory == 1000 - 20 * on[row]


@pytest.mark.usefixtures("_alarms")
def test_no_signal_comes_in_the_middle_of_plain_python() -> None:
    """C53, C54: a call is done or undone, as with compiled code, which cannot be interrupted."""
    task = Task(cpu=10, memory=20)
    chance = np.random.default_rng(4)
    arrived = 0
    with plain_until(lambda: False):
        found = some_cluster()

        def live(turn: int) -> None:
            for _ in range(5):
                chain: Any = Random() if turn % 2 else Spread("instanceId")
                placed = found.place(task, 2, group="g", strategy=chain)
                placed.undo() if turn % 3 else found.stop(placed.task_ids)

        for turn in range(6):  # all modules are imported before the first signal
            live(turn)
        for turn in range(600):
            try:
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-5, 3e-3))
                live(turn)
            except Signal:
                arrived += 1
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            found.store.tasks.drop_ended()
            check(found)
    assert arrived > 100


def test_plain_python_begins_only_with_enough_frames() -> None:
    """The end of the stack comes before anything is changed, or nowhere: never in between."""
    with plain_until(lambda: False):
        found = some_cluster()
        task = Task(cpu=10, memory=20)
        found.place(task, group="g")
        outcomes = set()

        def at_depth(depth: int, call: Callable[[], object]) -> None:
            if depth:
                at_depth(depth - 1, call)
            else:
                call()

        limit = sys.getrecursionlimit()
        for depth in range(limit - 140, limit):
            try:
                at_depth(depth, lambda: found.place(task, group="g"))
            except RecursionError:
                outcomes.add("deep")
            else:
                outcomes.add("placed")
            check(found)
        assert outcomes == {"deep", "placed"}


FIRST_PLACE = Path(__file__).resolve().parents[3] / "benches" / "children" / "first_place.py"


def test_the_first_decisions_of_a_process_load_no_numba() -> None:
    code = f"""
import runpy, sys
names = runpy.run_path({str(FIRST_PLACE)!r})
cluster, task = names["cluster"], names["task"]
for _ in range(48):
    cluster.place(task, strategy=names["placement"].BinPack("cpu"))
placed = cluster.place(task, 3, strategy=names["placement"].Random())
cluster.stop(placed.task_ids[:1])
placed = cluster.place(task)
placed.undo()
cluster.choose_to_stop("family:task", 1)
print("numba" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_a_stream_is_decided_in_short_calls_until_kernels_are_compiled() -> None:
    """Otherwise plain Python would go on for as long as the stream is."""
    rows = 64
    lengths: list[int] = []
    with plain_until(lambda: len(lengths) > 5):
        found = Cluster()
        for number in range(rows):
            found.register(Instance(id=f"i-{number}", cpu=100_000, memory=100_000))
        requests = [found.prepare(Task(cpu=1, memory=size)) for size in (1, 2)]
        plain, compiled = decide.call, decide.compiled

        def note(*arguments: Any) -> Any:
            lengths.append(arguments[5] - arguments[4])
            return plain(*arguments)

        decide.call = note
        found.place_many(requests, np.arange(5000) % 2)
        assert decide.call is compiled()
    assert lengths[0] == 2**14 // rows
    assert sum(lengths) < 5000
