"""Requests in the numbers of one cluster: each gets a number, and an index that it may share.

In: prepared requests.  Out: their numbers, -1 for those that have no index, and the table of
requests that kernels read.  How long numbers are good is the business of ``placement_index``; what
tasks do to keys that of ``kernels.index``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from placement.engine.encode import EncodedRules, Encoder
from placement.engine.specs import spec_of
from placement.kernels import fields
from placement.state.shared import addresses_of, longer

if TYPE_CHECKING:
    from placement.engine.index.attribute_counts import AttributeCounts
    from placement.engine.index.index_table import IndexTable
    from placement.engine.index.programs import Programs
    from placement.engine.index.static_masks import StaticMasks
    from placement.engine.index.zones import Zones
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["Enrolment"]

_KEY_FIELDS = [fields.COUNT_SHIFT, fields.COUNT_MASK, fields.WIDE, fields.RESOURCES, fields.BUILT]
"""Fields of an index that change with the width of its keys."""

Array = npt.NDArray[Any]


class Enrolment:
    """All requests of a cluster that have a number.

    Attributes:
        requests: The requests, by number.
        lines: int64, ``Requests.table``.
        every_case: What kernels take: True, or None if chance decides on no index and no request
            asks more than amounts.
        addresses: Those of the arrays of requests (``list_arrays``), None if they have changed.
    """

    def __init__(
        self,
        store: Store,
        programs: Programs,
        statics: StaticMasks,
        counts: AttributeCounts,
        table: IndexTable,
        zones: Zones,
    ) -> None:
        self._store = store
        self._programs = programs
        self._statics = statics
        self._counts = counts
        self._table = table
        self._zones = zones
        self._zones_of: dict[int, int] = {}
        """The number of the zones of each request with ``ZoneSkew``."""
        self._encoder = Encoder(store, programs, statics)
        self.requests: list[PreparedRequest] = []
        self.lines = np.zeros((16, fields.REQUEST_FIELDS), np.int64)
        self.every_case: Literal[True] | None = None
        self.addresses: Array | None = None
        self._number_of: dict[Hashable, int] = {}
        """The number of each request, by all that it asks: equal requests share one."""
        self._index_of: dict[Hashable, int] = {}
        """Each index, by all that decides about it."""
        self._wide: set[Hashable] = set()
        """What decides about indexes with counts that need 64 bits."""

    @property
    def kept(self) -> int:
        """How many requests, static conditions or rules are kept, whichever are the most."""
        return max(len(self._number_of), self._statics.descriptions, len(self._encoder))

    def number(self, prepared: PreparedRequest, generation: int) -> int:
        """Return the number of an equal request, or enroll this one and return its number.

        Args:
            prepared: The request.
            generation: That in which rules that are encoded now are good.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            TaskError: there are too many groups or specifications.
        """
        rules, tasks = prepared.rules, self._store.tasks
        if rules.generation != generation:
            rules.encoded = self._encoder.encode(rules)
            rules.generation = generation
        encoded = rules.encoded
        if encoded is None:
            return -1
        static = self._statics.number(prepared, encoded.static)
        spec = tasks.specs.number(spec_of(self._store, prepared.task))
        group = tasks.groups.code(prepared.group)
        key = (encoded.number, static, spec, group)
        number = self._number_of.get(key)
        if number is None:
            number = self._number_of[key] = self._enroll(prepared, encoded, static, spec, group)
        return number

    def _enroll(
        self, prepared: PreparedRequest, encoded: EncodedRules, static: int, spec: int, group: int
    ) -> int:
        """Write a request into the arrays; return its number, or -1 if it has no index.

        Args:
            prepared: The request.
            encoded: Its rules.
            static: The number of its static conditions.
            spec: That of its specification.
            group: The code of its group.
        """
        alike = self._alike(encoded, static, spec, group)
        if self._wide and alike in self._wide:
            wide = self._encoder.encode(prepared.rules, wide=True)
            if wide is None:
                return -1
            encoded, alike = wide, self._alike(wide, static, spec, group)
        layout = self._table.layout(encoded.attributes)
        if layout is None:
            return -1
        number = len(self.requests)
        self.requests.append(prepared)
        if number == len(self.lines):
            self.lines = longer(self.lines, 2 * number, 0)
            self.addresses = None
        if prepared.rules.zone_skew:
            self._zones_of[number] = self._zones.number(prepared)
        self._write_request(number, encoded, spec, group)
        if encoded.exact or self.lines.item(number, fields.ASKS):
            self.every_case = True
        found = self._index_of.get(alike)
        if found is None:
            found = self._table.add(encoded, static, layout, number, spec, group)
            self._index_of[alike] = found
        self.lines[number, fields.INDEX] = found
        return number

    def _alike(self, encoded: EncodedRules, static: int, spec: int, group: int) -> Hashable:
        """Return what is equal for requests that order rows alike and rule out the same ones."""
        asked = self._store.tasks.specs.listed[spec]
        own_group = group if encoded.own_group else -1
        return static, encoded.order, asked.demand, asked.ports, own_group

    def _write_request(self, number: int, encoded: EncodedRules, spec: int, group: int) -> None:
        line = self.lines[number]
        line[:] = encoded.request
        line[fields.SPEC] = spec
        line[fields.GROUP] = group
        specs = self._store.tasks.specs
        if specs.listed[spec].ports or specs.demand[spec, fields.GPU] == fields.EVERY_GPU:
            line[fields.ASKS] = True
        for place, attribute in encoded.spreads:
            line[place] = self._counts.of_group(group, attribute)
        if number in self._zones_of:
            self._write_zones(number)

    def _write_zones(self, number: int) -> None:
        """Write where the zones of a request are."""
        address, width = self._zones.array(self._zones_of[number])
        self.lines[number, [fields.ZONES, fields.ZONE_WIDTH]] = address, width

    def follow_zones(self) -> None:
        """Write again where the zones of requests are, after arrays of them have moved."""
        for number in self._zones_of:
            self._write_zones(number)

    def runs(self, number: int) -> bool:
        """Return whether many tasks of a request can be decided at once (``decide_run``)."""
        line = self.lines[number]
        links = line[fields.FIRST_LINK :].reshape(-1, 4)[: int(line[fields.LINKS])]
        demand = self._store.tasks.specs.demand[line[fields.SPEC]]
        return (
            not line[fields.ASKS]
            and not demand[fields.GPU]
            and not self._table.lines[line[fields.INDEX], fields.EXACT]
            and not (links[1:, 0] == fields.BY_ATTRIBUTE).any()
        )

    def widen(self, index: int) -> bool:
        """Let the keys of an index take 64 bits; return whether counts fit into them now.

        If they do not, its requests have no index any more, nor do those that are equal to them.
        """
        requests = self._requests_of(index)
        if self._table.lines[index, fields.WIDE]:
            self._abandon(requests)
            return False
        self._wide |= {alike for alike, found in self._index_of.items() if found == index}
        self._table.pool.drop(index)
        for request in requests:
            encoded = self._encoder.encode(self.requests[request].rules, wide=True)
            if encoded is None:
                self._abandon(requests)
                return False
            spec, group = self.lines[request, [fields.SPEC, fields.GROUP]].tolist()
            self._write_request(request, encoded, spec, group)
            self.lines[request, fields.INDEX] = index
            self._table.lines[index, _KEY_FIELDS] = encoded.index[_KEY_FIELDS]
        return True

    def _requests_of(self, index: int) -> list[int]:
        of_index = self.lines[: len(self.requests), fields.INDEX] == index
        found: list[int] = np.flatnonzero(of_index).tolist()
        return found

    def _abandon(self, requests: Iterable[int]) -> None:
        """Let requests have no index from now on."""
        gone = set(requests)
        for key, number in self._number_of.items():
            if number in gone:
                self._number_of[key] = -1

    def list_arrays(self) -> Array:
        """Return the addresses of the arrays of requests as they are now, and remember them."""
        steps, codes, masks = self._programs.arrays()
        stack = np.zeros(fields.STACK, np.bool_)
        self._kept = fields.Requests(self.lines, steps, codes, masks, stack)
        self.addresses = addresses_of(self._kept)
        return self.addresses
