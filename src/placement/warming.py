"""Compile every kernel once, so that later processes load compiled code.

In: a folder to keep compiled code in.  Out: that folder, filled.  Kernels are reached by the calls
that programs make of this library, on a small cluster.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, Literal

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.cluster import Cluster
from placement.engine.request import (
    BinPack,
    DistinctInstance,
    MemberOf,
    Random,
    Spread,
    Task,
)
from placement.engine.results import Request
from placement.errors import UsageError, describe_value
from placement.kernels.tiers import is_disabled, take_kernels
from placement.model import Instance
from placement.query import evaluation
from placement.query.query import compile

__all__ = ["warm"]

ROWS = 300
"""Instances of the cluster: more than codes of 8 bits can tell apart."""

MANY = 66_000
"""Tasks, more than an index leaves stops in their log and than one call of a kernel decides."""


def warm(into: str | os.PathLike[str] | None = None) -> Path:
    """Compile every kernel that is not on disk yet, and return the folder they are kept in.

    It takes half a minute of processor time where nothing is compiled yet, a second where all is.
    This process then computes all masks by kernels, and decides by compiled ones.
    Compiled code is good for one model of processor and one place of the package on disk;
    ``docs/warming.md`` says what that means for images.

    Args:
        into: The folder; it is made if it is not there, and ``NUMBA_CACHE_DIR`` is set to it for
            this process and its children.  None: where this process keeps kernels anyway.

    Raises:
        UsageError: the folder cannot be written, kernels cannot be kept anywhere, numba is loaded
            already and keeps them in another folder, or ``NUMBA_DISABLE_JIT`` is set.
    """
    if is_disabled():
        raise UsageError("NUMBA_DISABLE_JIT is set, so that nothing is compiled")
    if into is not None:
        _keep_in(into)
    from placement.kernels._jit import cache_folder

    folder = cache_folder()
    if folder is None:
        message = "compiled kernels cannot be kept: no folder for them can be written; give one"
        raise UsageError(f"{message}: warm(into=FOLDER), or placement warm --into FOLDER")
    take_kernels()
    evaluation.take_kernels()
    _select()
    _place()
    return folder


def _keep_in(into: Any) -> None:
    """Let numba keep compiled code in a folder, which is made if it is not there.

    numba reads the setting when it is loaded.

    Raises:
        UsageError: it is no folder that can be written, or numba is loaded, with another folder.
    """
    if not isinstance(into, str | os.PathLike):
        raise UsageError(f"into: expected the path of a folder, not {describe_value(into)}")
    folder = Path(into).absolute()
    numba = sys.modules.get("numba")
    now = None if numba is None else numba.config.CACHE_DIR
    if now is not None and (not now or Path(now).absolute() != folder):
        where = f"in {now}" if now else "beside the package or in the user's cache folder"
        message = f"numba is loaded already and keeps compiled code {where}: set NUMBA_CACHE_DIR"
        raise UsageError(f"{message} before that, or run: python -m placement warm --into FOLDER")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no name that a folder can have"
        message = f"into: {describe_value(str(folder))} cannot be written: {reason.lower()}"
        raise UsageError(message) from None
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


def _cluster() -> Cluster:
    """Return a cluster whose columns have codes of 8 and of 16 bits."""
    cluster = Cluster()
    for number in range(ROWS):
        attributes = {
            "stack": ("prod", "dev", "test")[number % 3],
            "rack": f"r{number}",
            "ecs.availability-zone": f"us-east-1{'abc'[number % 3]}",
        }
        cluster.register(
            Instance(id=f"i-{number}", cpu=4096, memory=8192, gpus=2, attributes=attributes)
        )
    return cluster


def _select() -> None:
    """Run the kernels of queries, for codes of each width, with tasks and with a tombstone."""
    from placement.kernels import mask_program, masks

    cluster = _cluster()
    cluster.add_task("i-0", "web")
    cluster.add_task("i-1", "db")
    for text in (
        "attribute:stack == prod",
        "attribute:rack == r7",
        "attribute:stack == prod and runningTasksCount < 3 and registeredAt > 2020-01-01",
        "task:group == web",
        "task:group != web",
        "task:group =~ w.*",
        r"attribute:rack =~ 'r([0-9])\1'",  # no regular language: the kernel of patterns
    ):
        compile(text).mask(cluster)
    cluster.deregister("i-299")
    compile("attribute:stack == prod").mask(cluster)
    # Codes of 32 bits need 65,537 different texts, so their kernel is called directly.
    step, none = np.zeros(mask_program.FIELDS, np.int64), np.zeros(0, np.int64)
    codes, found = np.zeros(1, np.uint32), np.zeros(1, np.bool_)
    masks.run_one.call(step, codes, np.zeros(0, np.bool_), none, found)


@attrs.frozen
class _EveryInstance:
    """A user's filter that keeps every instance: requests with one are decided by a full scan."""

    reason: str = "WARM"
    reads: Literal["instance"] = "instance"

    def keep(self, mask: npt.NDArray[np.bool_], rows: npt.NDArray[np.int64]) -> None:
        """Keep all."""


def _place() -> None:
    """Run the kernels of placing, stopping, undoing, explaining and scaling in."""
    cluster = _cluster()
    zones, memory = Spread("attribute:ecs.availability-zone"), BinPack("memory")
    task = Task(family="web", cpu=64, memory=64)
    cluster.place(task, 4, strategy=[zones, memory])
    cluster.place(task, 4, strategy=[Spread("instanceId")])
    everywhere: Any = _EveryInstance()
    cluster.place(task, 4, strategy=Random(), constraints=[everywhere])
    away = MemberOf("not(task:group == db) and attribute:stack != dev")
    with_ports = attrs.evolve(task, family="db", tcp_ports=(80,), gpus=1)
    placed = cluster.place(with_ports, 4, strategy=Random(), constraints=[DistinctInstance(), away])
    cluster.explain(with_ports, constraints=[DistinctInstance(), away])
    placed.undo()
    cluster.set_status("i-0", "DRAINING")  # rows changed by other calls than those of tasks
    tasks = cluster.place(with_ports, 40, strategy=[zones]).task_ids
    cluster.place_on("i-5", task)
    cluster.stop(int(tasks[2]))
    cluster.stop(tasks[:2])
    cluster.choose_to_stop("family:db", 2, Random())
    cluster.choose_to_stop("family:db", 1, among=tasks[3:20])
    cluster.store.tasks.drop_ended()
    cluster.store.tasks.ports.reserve_on(np.arange(2), (22,))
    _change_rows(cluster)
    cluster.compact()
    _change_rows(_cluster())  # without conditions: shorter kernels are compiled for that


def _change_rows(cluster: Cluster) -> None:
    """Run the kernels by which indexes follow rows that come, move and are stopped on."""
    zones = [Spread("attribute:ecs.availability-zone")]
    task = Task(family="web", cpu=1, memory=1)
    cluster.place(task, 4, strategy=zones)
    cluster.put_attributes("i-5", {"ecs.availability-zone": "us-east-1a"})
    cluster.register(Instance(id="new", cpu=4096, memory=8192))
    cluster.place(task, 4, strategy=zones)
    cluster.place(task, MANY, strategy=[Spread("instanceId")]).undo()
    requests = [Request(task, strategy=chain) for chain in ([Spread("instanceId")], zones)]
    cluster.place_many(requests, np.arange(MANY) % 2)  # a long call, which empties the log of stops
