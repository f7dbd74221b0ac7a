"""numpy by hand, for exactly ``combined`` and ``packed`` and nothing else.

What both know beforehand: all tasks ask for the same, the constraint does not change, the chain
is spread by zone and then by instance or by memory.  Two, because "by hand" can mean two things:

- ``Scan`` works every decision out from what the nodes have left and how many tasks run there:
  what fits, a key over all nodes, the smallest.  It keeps counts and masks, and room to work in.
- ``KeptKeys`` is the fastest that we could write, and no scan any more: an index.  It keeps the
  key of every node that the constraint allows, zone by zone, each with the row in its low bits;
  a decision looks for the smallest key in the zones with the fewest tasks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.plan import NodePlan
from harness.stream import Application, Node, Stream, make_nodes
from peers.placing.base import Decide

__all__ = ["KeptKeys", "Scan"]

Array = npt.NDArray[np.int64]

_TYPES = ("m5.large", "c5.xlarge")
_CONSTRAINT = f"attribute:ecs.instance-type in [{', '.join(_TYPES)}]"
_BY_ZONE = ("spread", "attribute:ecs.availability-zone")
_NEVER = 1 << 62
_ZONE = 1 << 40
"""What a task of the group in a zone adds to a key: more than any count or memory."""


class Scan:
    """Every decision from the nodes as they are."""

    name = "numpy scan"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._nodes = list(make_nodes(plan, nodes))

    def ready(self, stream: Stream) -> Decide:
        """Lay the columns out, with a mask for each application."""
        task, packed = _known(stream)
        nodes, count = self._nodes, len(stream.applications)
        zones = _zones(nodes)
        member = np.repeat(_allowed(nodes)[None], count, axis=0)
        cpu = np.array([node.cpu for node in nodes])
        memory = np.array([node.memory for node in nodes])
        counts = np.zeros((count, len(nodes)), np.int64)
        in_zone = np.zeros((count, zones.max() + 1), np.int64)  # in units of _ZONE
        key, never = np.empty(len(nodes), np.int64), np.int64(_NEVER)
        fits, fits_too = np.empty(len(nodes), np.bool_), np.empty(len(nodes), np.bool_)

        def decide(start: int, end: int) -> Array:
            rows = np.full(end - start, -1, np.int64)
            for j, a in enumerate(stream.order[start:end].tolist()):
                np.take(in_zone[a], zones, out=key, mode="clip")
                np.add(key, memory if packed else counts[a], out=key)
                np.greater_equal(cpu, task.cpu, out=fits)
                np.greater_equal(memory, task.memory, out=fits_too)
                np.logical_and(fits, fits_too, out=fits)
                np.logical_and(fits, member[a], out=fits)
                row = np.where(fits, key, never).argmin()  # the first of the smallest
                if not fits[row]:
                    continue
                rows[j] = row
                cpu[row] -= task.cpu
                memory[row] -= task.memory
                counts[a, row] += 1
                in_zone[a, zones[row]] += _ZONE
            return rows

        return decide


class KeptKeys:
    """Keys that are kept up to date, in one array for each zone."""

    name = "numpy, keys kept"
    determined = True

    def __init__(self, plan: NodePlan, nodes: int) -> None:
        self._nodes = list(make_nodes(plan, nodes))

    def ready(self, stream: Stream) -> Decide:
        """Lay the keys out: by application for counts, once for all where memory decides."""
        task, packed = _known(stream)
        nodes, count = self._nodes, len(stream.applications)
        zones, allowed = _zones(nodes), _allowed(nodes)
        members = [np.flatnonzero(allowed & (zones == z)) for z in range(zones.max() + 1)]
        room = [min(node.cpu // task.cpu, node.memory // task.memory) for node in nodes]
        size = len(nodes)
        step = -task.memory * size if packed else size
        first = [size * nodes[0].memory * packed + rows for rows in members]
        keys = [np.repeat(part[None], 1 if packed else count, axis=0) for part in first]
        in_zone = [[0] * len(members) for _ in range(count)]

        def decide(start: int, end: int) -> Array:
            rows = np.full(end - start, -1, np.int64)
            for j, a in enumerate(stream.order[start:end].tolist()):
                line = 0 if packed else a
                tasks = in_zone[a]
                best, zone, at = _smallest(keys, line, tasks)
                if best >= _NEVER:
                    continue
                row = best % size
                rows[j] = row
                tasks[zone] += 1
                room[row] -= 1
                keys[zone][line, at] = best + step
                if not room[row]:
                    keys[zone][:, at] = _NEVER
            return rows

        return decide


def _smallest(keys: list[Array], line: int, tasks: list[int]) -> tuple[int, int, int]:
    """Return the smallest key of the zones with the fewest tasks that have room, and its place."""
    best, zone, at = _NEVER, 0, 0
    for fewest in sorted(set(tasks)):
        for z, number in enumerate(tasks):
            part = keys[z][line]
            if number == fewest and len(part):
                place = int(part.argmin())
                found = int(part[place])
                if found < best:
                    best, zone, at = found, z, place
        if best < _NEVER:
            break
    return best, zone, at


def _known(stream: Stream) -> tuple[Application, bool]:
    """Return what every task asks for, and whether memory decides.

    Raises:
        ValueError: it is not the stream that this was written for.
    """
    task = stream.applications[0]
    packed = task.chain == (_BY_ZONE, ("binpack", "memory"))
    spread = task.chain == (_BY_ZONE, ("spread", "instanceId"))
    asked = {(each.cpu, each.memory, each.expression, each.chain) for each in stream.applications}
    if task.expression != _CONSTRAINT or not (packed or spread) or len(asked) > 1:
        raise ValueError(f"{stream.name} is not what this was written for")
    return task, packed


def _allowed(nodes: list[Node]) -> npt.NDArray[np.bool_]:
    return np.array([node.type in _TYPES for node in nodes])


def _zones(nodes: list[Node]) -> npt.NDArray[np.intp]:
    return np.array([int(node.zone[1:]) for node in nodes])
