"""A chain of strategies, reduced to what decides: counts by attribute, numbers of a row, random.

In: strategies as they were given.  Out: ``Ranking``: its links in order, without those that cannot
decide any more (a repetition, everything behind ``Random``).  Knows no cluster.
"""

from __future__ import annotations

import attrs

from placement.engine.plugins import Ranker
from placement.engine.request import BinPack, Random, Spread, Strategy

__all__ = [
    "AttributeCountKey",
    "GroupCountKey",
    "PluginKey",
    "Ranking",
    "ResourceKey",
    "SortKey",
    "ranking_of",
    "remarks_on",
]

SERVICE = "service:"

DEFAULT_SERVICE: tuple[Strategy, ...] = (
    Spread("attribute:ecs.availability-zone"),
    Spread("instanceId"),
)
"""What decides for services where no strategy is given (2.9, C18)."""

DEFAULT_STANDALONE: tuple[Strategy, ...] = (Random(),)
"""What decides for standalone tasks where no strategy is given."""


@attrs.frozen
class AttributeCountKey:
    """Fewest tasks of the group on instances with the same value of an attribute (A33, A34)."""

    attribute: str
    count_draining: bool
    count_old_revisions: bool

    def __str__(self) -> str:
        return f"spread(attribute:{self.attribute})"


@attrs.frozen
class GroupCountKey:
    """Fewest tasks of the group on the instance."""

    count_draining: bool
    count_old_revisions: bool

    def __str__(self) -> str:
        return "spread(instanceId)"


@attrs.frozen
class ResourceKey:
    """Least left of a resource on the instance."""

    resource: str

    def __str__(self) -> str:
        return f"binpack({self.resource})"


@attrs.frozen
class PluginKey:
    """Smallest number of a ranker of others (C22)."""

    ranker: Ranker = attrs.field(eq=id)

    def __str__(self) -> str:
        return self.ranker.name


SortKey = AttributeCountKey | GroupCountKey | ResourceKey | PluginKey


@attrs.frozen
class Ranking:
    """Links, the most important first; ``random`` if chance decides among the best."""

    links: tuple[SortKey, ...]
    random: bool

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that are spread over, in order."""
        return tuple([link.attribute for link in self.links if isinstance(link, AttributeCountKey)])

    @property
    def plain(self) -> bool:
        """Whether every task of the group counts, which is what orders can keep up to date."""
        return all(
            isinstance(link, ResourceKey)
            or (
                not isinstance(link, PluginKey) and link.count_draining and link.count_old_revisions
            )
            for link in self.links
        )


def remarks_on(strategies: tuple[Strategy | Ranker, ...]) -> tuple[str, ...]:
    """Return what of a chain is probably not what was meant (2.9)."""
    remarks: list[str] = []
    seen: list[str] = []
    for strategy in strategies:
        name = getattr(strategy, "name", None) or str(strategy)
        if "random" in seen:
            remarks.append(f"{name} is never asked: random decides before it")
        elif name in seen:
            remarks.append(f"{name} stands twice")
        elif isinstance(strategy, Spread) and any(each.startswith("binpack") for each in seen):
            remarks.append(f"{name} behind binpack only decides among exactly equal amounts")
        seen.append(name)
    return tuple(remarks)


def default_strategy(group: str) -> tuple[Strategy, ...]:
    """Return the strategies where none are given (C18)."""
    return DEFAULT_SERVICE if group.startswith(SERVICE) else DEFAULT_STANDALONE


def ranking_of(strategies: tuple[Strategy | Ranker, ...], *, random_ties: bool = False) -> Ranking:
    """Return the chain of some strategies; ``random_ties`` lets chance break ties (A35)."""
    links: dict[SortKey, None] = {}
    for strategy in strategies:
        match strategy:
            case Random():
                return Ranking(tuple(links), True)
            case BinPack(field):
                links[ResourceKey(field)] = None
            case Spread(field, count_draining=draining, count_old_revisions=old):
                if field in ("instanceId", "host"):
                    links[GroupCountKey(draining, old)] = None
                else:
                    links[AttributeCountKey(field.removeprefix("attribute:"), draining, old)] = None
            case _:
                links[PluginKey(strategy)] = None
    return Ranking(tuple(links), random_ties)
