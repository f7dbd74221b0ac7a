"""The contract of the arrays that kernels work on: names, shapes, dtypes and special values.

What comes in, what goes out: nothing; this module only defines.  ``state`` allocates the arrays of
``ClusterArrays``, ``engine`` those of ``Requests`` and ``Orders``, and the kernels read and change
them; all three take every field number and special value from here.  It must not import numba, so
that a cluster can be filled without it.  The functions at the end are plain Python, which
``kernels.hash_table`` compiles: Python code and kernels find the same slots.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

__all__ = [
    "ASKS",
    "BLOCK",
    "BLOCKED",
    "BY_ATTRIBUTE",
    "BY_KEY",
    "CELLS",
    "CHAIN",
    "CHANGE",
    "COUNTED",
    "COUNT_MASK",
    "COUNT_SHIFT",
    "CPU",
    "DISTINCT",
    "ENDED",
    "EXACT",
    "FIRST_LINK",
    "FIRST_STEP",
    "FREED",
    "GPU",
    "GROUP",
    "HOLDING",
    "IMPROVES",
    "INTERFACE",
    "IS_AND",
    "IS_ANY",
    "IS_COUNT",
    "IS_MASK",
    "IS_NOT",
    "IS_OR",
    "IS_OTHER",
    "LAYOUT",
    "LINKS",
    "LISTED",
    "LISTENS",
    "LOGGED",
    "MAX_COUNT",
    "MAX_NAMES",
    "MAX_PORTS",
    "MAX_ROWS",
    "MAX_TASKS",
    "MAX_TASK_IDS",
    "MEMORY",
    "META",
    "NEVER",
    "NEXT_ID",
    "NONE",
    "NO_OWNER",
    "NO_ROW",
    "ORDER",
    "ORDER_FIELDS",
    "OWNER",
    "PAIRS",
    "PAIR_SHIFT",
    "PORTS",
    "PORT_SHIFT",
    "RANDOM_STATE",
    "RECOUNTS",
    "REQUEST_FIELDS",
    "RESERVED",
    "SEEN",
    "SEEN_FREED",
    "SLOT",
    "SPEC",
    "STACK",
    "STALE",
    "STEPS",
    "TASKS",
    "UDP",
    "UNKNOWN_OWNER",
    "ClusterArrays",
    "Orders",
    "Requests",
    "pair_key",
    "port_key",
    "slot_of",
]

Array = npt.NDArray[Any]
Number = Any
"""A number or truth value, of the type that numba infers."""

# Bounds of counts

MAX_COUNT = 2**31 - 1
"""Tasks that a row can count (int32); a row that counts as many takes no further task."""

MAX_TASKS = 2**31 - 1
"""Tasks that a cluster can hold (positions are int32), those that have ended and are not dropped
yet included."""

MAX_TASK_IDS = 2**62
"""Ids that a cluster can give (C15)."""

MAX_ROWS = 2**30
"""Rows of a cluster: rows and the positions of a layout are int32, keys of tables 63 bits."""

MAX_NAMES = 2**31 - 1
"""Groups, and specifications, that a cluster can number (int32)."""

MAX_PORTS = 100
"""Static host ports an instance can have taken, reserved ones and both protocols together (B20)."""

# Resources

CPU, MEMORY, GPU, INTERFACE = range(4)
"""The columns of ``free`` for the resources that every row has; further ones follow by name."""

UDP = 65_536
"""What is added to the number of a udp port."""

# Special values

NO_ROW = -1
"""The row of a task that has ended; a position without a row; the end of a list."""

NO_OWNER = -1
"""Owner of a port that no task holds any more."""

RESERVED = -2
"""Owner of a port that the instance itself has reserved."""

UNKNOWN_OWNER = -3
"""Owner of a port reported in use by a task not in this cluster."""

COUNTED, HOLDING, LISTED = 1, 2, 4
"""Flags of a task: its desired status is RUNNING, so that it counts; it holds resources; a kernel
has met it in the list that it checks (never set when the kernel returns)."""

TASKS, LOGGED, FREED, PAIRS, PORTS, RANDOM_STATE, NEXT_ID, ENDED = range(8)
"""Places in ``meta``: how many positions of tasks are in use, how many entries the two logs and the
two tables have, the state of the random generator (64 bits, as a signed number), the id of the next
task, and how many of the positions in use are of tasks that have ended."""

META = 8
"""The length of ``meta``."""


class ClusterArrays(NamedTuple):
    """The arrays of a cluster that placements change; N rows, T positions, R resources, S specs.

    A task's position is its place in the arrays of tasks.  It changes when tasks that have ended
    are dropped; the task's id never changes.

    Attributes:
        free: int64 ``[N, R]``, what is left of each resource.
        gpus: uint64 ``[N]``, bit i is set if the i-th GPU is free.
        ports: int32 ``[N]``, how many static host ports are taken.
        newest: int32 ``[N]``, the position of the newest task on the row, or NO_ROW.
        running: int32 ``[N]``, runningTasksCount, at most MAX_COUNT.
        grouped_tasks: int32 ``[N]``, how many counted tasks have a known group; at most
            ``running``.
        pair_keys: int64, the table of (row, group); see ``pair_key``.
        pair_counts: int32, how many counted tasks of the group are on the row; at most
            ``grouped_tasks``.
        port_keys: int64, the table of (row, port); see ``port_key``.
        port_holders: int64, the id of the task that holds the port, NO_OWNER, RESERVED or
            UNKNOWN_OWNER.
        task_id: int64 ``[T]``, ascending with the position.
        task_row: int32 ``[T]``, or NO_ROW if the task has ended.
        task_group: int32 ``[T]``.
        task_spec: int32 ``[T]``.
        task_next: int32 ``[T]``, the position of the next older task on the row, or NO_ROW.
        task_gpus: uint64 ``[T]``, the GPUs a task holds, as bits.
        task_flags: uint8 ``[T]``, COUNTED and HOLDING.
        spec_demand: int64 ``[S, R]``.
        spec_ports: int64, the static ports of all specs, one after the other.
        spec_port_start: int64 ``[S + 1]``.
        group_tasks: int64 by group, how many counted tasks it has.
        spread_first: int32 by group, its first count by attribute, or NO_ROW.
        spread_next: int32, the group's next count by attribute, or NO_ROW.
        spread_attribute: int32, which row of ``attribute_values`` a count goes by.
        spread_counts: int64 ``[count, value]``.
        attribute_values: int32 ``[attribute, N]``, the number of each row's value.
        log: int32, the rows that took on a task, in order.
        last: int64 ``[N]``, the place of a row's newest entry in the log.
        freed_log: int32, the rows that gave something back, in order.
        meta: int64 ``[META]``.
    """

    free: Array
    gpus: Array
    ports: Array
    newest: Array
    running: Array
    grouped_tasks: Array
    pair_keys: Array
    pair_counts: Array
    port_keys: Array
    port_holders: Array
    task_id: Array
    task_row: Array
    task_group: Array
    task_spec: Array
    task_next: Array
    task_gpus: Array
    task_flags: Array
    spec_demand: Array
    spec_ports: Array
    spec_port_start: Array
    group_tasks: Array
    spread_first: Array
    spread_next: Array
    spread_attribute: Array
    spread_counts: Array
    attribute_values: Array
    log: Array
    last: Array
    freed_log: Array
    meta: Array


# Requests

CHAIN = 6
"""Strategies that a request may have, with the one that ``ties="random"`` adds."""

(
    SPEC,
    GROUP,
    ASKS,
    DISTINCT,
    FIRST_STEP,
    STEPS,
    ORDER,
    LINKS,
    FIRST_LINK,
) = range(9)
"""Fields of a request: its specification and group; whether it asks for more than amounts; whether
distinctInstance holds; its program of dynamic conditions; its order; how many sort keys it has;
then four numbers for each of them."""

REQUEST_FIELDS = FIRST_LINK + 4 * CHAIN

IS_MASK, IS_ANY, IS_OTHER, IS_COUNT, IS_NOT, IS_AND, IS_OR = range(7)
"""Steps of a program over one row: (IS_MASK, which), (IS_ANY, start, length), (IS_OTHER, start,
length), (IS_COUNT, low, high); IS_NOT turns the newest answer, IS_AND and IS_OR join the two
newest."""

STACK = 512
"""How deep the program of a request may stack answers."""


class Requests(NamedTuple):
    """What requests ask; C requests, N rows.

    Attributes:
        table: int64 ``[C, REQUEST_FIELDS]``.
        steps: int64 ``[step, 3]``, the programs of all requests, one after the other.
        codes: int64, the group codes that steps refer to.
        masks: bool ``[mask, N]``, the static parts of conditions.
        stack: bool ``[STACK]``, room to work in.
    """

    table: Array
    steps: Array
    codes: Array
    masks: Array
    stack: Array


# Orders

BLOCK = 64
"""Positions in a block."""

NEVER = 2**62
"""The key of a row that static conditions rule out, and of positions without a row."""

BLOCKED = 2**62 - 1
"""The key of a row that has no room now, or fails a condition that tasks can change."""

STALE = -2
"""In ``best``: the best position of a cell is not known."""

NONE = -1
"""In ``best``: no row of the cell will do."""

(
    OWNER,
    LAYOUT,
    CELLS,
    LISTENS,
    RECOUNTS,
    IMPROVES,
    EXACT,
    SEEN,
    SEEN_FREED,
    CHANGE,
    COUNT_SHIFT,
    COUNT_MASK,
    SLOT,
) = range(13)
"""Fields of an order: a request that has it; layout and number of cells; whether it reads the log,
counts its group again for each entry, and tries blocked rows again for each entry; whether its keys
must be exact, because chance decides; how far it has read both logs; how a key changes when a task
is placed; where in the key the group's count is (-1: nowhere) and its mask; its place among the
keys (-1: none)."""

ORDER_FIELDS = 13

BY_ATTRIBUTE, BY_KEY = range(2)
"""A sort key of a request: (BY_ATTRIBUTE, count, which value of the cell, 0) or (BY_KEY, shift,
mask, resource, or -1 for the group's count on the row)."""


class Orders(NamedTuple):
    """Orders; O orders, P positions, B blocks, K cells, S places for orders, L layouts, N rows.

    Attributes:
        table: int64 ``[O, ORDER_FIELDS]``.
        row_at: int32 ``[L, P]``, the row at a position, or NO_ROW.
        position_of: int32 ``[L, N]``.
        first_block: int32 ``[L, K + 1]``, the first block of each cell.
        cell_at: int32 ``[L, B]``, the cell of each block.
        cell_values: int32 ``[L, K, CHAIN]``, a cell's value of each attribute of the layout.
        keys: int64 ``[S, P]``.
        bounds: int64 ``[S, B]``, at most the smallest key of the block.
        best: int64 ``[S, K]``, the best position of a cell, STALE or NONE.
        ties: bool ``[K]``, room to work in.
    """

    table: Array
    row_at: Array
    position_of: Array
    first_block: Array
    cell_at: Array
    cell_values: Array
    keys: Array
    bounds: Array
    best: Array
    ties: Array


# Keys of the two hash tables; plain Python that numba can compile

PAIR_SHIFT = 32
"""Bits of a group code in the key of a pair."""

PORT_SHIFT = 17
"""Bits of a port in the key of a port: 16, and one for udp."""


def pair_key(row: Number, group: Number) -> Number:
    """Return the key of a row and a group code; never 0, which marks an empty slot.

    Both are Python's whole numbers or int64, single or arrays; of int32 bits would be lost.
    """
    return (row << PAIR_SHIFT | group) + 1


def port_key(row: Number, port: Number) -> Number:
    """Return the key of a row and a port (udp ones with UDP added), as ``pair_key`` does."""
    return (row << PORT_SHIFT | port) + 1


def slot_of(keys: Array, key: int) -> Number:
    """Return where a key is, or the empty slot where it would be put.

    Args:
        keys: int64, as long as a power of two, with at least one empty slot (0).
        key: not 0.
    """
    last = len(keys) - 1
    mixed = (key >> 32) * 2_654_435_761 + (key & 0xFFFFFFFF) * 40_503  # stays below 2**63
    slot = (mixed ^ (mixed >> 15)) & last
    found = keys[slot]
    while found != 0 and found != key:
        slot = (slot + 1) & last
        found = keys[slot]
    return slot
