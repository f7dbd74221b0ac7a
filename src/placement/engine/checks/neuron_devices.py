"""The check of Neuron devices, of which a task takes all that an instance has (B44).

In: a request, and whether rows report Neuron devices and have them left.  Out: one check, if the
task asks for such devices and any row reports some.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.checks.base import Mask, PreparedCheck, Rows
from placement.engine.lookup import resource_number
from placement.state.resources import NEURON, UNLIMITED

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.state.store import Store

__all__ = ["NeuronDevicesCheck", "prepare_neuron_devices", "reports_no_neuron_devices"]


@attrs.frozen
class NeuronDevicesCheck(PreparedCheck):
    """The instance has Neuron devices, none of them in use, or it reports neither (B44).

    Attributes:
        store: The store of the cluster.
        column: The number of the resource, of which an instance has 1 or 0 (``NEURON``).
    """

    store: Store
    column: int

    reason = "RESOURCE:NEURON_DEVICE"
    sentence = ("has no Neuron devices, or some in use", "have no Neuron devices, or some in use")

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that report no device, or one that is in use."""
        mask &= self.store.tasks.resources.free[rows, self.column] > 0

    def keep_possible(self, mask: Mask, rows: npt.NDArray[np.int64], /) -> None:
        """Clear the rows that report that they have none."""
        mask &= self.store.tasks.resources.registered[rows, self.column] > 0

    def missing(self, row: int, /) -> tuple[str, ...]:
        """Return how many devices there are, if there are any."""
        count, _ = self.store.neuron_devices[row]
        if not count:
            return (f"{self.reason}: none registered",)
        if count == 1:
            return (f"{self.reason}: the only Neuron device is in use",)
        return (f"{self.reason}: wanted all of {count} Neuron devices, some in use",)


def prepare_neuron_devices(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the check, if the task wants Neuron devices and any instance reports some."""
    column = resource_number(store, NEURON)
    if criteria.task.neuron_devices and column is not None:
        yield NeuronDevicesCheck(store, column)


def reports_no_neuron_devices(store: Store) -> Mask:
    """Return which rows report no Neuron devices, so that these are not checked there (B44)."""
    column, rows = resource_number(store, NEURON), len(store.ids)
    if column is None:
        return np.ones(rows, np.bool_)
    unknown: Mask = store.tasks.resources.registered[:rows, column] == UNLIMITED
    return unknown
