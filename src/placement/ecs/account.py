"""One account in one region: its records, its clock, its ids.

In: region, account, clock, seed.  Out: ``Account``, with lookups that take what the API takes (a
name, an id, an ARN) and raise what the API raises.  Ids come from the seed alone, so that runs
repeat; the only time there is comes from the clock.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from placement.arns import ecs_arn
from placement.ecs.errors import refused
from placement.ecs.records import ClusterRecord, DefinitionRecord, InstanceRecord, TaskRecord
from placement.engine.cluster import Cluster
from placement.errors import UsageError, describe_value

__all__ = ["Account"]


def _now() -> datetime:
    return datetime.now(UTC)


class Account:
    """What ECS knows of one account in one region.

    Attributes:
        clusters: By name.  The cluster ``default`` is not there until it is created.
        families: Task definitions by family, revisions in order; where they were loaded
            (``load``), some may be missing.
        subnets: What ``register_subnet`` told: subnet id -> (VPC, zone) (B22).
        tokens: What ``clientToken`` stands for: (cluster, token) -> (time, parameters, answer).
    """

    def __init__(
        self,
        region: str,
        account_id: str,
        *,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.region = region
        self.account_id = account_id
        self.seed = seed
        self._clock = clock or _now
        self.clusters: dict[str, ClusterRecord] = {}
        self.families: dict[str, list[DefinitionRecord]] = {}
        self.subnets: dict[str, tuple[str, str]] = {}
        self.tokens: dict[tuple[str, str], tuple[datetime, dict[str, Any], dict[str, Any]]] = {}
        self._ids = random.Random(seed)

    def clock(self) -> datetime:
        """Return the time.

        Raises:
            UsageError: the clock that was given gives something else than a time with an offset.
        """
        now = self._clock()
        if not isinstance(now, datetime) or now.utcoffset() is None:
            raise UsageError(
                f"the clock gives a datetime with a time zone, not {describe_value(now)}"
            )
        return now

    # Names

    def new_id(self) -> str:
        """Return an id that was never given: 32 hexadecimal digits, as ECS's long ids are."""
        return f"{self._ids.getrandbits(128):032x}"

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource of ECS: ``cluster/prod``."""
        return ecs_arn(self.region, self.account_id, resource)

    # Lookups

    def find_cluster(self, name: Any) -> ClusterRecord | None:
        """Return the cluster of a name or ARN (None: ``default``), None if there is none."""
        short = _last(name or "default", "cluster")
        found = self.clusters.get(short)
        if found is None or (":" in (name or "") and found.arn != name):
            return None
        return found

    def cluster(self, name: Any) -> ClusterRecord:
        """Return the cluster of a name or ARN; None is ``default``.

        Raises:
            ClusterNotFoundException: there is none, or it is INACTIVE.
        """
        found = self.find_cluster(name)
        if found is None or found.document.get("status", "ACTIVE") != "ACTIVE":
            raise refused("ClusterNotFoundException", "Cluster not found.")
        return found

    def find_instance(self, cluster: ClusterRecord, name: str) -> InstanceRecord | None:
        """Return the container instance of an id or ARN, None if there is none."""
        found = cluster.instances.get(_last(name, "container-instance"))
        return None if found is None or (":" in name and found.arn != name) else found

    def find_task(self, cluster: ClusterRecord, name: str) -> TaskRecord | None:
        """Return the task of an id or ARN, None if there is none."""
        found = cluster.tasks.get(_last(name, "task"))
        return None if found is None or (":" in name and found.arn != name) else found

    def find_definition(self, name: str) -> DefinitionRecord | None:
        """Return the revision of ``family`` (its latest ACTIVE), ``family:revision`` or ARN."""
        short = _last(name, "task-definition")
        if name.startswith("arn:") and name != self.arn(f"task-definition/{short}"):
            return None
        family, colon, revision = short.partition(":")
        known = self.families.get(family, [])
        if colon:
            number = int(revision) if re.fullmatch(r"[0-9]{1,9}", revision) else 0
            if 1 <= number <= len(known) and known[number - 1].document["revision"] == number:
                return known[number - 1]
            return next((one for one in known if one.document["revision"] == number), None)
        active = [one for one in known if one.document["status"] == "ACTIVE"]
        return active[-1] if active else None

    def new_cluster(self, name: str) -> ClusterRecord:
        """Return a new cluster, whose engine has a seed of its own that follows from ours."""
        engine = Cluster(seed=self._ids.getrandbits(64))
        record = ClusterRecord(name, self.arn(f"cluster/{name}"), engine, {"status": "ACTIVE"})
        self.clusters[name] = record
        return record


def _last(name: str, kind: str) -> str:
    """Return the last part of an ARN of some kind, or the name as it is."""
    if not name.startswith("arn:"):
        return name
    resource = name.split(":", 5)[-1]
    head, _, last = resource.partition("/")
    return last.rpartition("/")[2] if head == kind else ""
