"""What a DAEMON service knows of its cluster's instances, kept as they change (S7.1, S7.2).

In: what a look at one instance has found.  Out: the numbers of the whole service, the instances
whose daemon is of an older revision in the order of their registration, and what each instance
keeps free for the service.  Knows ids of instances, no records and no tasks.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from heapq import heappop, heappush

import attrs

from placement.engine.eligibility import Demands
from placement.services.daemons import DaemonInstance, Fit

__all__ = ["DaemonIndex", "DaemonLook"]


@attrs.frozen
class DaemonLook:
    """What the last look at an instance has found.

    Attributes:
        qualifies: Whether it is counted (B34).
        has_healthy: Whether it has a healthy daemon of any revision.
        is_current: Whether it has a healthy daemon of the PRIMARY revision.
    """

    qualifies: bool
    has_healthy: bool
    is_current: bool

    @classmethod
    def at(cls, instance: DaemonInstance, revision: int) -> DaemonLook:
        """Return what is to be noted of an instance; ``revision`` is the PRIMARY one's number."""
        healthy = [daemon.revision for daemon in instance.daemons if daemon.is_healthy]
        return cls(instance.fit is Fit.QUALIFIES, bool(healthy), revision in healthy)


@attrs.define(eq=False)
class DaemonIndex:
    """The instances as a DAEMON service sees them; made again when its PRIMARY deployment changes.

    Attributes:
        revision: The number of the PRIMARY deployment.
        demands: What an instance must be to take part.
        qualifying: How many instances qualify: the desired count that is described.
        with_healthy: How many of those have a healthy daemon.
        healthy: How many of those have a healthy daemon of the PRIMARY revision.
        looks: What was found of each registered instance that has been looked at.
        outdated: A heap of (row, id) of instances whose daemon may be healthy and of an older
            revision; some may have changed since.
        queued: The ids in ``outdated``.
        unplaced: Instances on which a daemon found no room.
        left: Instances on which something else is still to be done.
        needs: What instances keep free for this service, by resource (A45); none where it is
            nothing.
    """

    revision: int
    demands: Demands
    qualifying: int = 0
    with_healthy: int = 0
    healthy: int = 0
    looks: dict[str, DaemonLook] = attrs.field(factory=dict)
    outdated: list[tuple[int, str]] = attrs.field(factory=list)
    queued: set[str] = attrs.field(factory=set)
    unplaced: dict[str, None] = attrs.field(factory=dict)
    left: dict[str, None] = attrs.field(factory=dict)
    needs: dict[str, Mapping[str, int]] = attrs.field(factory=dict)

    def note(self, id: str, look: DaemonLook) -> None:
        """Note what a look at an instance has found, instead of what was found before."""
        self._count(self.looks.get(id), -1)
        self.looks[id] = look
        self._count(look, 1)

    def drop(self, id: str) -> None:
        """Forget an instance that is not registered any more."""
        self._count(self.looks.pop(id, None), -1)
        self.unplaced.pop(id, None)
        self.left.pop(id, None)

    def _count(self, look: DaemonLook | None, change: int) -> None:
        if look is not None and look.qualifies:
            self.qualifying += change
            self.with_healthy += change * look.has_healthy
            self.healthy += change * look.is_current

    # Instances that an update has still to reach, as D54 orders them

    def queue(self, row: int, id: str) -> None:
        """Note that the daemon of an instance is to be replaced when the bound allows it."""
        if id not in self.queued:
            self.queued.add(id)
            heappush(self.outdated, (row, id))

    def in_queue(self) -> Generator[str]:
        """Yield the queued instances in the order of their registration.

        One that was yielded leaves the queue when the next is asked for; what was not replaced has
        to be queued again.
        """
        while self.outdated:
            id = self.outdated[0][1]
            yield id
            heappop(self.outdated)
            self.queued.discard(id)

    def copy(self) -> DaemonIndex:
        """Return an index of its own with the same content."""
        return attrs.evolve(
            self,
            looks=dict(self.looks),
            outdated=list(self.outdated),
            queued=set(self.queued),
            unplaced=dict(self.unplaced),
            left=dict(self.left),
            needs=dict(self.needs),
        )
