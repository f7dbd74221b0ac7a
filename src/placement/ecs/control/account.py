"""One account in one region: its records, its clock, its ids.

In: region, account, clock, seed.  Out: ``Account``, with lookups that take what the API takes: a
name, an id, an ARN.  Ids come from the seed alone, so that runs repeat; the only time there is
comes from the clock.  Must not know calls or the API's errors: what is not found is None.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from placement.arns import ecs_arn, partition_of
from placement.ecs.control.alarms import Alarms
from placement.ecs.control.load_balancing.state import LoadBalancing
from placement.ecs.control.records import (
    ClusterRecord,
    DefinitionRecord,
    InstanceRecord,
    RememberedCall,
)
from placement.ecs.control.statuses import DefinitionStatus
from placement.ecs.control.task_records import TaskRecord
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
        subnets: Where subnets are, as registered or as instances say: id -> (VPC, zone) (B22).
        tokens: Calls with a ``clientToken``, by cluster and token.
        elb: Load balancers, target groups and targets.
        alarms: The alarms of CloudWatch.
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
        self.tokens: dict[tuple[str, str], RememberedCall] = {}
        self.elb = LoadBalancing()
        self.alarms = Alarms()
        self._ids = random.Random(seed)
        self._arns = ecs_arn(region, account_id, "")
        self.root = f"arn:{partition_of(region).name}:iam::{account_id}:root"
        """The ARN of the account's root user: the only principal there is."""

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

    def new_seed(self) -> int:
        """Return a seed for the random numbers of an engine, 64 bits."""
        return self._ids.getrandbits(64)

    def restart_ids(self, known: Iterable[str]) -> None:
        """Draw ids from a sequence that follows from the seed and from ids that are taken."""
        self._ids = random.Random("\n".join([f"{self.seed:x}", *sorted(known)]))

    def arn(self, resource: str) -> str:
        """Return the ARN of a resource of ECS: ``cluster/prod``."""
        return self._arns + resource

    def arn_in_cluster(self, kind: str, cluster: ClusterRecord, name: str) -> str:
        """Return the ARN of an instance (``container-instance``) or a ``task``, by id or ARN."""
        return name if name.startswith("arn:") else self.arn(f"{kind}/{cluster.name}/{name}")

    # Lookups

    def find_cluster(self, name: Any) -> ClusterRecord | None:
        """Return the cluster of a name or ARN (None: ``default``), None if there is none."""
        short = _last(name or "default", "cluster")
        found = self.clusters.get(short)
        if found is None or (":" in (name or "") and found.arn != name):
            return None
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
            if 1 <= number <= len(known) and known[number - 1].revision == number:
                return known[number - 1]
            return next((one for one in known if one.revision == number), None)
        for one in reversed(known):
            if one.status is DefinitionStatus.ACTIVE:
                return one
        return None

    # New records

    def new_cluster(self, name: str) -> ClusterRecord:
        """Return a new cluster, whose engine has its own seed, derived from the account's."""
        engine = Cluster(seed=self.new_seed())
        record = ClusterRecord(name, self.arn(f"cluster/{name}"), engine)
        self.clusters[name] = record
        return record

    def learn_subnet(self, attributes: Mapping[str, str | None]) -> None:
        """Note where the subnet of an instance is; what ``register_subnet`` said wins (B22)."""
        subnet = attributes.get("ecs.subnet-id")
        vpc, zone = attributes.get("ecs.vpc-id"), attributes.get("ecs.availability-zone")
        if subnet and vpc and zone:
            self.subnets.setdefault(subnet, (vpc, zone))


def _last(name: str, kind: str) -> str:
    """Return the last part of an ARN of some kind, or the name as it is."""
    if not name.startswith("arn:"):
        return name
    resource = name.split(":", 5)[-1]
    head, _, last = resource.partition("/")
    return last.rpartition("/")[2] if head == kind else ""
