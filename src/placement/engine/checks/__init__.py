"""The checks an instance must pass, in the order in which they are reported (C17).

In: the criteria of a request and the store of a cluster.  Out: for each check that the request
needs, an object that clears the rows it rules out and can say why. Which of the instances that pass
is best is decided by ``engine.ranking``.

A new check is a module here with its class and its ``prepare`` function, and a line in
``STATIC_CHECKS`` or ``DYNAMIC_CHECKS``; ``base.py`` says what the class must answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement.engine.checks.amounts import (
    prepare_cpu,
    prepare_gpus,
    prepare_interface,
    prepare_memory,
    prepare_resources,
)
from placement.engine.checks.at_most import prepare_at_most
from placement.engine.checks.base import (
    Mask,
    Prepare,
    PreparedCheck,
    PrepareStatic,
    Rows,
    StaticCheck,
)
from placement.engine.checks.counts import prepare_count
from placement.engine.checks.distinct import prepare_distinct
from placement.engine.checks.member_of import prepare_member_of
from placement.engine.checks.neuron_devices import (
    prepare_neuron_devices,
    reports_no_neuron_devices,
)
from placement.engine.checks.plugin import PluginCheck, prepare_filters
from placement.engine.checks.ports import prepare_ports
from placement.engine.checks.texts import (
    prepare_agent,
    prepare_attributes,
    prepare_location,
    prepare_status,
    required_attributes,
)
from placement.engine.checks.zone_skew import ZONE_CHECKS, prepare_zone_skew

if TYPE_CHECKING:
    from collections.abc import Sequence

    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = [
    "DYNAMIC_CHECKS",
    "STATIC_CHECKS",
    "ZONE_CHECKS",
    "Mask",
    "PluginCheck",
    "PreparedCheck",
    "Rows",
    "StaticCheck",
    "all_rows",
    "mask_of",
    "prepare_checks",
    "prepare_static_checks",
    "reports_no_neuron_devices",
    "required_attributes",
]

STATIC_CHECKS: tuple[PrepareStatic, ...] = (
    prepare_status,  # liveness first: nothing else is meaningful without it (A32)
    prepare_agent,
    prepare_attributes,
    prepare_location,
)
"""Checks whose answers tasks do not change, in C17's order."""

DYNAMIC_CHECKS: tuple[Prepare, ...] = (
    prepare_cpu,  # resources before constraints, as the documentation orders its steps
    prepare_memory,
    prepare_ports,
    prepare_interface,
    prepare_gpus,
    prepare_neuron_devices,
    prepare_resources,
    prepare_count,
    prepare_member_of,
    prepare_distinct,
    prepare_at_most,
    prepare_zone_skew,
    prepare_filters,
)
"""Checks that follow those in C17's order; an index asks these through ``kernels.fit``."""


def prepare_checks(store: Store, criteria: Criteria) -> list[PreparedCheck]:
    """Return the checks that a request needs in C17's order; the first that fails is the reason."""
    checks: list[PreparedCheck] = [*prepare_static_checks(store, criteria)]
    for prepare in DYNAMIC_CHECKS:
        checks += prepare(store, criteria)
    return checks


def prepare_static_checks(
    store: Store, criteria: Criteria, kinds: Sequence[PrepareStatic] = STATIC_CHECKS
) -> list[StaticCheck]:
    """Return the static checks that a request needs, in C17's order; of some kinds, or of all."""
    return [check for prepare in kinds for check in prepare(store, criteria)]


def all_rows(store: Store) -> slice:
    """Return all rows, tombstones included."""
    return slice(0, len(store.ids))


def mask_of(store: Store, checks: Sequence[PreparedCheck]) -> Mask:
    """Return the mask of the rows that pass these checks; tombstones pass none."""
    rows = all_rows(store)
    mask: Mask = store.live[rows].copy()
    for check in checks:
        check.keep(mask, rows)
    return mask
