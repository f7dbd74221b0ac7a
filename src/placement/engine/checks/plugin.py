"""The checks of user-defined filters (C22).

In: the filters of a request.  Out: one check for each, which asks the filter whenever it is called;
``engine.full_scan`` remembers answers instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np

from placement.engine.checks.base import Mask, PreparedCheck, Rows
from placement.engine.plugins import ask_filter

if TYPE_CHECKING:
    from placement.engine.criteria import Criteria
    from placement.engine.plugins import Filter
    from placement.state.store import Store

__all__ = ["PluginCheck", "prepare_filters"]


@attrs.frozen
class PluginCheck(PreparedCheck):
    """A user-defined filter keeps the instance.

    Attributes:
        store: The store of the cluster.
        plugin: The filter.
    """

    store: Store
    plugin: Filter

    @property
    def reason(self) -> str:
        """The code that the filter has given itself."""
        return self.plugin.reason

    @property
    def sentence(self) -> tuple[str, str]:
        """Name the filter."""
        return f"is ruled out by {self.reason}", f"are ruled out by {self.reason}"

    @property
    def remedy(self) -> str:
        """Name the filter; those of one reason are left out together."""
        return f"the filter {self.reason}"

    def keep(self, mask: Mask, rows: Rows, /) -> None:
        """Clear the rows that the filter rules out; it is not asked about tombstones."""
        numbers = np.arange(len(self.store.ids))[rows]
        live = np.flatnonzero(self.store.live[numbers])
        mask[live] &= ask_filter(self.plugin, numbers[live])

    def missing(self, _row: int, /) -> tuple[str, ...]:
        """Return that the filter rules the row out; a filter gives no further detail."""
        return (f"{self.reason}: the filter of this name rules it out",)


def prepare_filters(store: Store, criteria: Criteria) -> Iterator[PreparedCheck]:
    """Yield the checks of the filters, in the order of the request."""
    for plugin in criteria.filters:
        yield PluginCheck(store, plugin)
