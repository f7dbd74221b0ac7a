"""A machine that was launched registers in a cluster (C34).

In: an account, a cluster, what the machine registers, its capacity provider.  Out: the record of a
container instance.  What follows from it is up to who launched it.
"""

from __future__ import annotations

from typing import Any

import attrs

from placement.ecs.control.account import Account
from placement.ecs.control.capacity.machines import Registration
from placement.ecs.control.capacity.membership import PROVIDER_ATTRIBUTE
from placement.ecs.control.instances import add_instance
from placement.ecs.control.records import ClusterRecord, Document, InstanceRecord

__all__ = ["MAX_INSTANCES", "register_machine"]

MAX_INSTANCES = 5000
"""Container instances of a cluster (quotas)."""


def register_machine(
    account: Account,
    cluster: ClusterRecord,
    registration: Registration,
    provider: str | None,
    tags: list[Document] | None = None,
) -> InstanceRecord:
    """Register a machine; the engine knows its capacity provider by an attribute.

    Args:
        account: The account.
        cluster: The cluster that it joins.
        registration: What it registers.
        provider: The name of its capacity provider; None: it has none.
        tags: The tags of the container instance.
    """
    instance = registration.instance
    if provider is not None:
        attributes: dict[str, Any] = {**instance.attributes, PROVIDER_ATTRIBUTE: provider}
        instance = attrs.evolve(instance, attributes=attributes)
    account.learn_subnet(instance.attributes)
    now = account.time.datetime
    record = add_instance(
        account,
        cluster,
        attrs.evolve(instance, registered_at=now),
        now,
        version_info=registration.version_info,
        resources=registration.resources,
        tags=tags or [],
    )
    record.capacity_provider = provider
    return record
