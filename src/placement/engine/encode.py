"""A prepared request in the numbers of one cluster, encoded once.

In: a prepared request, and the parts of an index that give names their numbers.  Out:
``EncodedRequest``: specification, group, sort keys, the program of its dynamic conditions, and by
what its rows are ordered, so that requests that order rows alike share one index.  Nothing is
decided here, and no key is computed.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

from placement.engine.index.key_encoder import encode_key
from placement.engine.index.programs import only_worsens
from placement.engine.specs import spec_of
from placement.kernels import fields
from placement.lang.typed import Constant

if TYPE_CHECKING:
    from placement.engine.index.attribute_counts import AttributeCounts
    from placement.engine.index.programs import Programs
    from placement.engine.index.static_masks import StaticMasks
    from placement.engine.prepared import PreparedRequest
    from placement.state.store import Store

__all__ = ["EncodedRequest", "Encoder"]

TRUE = Constant(True)


@attrs.define
class EncodedRequest:
    """What kernels have to know of a request.

    Attributes:
        fields: Its line in ``Requests.table``, but for the number of its index.
        static: The number of its static conditions.
        attributes: The attributes that it spreads over.
        alike: Equal for requests that order rows alike and rule out the same ones.
        count_shift: The lowest bit of the group's count in its key, -1 if it is not there.
        count_mask: The largest count, as a mask.
        wide: Whether its keys take 64 bits.
        exact: Whether chance decides, so that its keys must be exact.
        improves: Whether further tasks can make a condition true.
        listens: Whether a task that starts can make a row better.
        resources: How many resources are in its key.
    """

    fields: list[int]
    static: int
    attributes: tuple[str, ...]
    alike: Hashable
    count_shift: int
    count_mask: int
    wide: bool
    exact: bool
    improves: bool
    listens: bool
    resources: int


class Encoder:
    """Encodes requests for one index.

    Attributes:
        store: The store of the cluster.
        programs: The programs of dynamic conditions.
        statics: The masks of static conditions.
        counts: The attributes that are spread over.
    """

    def __init__(
        self, store: Store, programs: Programs, statics: StaticMasks, counts: AttributeCounts
    ) -> None:
        self.store = store
        self.programs = programs
        self.statics = statics
        self.counts = counts

    def encode(self, prepared: PreparedRequest, *, wide: bool = False) -> EncodedRequest | None:
        """Return a request encoded, None if its sort keys do not fit into one key.

        Args:
            prepared: A request whose sort keys an index can keep.
            wide: Whether its keys must take 64 bits; otherwise they do if 32 are too few.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            TaskError: there are too many groups or specifications.
        """
        tasks = self.store.tasks
        static = self.statics.number(prepared)
        group = tasks.groups.code(prepared.group)
        links = self._links(prepared, group, wide=wide)
        if links is None:
            return None
        spec = tasks.specs.number(spec_of(self.store, prepared.task))
        dynamic, distinct = prepared.split.dynamic, prepared.criteria.distinct
        first_step, steps = self.programs.write(dynamic)
        known = tasks.specs.listed[spec]
        line = [spec, group, bool(known.ports) or distinct or steps > 0, distinct, first_step]
        line += [steps, 0, len(links.numbers), *[part for link in links.numbers for part in link]]
        own_group = links.count_shift >= 0 or distinct or dynamic != TRUE
        by_key = tuple([link for link in links.numbers if link[0] == fields.BY_KEY])
        resources = sum(link[3] >= 0 for link in by_key)
        exact, improves = prepared.ranking.random, not only_worsens(dynamic)
        alike = (
            *(static, known.demand, known.ports, prepared.ranking.attributes, by_key, exact),
            *(dynamic, distinct, group if own_group else None),
        )
        return EncodedRequest(
            fields=line,
            static=static,
            attributes=prepared.ranking.attributes,
            alike=alike,
            count_shift=links.count_shift,
            count_mask=links.count_mask,
            wide=links.wide,
            exact=exact,
            improves=improves,
            listens=exact or improves or resources > 0,
            resources=resources,
        )

    def _links(self, prepared: PreparedRequest, group: int, *, wide: bool) -> _Links | None:
        """Return the sort keys in numbers, None if they do not fit into one key."""
        number = partial(self.counts.of_group, group)
        for width in (True,) if wide else (False, True):
            key = encode_key(self.store, prepared.ranking, number, wide=width)
            if key is not None:
                return _Links(key.links, key.count_shift, key.count_mask, width)
        return None


@attrs.frozen
class _Links:
    """The sort keys of a request in numbers (``kernels.fields``), and where its count is."""

    numbers: list[Any]
    count_shift: int
    count_mask: int
    wide: bool
