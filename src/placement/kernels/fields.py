"""The contract of the arrays that kernels work on: names, shapes, dtypes and special values.

What comes in, what goes out: nothing; this module only defines.  ``state`` allocates the arrays of
``ClusterArrays``, ``engine`` those of ``Requests`` and ``Indexes``, and the kernels read and change
them; all three take every field number and special value from here.  It must not import numba, so
that a cluster can be filled without it.  The functions at the end are plain Python, which
``kernels.hash_table`` compiles: Python code and kernels find the same slots.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

__all__ = [
    "ADDRESS_FIELDS",
    "ALIKE_FROM",
    "ASKS",
    "BEST",
    "BLOCK",
    "BLOCKED",
    "BLOCKS",
    "BOUNDS",
    "BUCKETS",
    "BUCKET_AT",
    "BUILT",
    "BY_ATTRIBUTE",
    "BY_KEY",
    "CHAIN",
    "CLOCK",
    "COUNTED",
    "COUNTS",
    "COUNT_MASK",
    "COUNT_SHIFT",
    "CPU",
    "ENDED",
    "EXACT",
    "FIRST_BLOCK",
    "FIRST_LINK",
    "FIRST_STEP",
    "FREED_HEAD",
    "GPU",
    "GROUP",
    "GROUP_LIMIT",
    "HOLDING",
    "IMPROVES",
    "INDEX",
    "INDEX_FIELDS",
    "INTERFACE",
    "IN_TURN",
    "IS_AND",
    "IS_ANY",
    "IS_COUNT",
    "IS_MASK",
    "IS_NOT",
    "IS_OR",
    "IS_OTHER",
    "KEY",
    "KEYS",
    "LAYOUT",
    "LAYOUT_FIELDS",
    "LEAST_CPU",
    "LEAST_MEMORY",
    "LEFT",
    "LINKS",
    "LISTED",
    "LISTENS",
    "LOG_FREED",
    "LOG_TAKEN",
    "MAX_COUNT",
    "MAX_NAMES",
    "MAX_PORTS",
    "MAX_ROWS",
    "MAX_SKEW",
    "MAX_TASKS",
    "MAX_TASK_IDS",
    "MEMORY",
    "META",
    "MISSING",
    "MOST",
    "MOST_BUCKETS",
    "MOST_PAGES",
    "MOST_ROWS",
    "NARROW",
    "NARROW_BLOCKED",
    "NARROW_NEVER",
    "NEVER",
    "NEXT_ID",
    "NONE",
    "NOT_COUNTED",
    "NO_INDEX",
    "NO_OWNER",
    "NO_ROOM",
    "NO_ROW",
    "OWNER",
    "PAGE",
    "PAGES",
    "PAGE_OF",
    "PAIR_CAPACITY",
    "PAIR_COUNT",
    "PAIR_END",
    "PAIR_GROUP",
    "PAIR_START",
    "PAIR_USED",
    "PICKED",
    "PORTS",
    "PORT_SHIFT",
    "POSITIONS",
    "POSITION_OF",
    "RANDOM_STATE",
    "REQUEST_FIELDS",
    "RESERVED",
    "RESOURCES",
    "ROW_AT",
    "SEEN_FREED",
    "SEEN_LEFT",
    "SEEN_TAKEN",
    "SPEC",
    "STACK",
    "STALE",
    "STATIC",
    "STEPS",
    "TAKEN",
    "TAKEN_HEAD",
    "TASKS",
    "TURN_FIELDS",
    "UDP",
    "UNKNOWN_OWNER",
    "USED",
    "VALUES",
    "WIDE",
    "ZONES",
    "ZONE_COUNTS",
    "ZONE_VALUE",
    "ZONE_WIDTH",
    "ClusterArrays",
    "Indexes",
    "Requests",
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

(
    TASKS,
    LEFT,
    PORTS,
    PAIR_END,
    RANDOM_STATE,
    CLOCK,
    TAKEN_HEAD,
    FREED_HEAD,
    LOG_TAKEN,
    LOG_FREED,
    NEXT_ID,
    ENDED,
    LEAST_CPU,
    LEAST_MEMORY,
) = range(14)
"""Places in ``meta``: how many positions of tasks are in use; how many entries the log of stops
has; how many keys the table of ports has; how much of ``pair_entries`` is in use; the state of the
random generator (64 bits, as a signed number); the time, which rises with every change that is
noted; the rows that took on a task, and that gave something back, last (NO_ROW: none); whether rows
that take on a task, and all rows that give something back, are noted; the id of the next task; how
many of the positions in use are of tasks that have ended; what each task of a request with an index
asks for at least, so that a row with less left is of no use to any."""

META = 14
"""The length of ``meta``."""

PAIR_START, PAIR_CAPACITY, PAIR_USED = range(3)
"""Columns of ``pair_tables``: where the table of a row starts in ``pair_entries``, its length (a
power of two, 0: none) and how many of its slots have been used."""

PAIR_GROUP, PAIR_COUNT = range(2)
"""Columns of ``pair_entries``: a group's code plus 1 (0: an empty slot) and the count."""

