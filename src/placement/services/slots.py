"""How many tasks each revision of a service should have, and how that changes with a deployment.

In: the state of a service.  Out: slots by revision (S4.4, D28), and the state after a deployment, a
rollback, a failure or a change of the desired count (S4.3, D101, D119).  Which tasks start or stop
for it is decided in ``rolling``.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from placement.errors import UsageError
from placement.services.model import ClassCounts, RevisionState, ServiceState

__all__ = [
    "SourceNeed",
    "allocate",
    "primary_slots",
    "with_desired",
    "with_failure",
    "with_primary",
]


@attrs.frozen
class SourceNeed:
    """What the slots of a source depend on: its healthy tasks and the most slots it may have."""

    healthy: int
    cap: int

    @classmethod
    def of(cls, counts: ClassCounts, cap: int, *, is_failed: bool) -> SourceNeed:
        """Return the need of a source.

        A failed one starts nothing (S5.3), so that slots beyond the tasks it has could never be
        filled, and its unhealthy tasks would hold the room that a rollback needs.
        """
        return cls(counts.healthy, min(cap, counts.staying) if is_failed else cap)


def allocate(
    state: ServiceState, primary_healthy: int, sources: Sequence[SourceNeed]
) -> tuple[int, list[int]]:
    """Return the slots of the primary revision and those of the sources, in their order.

    The sources together keep as many tasks as the primary revision lacks healthy ones for the lower
    bound.  Healthy tasks get these slots first, then each source up to its cap, the newest source
    first both times.

    Args:
        state: For the desired count and the bounds.
        primary_healthy: Healthy tasks of the primary revision.
        sources: The sources, the newest first.
    """
    needed = min(
        sum(source.cap for source in sources),
        max(0, state.lower - primary_healthy),
    )
    left = needed
    slots = []
    for source in sources:
        slots.append(min(source.healthy, source.cap, left))
        left -= slots[-1]
    for position, source in enumerate(sources):
        more = min(source.cap - slots[position], left)
        slots[position] += more
        left -= more
    return min(state.desired, state.upper - needed), slots


def primary_slots(state: ServiceState) -> int:
    """Return the slots of the primary revision as the state is now."""
    needs = [
        SourceNeed.of(source.counts, source.cap, is_failed=source.is_failed)
        for source in state.sources
    ]
    return allocate(state, state.primary.counts.healthy, needs)[0]


def with_primary(state: ServiceState, revision: int) -> ServiceState:
    """Return the state after a deployment of a revision: a new one, or a source that comes back.

    The primary revision becomes a source and keeps the slots that it has, none if it has no task
    (D101).  A revision that comes back in a rollback keeps its tasks.  What a failure without
    rollback had stopped goes on (S5.3).

    Raises:
        UsageError: it is the primary revision.
    """
    old = state.primary
    if old.revision == revision:
        raise UsageError(f"revision {revision} is the primary one already")
    cap = primary_slots(state) if old.counts.active else 0
    retired = attrs.evolve(old, cap=cap, extras=0)
    others = [source for source in state.sources if source.revision != revision]
    sources = [source for source in (retired, *others) if source.is_source or source.stopping]
    returning = [source for source in state.sources if source.revision == revision]
    primary = returning[0] if returning else RevisionState(revision)
    return attrs.evolve(
        state,
        primary=attrs.evolve(primary, cap=0, is_failed=False),
        sources=tuple(sorted(sources, key=lambda source: -source.revision)),
        desired_at_failure=None,
    )


def with_failure(state: ServiceState) -> ServiceState:
    """Return the state after the primary revision has failed and nothing is rolled back (S5.3)."""
    return attrs.evolve(
        state,
        primary=attrs.evolve(state.primary, is_failed=True),
        desired_at_failure=state.desired,
    )


def with_desired(state: ServiceState, desired: int) -> ServiceState:
    """Return the state with another desired count.

    During a deployment a rise is a rise for the newest source too (S4.3); not once the primary
    revision has failed without rollback (D119).
    """
    sources = list(state.sources)
    newest = next((n for n, source in enumerate(sources) if source.is_source), None)
    rise = desired - state.desired
    if newest is not None and rise > 0 and state.desired_at_failure is None:
        sources[newest] = attrs.evolve(sources[newest], cap=sources[newest].cap + rise)
    return attrs.evolve(state, desired=desired, sources=tuple(sources))
