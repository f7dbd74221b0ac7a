"""Lists of addresses: a kernel takes one list in the place of many arrays.

In: a list that ``state.shared.addresses_of`` has made.  Out: the arrays of a cluster, of requests
or of indexes, as a bundle.  Whoever writes an address into a list keeps the array alive and in its
place; all arrays are C-contiguous.  Passing an array to compiled code takes about a tenth of a
microsecond, so that the forty arrays of a decision took longer than the decision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from placement.kernels.bundles import Length, Place, bundle_of_one
from placement.kernels.fields import ADDRESS_FIELDS, ClusterArrays, Indexes, Requests

__all__ = ["cluster_at", "indexes_at", "requests_at"]


def _listed(kind: Any, **arrays: tuple[Any, int]) -> Any:
    """Return the function that makes a bundle of a list of addresses, in the order of ``kind``.

    Args:
        kind: The named tuple of the arrays.
        arrays: The dtype of each array and how many dimensions it has.
    """
    places = {}
    for name, (dtype, dimensions) in arrays.items():
        first = ADDRESS_FIELDS * kind._fields.index(name)
        lengths = tuple([Length(first + 1 + dimension) for dimension in range(dimensions)])
        places[name] = Place(dtype, first, lengths)
    return bundle_of_one(kind, places)


cluster_at = _listed(
    ClusterArrays,
    free=(np.int64, 2),
    reserved=(np.int64, 2),
    gpus=(np.uint64, 1),
    ports=(np.int32, 1),
    newest=(np.int32, 1),
    running=(np.int32, 1),
    grouped_tasks=(np.int32, 1),
    pair_tables=(np.int64, 2),
    pair_entries=(np.int32, 2),
    port_keys=(np.int64, 1),
    port_holders=(np.int64, 1),
    task_id=(np.int64, 1),
    task_row=(np.int32, 1),
    task_group=(np.int32, 1),
    task_spec=(np.int32, 1),
    task_next=(np.int32, 1),
    task_before=(np.int32, 1),
    task_gpus=(np.uint64, 1),
    task_flags=(np.uint8, 1),
    spec_demand=(np.int64, 2),
    spec_ports=(np.int64, 1),
    spec_port_start=(np.int64, 1),
    group_tasks=(np.int64, 1),
    spread_first=(np.int32, 1),
    spread_next=(np.int32, 1),
    spread_attribute=(np.int32, 1),
    spread_counts=(np.int64, 2),
    attribute_values=(np.int32, 2),
    taken_at=(np.int64, 1),
    taken_next=(np.int32, 1),
    taken_before=(np.int32, 1),
    freed_at=(np.int64, 1),
    freed_next=(np.int32, 1),
    freed_before=(np.int32, 1),
    changed_at=(np.int64, 1),
    blocked=(np.bool_, 1),
    left_rows=(np.int32, 1),
    left_before=(np.int32, 1),
    group_left=(np.int64, 1),
    meta=(np.int64, 1),
)
"""``cluster_at(lists)``: the arrays of a cluster."""

requests_at = _listed(
    Requests,
    table=(np.int64, 2),
    steps=(np.int64, 2),
    codes=(np.int64, 1),
    masks=(np.int64, 1),
    stack=(np.bool_, 1),
)
"""``requests_at(lists)``: the arrays of requests."""

indexes_at = _listed(
    Indexes,
    table=(np.int64, 2),
    layouts=(np.int64, 2),
    ties=(np.bool_, 1),
    left=(np.int64, 1),
    picks=(np.int32, 1),
    turns=(np.int64, 2),
)
"""``indexes_at(lists)``: the arrays of indexes."""