NOT_COUNTED = -2
"""In ``group_left``: no index counts the group's tasks, so that its stops are not logged."""


class ClusterArrays(NamedTuple):
    """The arrays of a cluster that placements change; N rows, T positions, R resources, S specs.

    A task's position is its place in the arrays of tasks.  It changes when tasks that have ended
    are dropped; the task's id never changes.

    Attributes:
        free: int64 ``[N, R]``, what placements may take of each resource: what remains, less what
            is reserved.
        reserved: int64 ``[N, R]``, what is reserved for daemons (A45), or of no length.
        gpus: uint64 ``[N]``, bit i is set if the i-th GPU is free.
        ports: int32 ``[N]``, how many static host ports are taken.
        newest: int32 ``[N]``, the newest task on the row, or NO_ROW.
        running: int32 ``[N]``, runningTasksCount, at most MAX_COUNT.
        grouped_tasks: int32 ``[N]``, how many counted tasks have a known group; at most
            ``running``.
        pair_tables: int64 ``[N, 3]``, where each row's table of groups is.
        pair_entries: int32 ``[M, 2]``, how many counted tasks of a group are on a row: a table
            for each row, so that what a row's tasks need lies together.
        port_keys: int64, the table of (row, port); see ``port_key``.
        port_holders: int64, the id of the task that holds the port, NO_OWNER, RESERVED or
            UNKNOWN_OWNER.
        task_id: int64 ``[T]``, ascending with the position.
        task_row: int32 ``[T]``, or NO_ROW if the task has ended.
        task_group: int32 ``[T]``.
        task_spec: int32 ``[T]``.
        task_next: int32 ``[T]``, the position of the next older task on the row, or NO_ROW.
        task_before: int32 ``[T]``, the position of the next newer task on the row, or NO_ROW.
        task_gpus: uint64 ``[T]``, the GPUs a task holds, as bits; 0 at positions that are not in
            use, so that it is not written, and takes no memory, where tasks hold none.
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
        taken_at: int64 ``[N]``, when a row took on a task last, while ``meta[LOG_TAKEN]``, or 0.
        taken_next: int32 ``[N]``, the row that did so before it, or NO_ROW: from
            ``meta[TAKEN_HEAD]`` on, all such rows, the latest first.
        taken_before: int32 ``[N]``, the same list backwards.
        freed_at: int64 ``[N]``, when a row that an index had blocked (any row while
            ``meta[LOG_FREED]``) gave something back last, or something else changed; 0 if it is not
            in the list, which rows leave that are too full for any request.
        freed_next: int32 ``[N]``.
        freed_before: int32 ``[N]``, the list of these rows, as for ``taken_next``.
        changed_at: int64 ``[N]``, when something other than tasks changed last.
        blocked: bool ``[N]``, whether an index has blocked the row since ``freed_at``.
        left_rows: int32, the rows that tasks of counted groups have left, in order.
        left_before: int32, the entry before of the same group, or NO_ROW.
        group_left: int64 by group, its newest entry, NO_ROW, or NOT_COUNTED.
        meta: int64 ``[META]``.
    """

    free: Array
    reserved: Array
    gpus: Array
    ports: Array
    newest: Array
    running: Array
    grouped_tasks: Array
    pair_tables: Array
    pair_entries: Array
    port_keys: Array
    port_holders: Array
    task_id: Array
    task_row: Array
    task_group: Array
    task_spec: Array
    task_next: Array
    task_before: Array
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
    taken_at: Array
    taken_next: Array
    taken_before: Array
    freed_at: Array
    freed_next: Array
    freed_before: Array
    changed_at: Array
    blocked: Array
    left_rows: Array
    left_before: Array
    group_left: Array
    meta: Array


# Requests

CHAIN = 6
"""Strategies that a request may have, with the one that ``ties="random"`` adds."""

(
    SPEC,
    GROUP,
    ASKS,
    GROUP_LIMIT,
    FIRST_STEP,
    STEPS,
    INDEX,
    MAX_SKEW,
    ZONE_COUNTS,
    ZONE_VALUE,
    ZONES,
    ZONE_WIDTH,
    LINKS,
    FIRST_LINK,
) = range(14)
"""Fields of a request: its specification and group; whether it asks for more than amounts; how
many tasks of its group may be on a row (0: any number); its program of dynamic conditions; its
index; how many more tasks of its group a zone may have than the one with the fewest (0: any
number), the count of the group by zone, which value of a bucket the zone is, the address of how
many instances make each zone one of the request's (int64 by zone), and its length; how many sort
keys it has; then four numbers for each of them."""

REQUEST_FIELDS = FIRST_LINK + 4 * CHAIN

IS_MASK, IS_ANY, IS_OTHER, IS_COUNT, IS_NOT, IS_AND, IS_OR = range(7)
"""Steps of a program over one row: (IS_MASK, which), (IS_ANY, start, length), (IS_OTHER, start,
length), (IS_COUNT, low, high); IS_NOT turns the newest answer, IS_AND and IS_OR join the two
newest."""

STACK = 512
"""How deep the program of a request may stack answers."""


