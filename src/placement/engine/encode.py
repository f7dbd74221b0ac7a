"""Requests in the numbers of one cluster: what their rules say, encoded once for all of them.

In: the rules of requests, and the parts of an index that give names their numbers.  Out:
``EncodedRules``: the lines of ``kernels.fields`` of a request that has these rules, but for what
follows from its task and group.  Nothing is decided here, and no key is computed.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import numpy.typing as npt

from placement.engine.index.key_encoder import encode_key
from placement.engine.index.programs import only_worsens
from placement.kernels import fields
from placement.lang.typed import Constant
from placement.model.attribute_names import ZONE

if TYPE_CHECKING:
    from placement.engine.index.programs import Programs
    from placement.engine.index.static_masks import StaticMasks
    from placement.engine.rules import Rules
    from placement.state.store import Store

__all__ = ["EncodedRules", "Encoder"]

Array = npt.NDArray[Any]

TRUE = Constant(True)


@attrs.frozen(eq=False)
class EncodedRules:
    """What kernels have to know of the rules of a request.

    Attributes:
        number: Equal for rules that ask the same.
        order: Equal for rules by which requests for one task order rows alike, as long as they
            rule out the same ones: buckets may be compared by the same attributes in another order.
        static: The number of the static part of their expressions (``StaticMasks.tree``).
        request: int64, a line of ``Requests.table``; specification, group, index and the counts
            by attribute are to be filled in.
        index: int64, a line of ``Indexes.table`` for an index that is not built; its request,
            layout, group and addresses are to be filled in.
        attributes: The attributes whose values the rows of a bucket have in common.
        spreads: Where in ``request`` the number of a group's counts by an attribute belongs.
        own_group: Whether it depends on the group which rows fit, or which are better.
        counts: Whether the group's count is in the key.
        exact: Whether chance decides, so that keys must be exact.
        listens: Whether a task that starts can make a row better.
    """

    number: int
    order: int
    static: int
    request: Array
    index: Array
    attributes: tuple[str, ...]
    spreads: tuple[tuple[int, str], ...]
    own_group: bool
    counts: bool
    exact: bool
    listens: bool


class Encoder:
    """Encodes the rules of requests for one index."""

    def __init__(self, store: Store, programs: Programs, statics: StaticMasks) -> None:
        self._store = store
        self._programs = programs
        self._statics = statics
        self._known: dict[Hashable, EncodedRules | None] = {}
        """By all that rules ask, and by whether their keys must be wide."""
        self._orders: dict[Hashable, int] = {}

    def __len__(self) -> int:
        """How many different rules have been encoded, or have not fitted."""
        return len(self._known)

    def encode(self, rules: Rules, *, wide: bool = False) -> EncodedRules | None:
        """Return rules encoded, None if their sort keys do not fit into one key.

        Args:
            rules: Rules whose sort keys an index can keep.
            wide: Whether keys must take 64 bits; otherwise they do if 32 are too few.

        Raises:
            RegexTimeout: a pattern gave no answer in time.
            TaskError: there are too many groups.
        """
        split = rules.split
        limits = rules.group_limit, rules.zone_skew
        asked = (wide, split.static, split.dynamic, limits, rules.ranking)
        if asked not in self._known:
            self._known[asked] = self._encoded(rules, wide=wide)
        return self._known[asked]

    def _encoded(self, rules: Rules, *, wide: bool) -> EncodedRules | None:
        key = None if wide else encode_key(self._store, rules.ranking, _later, wide=False)
        if key is None:
            wide = True
            key = encode_key(self._store, rules.ranking, _later, wide=True)
        if key is None:
            return None
        dynamic, limit, exact = rules.split.dynamic, rules.group_limit, rules.ranking.random
        first_step, steps = self._programs.write(dynamic)
        by_key = tuple([link for link in key.links if link[0] == fields.BY_KEY])
        resources = sum(link[3] >= 0 for link in by_key)
        improves = not only_worsens(dynamic)
        counts = key.count_shift >= 0

        request = np.zeros(fields.REQUEST_FIELDS, np.int64)
        request[fields.ASKS] = limit > 0 or steps > 0 or rules.zone_skew > 0
        request[fields.GROUP_LIMIT] = limit
        request[fields.FIRST_STEP] = first_step
        request[fields.STEPS] = steps
        request[fields.LINKS] = len(key.links)
        links = np.array(key.links, np.int64).reshape(-1)
        request[fields.FIRST_LINK : fields.FIRST_LINK + len(links)] = links

        index = np.zeros(fields.INDEX_FIELDS, np.int64)
        index[fields.LISTENS] = listens = exact or improves or resources > 0
        index[fields.IMPROVES] = improves
        index[fields.EXACT] = exact
        index[fields.COUNTS] = -1
        index[fields.COUNT_SHIFT] = key.count_shift
        index[fields.COUNT_MASK] = key.count_mask
        index[fields.WIDE] = wide
        index[fields.RESOURCES] = resources

        attributes = rules.ranking.attributes
        by_attribute = [n for n, link in enumerate(key.links) if link[0] == fields.BY_ATTRIBUTE]
        places = [fields.FIRST_LINK + 4 * n + 1 for n in by_attribute]
        spreads = list(zip(places, attributes, strict=True))
        if rules.zone_skew:
            if ZONE not in attributes:
                attributes = (*attributes, ZONE)  # a bucket has rows of one zone
            request[fields.MAX_SKEW] = rules.zone_skew
            request[fields.ZONE_VALUE] = attributes.index(ZONE)
            spreads.append((fields.ZONE_COUNTS, ZONE))
        order = (attributes, by_key, exact, dynamic, limit)
        return EncodedRules(
            number=len(self._known),
            order=self._orders.setdefault(order, len(self._orders)),
            static=self._statics.tree(rules.split.static),
            request=request,
            index=index,
            attributes=attributes,
            spreads=tuple(spreads),
            own_group=counts or limit > 0 or dynamic != TRUE,
            counts=counts,
            exact=exact,
            listens=listens,
        )


def _later(_: str) -> int:
    """Return a number in the place of that of a group's counts by an attribute."""
    return 0
