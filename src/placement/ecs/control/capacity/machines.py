"""What a machine of a group registers: an ECS-optimised one of its EC2 type (C34).

In: type, zone, network, the text of ``ecs.config``.  Out: an ``Instance`` with what its record
shows, and the size of an empty one.  Knows no account; machines of a kind are made once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import attrs

from placement.documents.instances import instance_from_ecs
from placement.errors import DocumentError, describe_value
from placement.machines.agent_config import AgentConfig
from placement.machines.agent_file import parse_config
from placement.machines.ec2_types import instance_types
from placement.machines.eni_limits import interfaces_of
from placement.machines.registration import machine
from placement.machines.registration_checks import registered_resources
from placement.model import Instance
from placement.scaling.packing import MachineSize

__all__ = ["Registration", "agent_config", "machine_of", "machine_size", "registration_of"]

TRUNK = "ecs.awsvpc-trunk-id"
"""The attribute of instances that have a trunk interface."""

MAX_KINDS = 8192
"""Kinds of machines that are kept: more than there are types, in some zones."""


@attrs.frozen(eq=False)
class Registration:
    """What a machine registers.

    Attributes:
        instance: What the engine needs to know; its id is not looked at.
        resources: ``registeredResources``.
        version_info: ``versionInfo``.
    """

    instance: Instance
    resources: list[dict[str, Any]]
    version_info: dict[str, Any]


@lru_cache(maxsize=256)
def agent_config(text: str | None) -> AgentConfig:
    """Return an ``ecs.config``, read.

    Raises:
        DocumentError: it is not readable.
    """
    return parse_config(text or "")


def registration_of(
    instance_id: str,
    instance_type: str,
    zone: str,
    *,
    region: str,
    account_id: str,
    vpc: str | None,
    subnet: str | None,
    config: str | None,
    trunking: bool = False,
) -> Registration:
    """Return what a new machine registers; ``trunking``: as the account's setting is (B48).

    Raises:
        DocumentError: there is no such type, its configuration does not fit it, or the zone is none
            of the region.
    """
    if not zone.startswith(region):
        message = f"expected a zone of {region}, not {describe_value(zone)}"
        raise DocumentError(message, "availabilityZone")
    known = instance_types().get(instance_type)
    has_own = known is not None and bool(known.gpus or trunking)  # ids of GPUs and trunks
    own = instance_id if has_own else None
    network = vpc or None, subnet or None
    found = _registration(instance_type, zone, region, account_id, *network, config, own, trunking)
    return attrs.evolve(found, instance=attrs.evolve(found.instance, ec2_instance_id=instance_id))


@lru_cache(maxsize=MAX_KINDS)
def _registration(
    instance_type: str,
    zone: str,
    region: str,
    account_id: str,
    vpc: str | None,
    subnet: str | None,
    config: str | None,
    instance_id: str | None,
    trunking: bool,
) -> Registration:
    arguments = machine(
        instance_type,
        zone,
        region=region,
        vpc_id=vpc,
        subnet_id=subnet,
        instance_id=instance_id,
        account_id=account_id,
        config=agent_config(config),
        trunking=trunking,
    )
    resources = registered_resources(arguments["totalResources"], (), windows=False)
    document = {
        "containerInstanceArn": "new",
        "registeredResources": resources,
        "versionInfo": arguments["versionInfo"],
        "attributes": arguments["attributes"],
    }
    return Registration(instance_from_ecs(document, "machine"), resources, arguments["versionInfo"])


def machine_of(instance_type: str, config: str | None, trunking: bool = False) -> Instance:
    """Return what a machine of a type registers in some zone, its VPC and subnet left out.

    Raises:
        DocumentError: there is no such type, or its configuration does not fit it.
    """
    place = ("us-east-1a", "us-east-1", "123456789012", None, None)
    return _registration(instance_type, *place, config, None, trunking).instance


@lru_cache(maxsize=MAX_KINDS)
def machine_size(instance_type: str, config: str | None, trunking: bool = False) -> MachineSize:
    """Return what an empty machine of a type offers to tasks (A60).

    Raises:
        DocumentError: there is no such type, or its configuration does not fit it.
    """
    found = machine_of(instance_type, config, trunking)
    return MachineSize(
        found.cpu,
        found.memory,
        len(found.gpu_ids),
        interfaces_of(instance_type, trunk=TRUNK in found.attributes),
    )