class Requests(NamedTuple):
    """What requests ask; C requests.

    Attributes:
        table: int64 ``[C, REQUEST_FIELDS]``.
        steps: int64 ``[step, 3]``, the programs of all requests, one after the other.
        codes: int64, the group codes that steps refer to.
        masks: int64, the addresses of the static parts of conditions, each bool by row.
        stack: bool ``[STACK]``, room to work in.
    """

    table: Array
    steps: Array
    codes: Array
    masks: Array
    stack: Array


# Indexes

BLOCK = 64
"""Positions in a block."""

PAGE = 1024
"""Rows whose positions in a layout are on one page: a power of two."""

NEVER = 2**62
"""The key of a row that static conditions rule out, and of positions without a row."""

BLOCKED = 2**62 - 1
"""The key of a row that has no room now, or fails a condition that tasks can change."""

NARROW_NEVER, NARROW_BLOCKED = 2**31 - 1, 2**31 - 2
"""The same in keys of 32 bits."""

STALE = -2
"""In ``best``: the best position of a bucket is not known."""

NONE = -1
"""In ``best``: no row of the bucket will do."""

(
    OWNER,
    LAYOUT,
    LISTENS,
    IMPROVES,
    EXACT,
    COUNTS,
    COUNT_SHIFT,
    COUNT_MASK,
    SEEN_TAKEN,
    SEEN_FREED,
    SEEN_LEFT,
    USED,
    BUILT,
    WIDE,
    RESOURCES,
    STATIC,
    KEYS,
    BOUNDS,
    BEST,
) = range(19)
"""Fields of an index: a request that has it, and its layout; whether it follows rows that take
on tasks, and tries blocked ones of them again; whether its keys must be exact, because chance
decides; the group whose tasks it counts (-1: none), where in the key the count is and its mask; up
to when it has followed rows that took on tasks and that changed, and how far it has read the log of
stops; when it was last used; whether it is built; whether its keys have 64
bits; how many resources are in them; the addresses of its static mask (bool by row), its keys (by
position), lower bounds of the keys of each block (int64) and the best position of each bucket
(int64)."""

INDEX_FIELDS = 19

(
    BUCKETS,
    ROW_AT,
    POSITION_OF,
    BUCKET_AT,
    FIRST_BLOCK,
    BLOCKS,
    VALUES,
    POSITIONS,
    MOST_BUCKETS,
    MOST_ROWS,
    PAGE_OF,
    MOST_PAGES,
    PAGES,
) = range(13)
"""Fields of a layout: its number of buckets; the addresses of the row at each position (int32),
the position of each row (int32 ``[page, PAGE]``), the bucket of each block (int32), the first
block of each bucket (int32), how many blocks of it have been used (int32) and its values (int32
``[bucket, CHAIN]``); for how many positions, buckets and rows there is room; the address of the
page of each row // PAGE (int32), how many of these there are, and how many pages."""

LAYOUT_FIELDS = 13

MISSING = 0
"""The number of an attribute's value on rows that lack it: a bucket that loses ties (A34)."""

BY_ATTRIBUTE, BY_KEY = range(2)
"""A sort key of a request: (BY_ATTRIBUTE, count, which value of the bucket, 0) or (BY_KEY, shift,
mask, resource, or -1 for the group's count on the row)."""

NO_ROOM, NO_INDEX, NARROW = 1, 2, 3
"""Why ``decide`` returns before the end: ``pair_entries`` is full; an index is not built; a count
does not fit into the key of an index."""


IN_TURN, ALIKE_FROM, KEY, PICKED, TAKEN, MOST = range(6)
"""Columns of ``turns``: the buckets that take tasks in turn, and from where on those before each of
them have the same key; then for each bucket, of its picks, the key that they had at first, their
number, how many tasks they have taken and how many they take before others are looked at."""

TURN_FIELDS = 6


class Indexes(NamedTuple):
    """Indexes; I indexes, L layouts, K buckets and P positions of the largest.

    Attributes:
        table: int64 ``[I, INDEX_FIELDS]``.
        layouts: int64 ``[L, LAYOUT_FIELDS]``.
        ties: bool ``[K]``, room to work in.
        left: int64 ``[P]``, room to work in, 0 whenever no kernel runs.
        picks: int32 ``[P]``, room to work in: of each bucket, positions that take tasks in turn.
        turns: int64 ``[K, TURN_FIELDS]``, room to work in.
    """

    table: Array
    layouts: Array
    ties: Array
    left: Array
    picks: Array
    turns: Array


# Addresses of arrays

ADDRESS_FIELDS = 3
"""Numbers in a list of addresses for each array: its address and its length in one or two
dimensions.  A kernel takes such a list in the place of dozens of arrays, each of which would cost
as much to pass as the list."""


# Keys of the hash table of ports; plain Python that numba can compile

PORT_SHIFT = 17
"""Bits of a port in the key of a port: 16, and one for udp."""


def port_key(row: Number, port: Number) -> Number:
    """Return the key of a row and a port (udp ones with UDP added); never 0, an empty slot's.

    Both are Python's whole numbers or int64, single or arrays; of int32 bits would be lost.
    """
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
