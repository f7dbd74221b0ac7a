"""Where the subnets of a call let its tasks go (2.4, B22).

In: ``networkConfiguration`` of a call, the network mode of its task definition, and what is known
of subnets.  Out: ``Network``: the VPC and zones that would do, and the subnet for a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from placement.errors import DocumentError, describe_value

__all__ = ["MAX_GROUPS", "MAX_SUBNETS", "NO_NETWORK", "Network", "network_of"]

MAX_SUBNETS = 16
MAX_GROUPS = 5
"""Subnets and security groups of an awsvpcConfiguration (2.4)."""

PATH = "networkConfiguration"


@attrs.frozen
class Network:
    """What subnets say of where a task can go.

    Attributes:
        subnets: Their ids, as given.
        groups: The ids of the security groups.
        public: Whether ``assignPublicIp`` is ENABLED.
        vpc: Their VPC, None if that of no subnet is known.
        zones: Their zones; empty if that of one is not known, which then may be any (B22).
        zone_of: The zones of the subnets that are known.
    """

    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    public: bool = False
    vpc: str | None = None
    zones: tuple[str, ...] = ()
    zone_of: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    def subnet_in(self, zone: str | None) -> str:
        """Return the first subnet that is in a zone, else the first whose zone is not known."""
        for subnet in self.subnets:
            if self.zone_of.get(subnet) == zone:
                return subnet
        unknown = [subnet for subnet in self.subnets if subnet not in self.zone_of]
        return (unknown or list(self.subnets))[0]


NO_NETWORK = Network()
"""Of tasks without an interface of their own."""


def network_of(
    configuration: Mapping[str, Any] | None,
    mode: str | None,
    known: Mapping[str, tuple[str, str]],
) -> Network:
    """Return where tasks can go.

    Args:
        configuration: ``networkConfiguration`` as given, None if it was not.
        mode: ``networkMode`` of the task definition.
        known: VPC and zone of subnets by their ids.

    Raises:
        DocumentError: it is missing with awsvpc, does not go with another mode, or has too many
            subnets or groups, no subnet, or subnets of two VPCs.
    """
    if mode != "awsvpc":
        if configuration is not None:
            message = "Network Configuration is not valid for the given networkMode of this task "
            raise DocumentError(message + "definition.", PATH)
        return NO_NETWORK
    if not configuration or "awsvpcConfiguration" not in configuration:
        message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        raise DocumentError(message, PATH)
    given = configuration["awsvpcConfiguration"]
    path = f"{PATH}.awsvpcConfiguration"
    subnets = _names(given, "subnets", MAX_SUBNETS, path)
    if not subnets:
        raise DocumentError("subnets can not be empty.", f"{path}.subnets")
    groups = _names(given, "securityGroups", MAX_GROUPS, path)
    public = given.get("assignPublicIp", "DISABLED")
    if public not in ("ENABLED", "DISABLED"):
        message = f"expected ENABLED or DISABLED, not {describe_value(public)}"
        raise DocumentError(message, f"{path}.assignPublicIp")
    places = [known[subnet] for subnet in subnets if subnet in known]
    vpcs = {vpc for vpc, _ in places}
    if len(vpcs) > 1:
        message = f"the subnets belong to different VPCs: {', '.join(sorted(vpcs))}"
        raise DocumentError(message, f"{path}.subnets")
    zones = tuple(dict.fromkeys(zone for _, zone in places)) if len(places) == len(subnets) else ()
    zone_of = {subnet: known[subnet][1] for subnet in subnets if subnet in known}
    return Network(subnets, groups, public == "ENABLED", min(vpcs, default=None), zones, zone_of)


def _names(given: Mapping[str, Any], name: str, most: int, path: str) -> tuple[str, ...]:
    names = tuple(given.get(name, ()))
    if len(names) > most:
        raise DocumentError(f"{name} can have at most {most} items.", f"{path}.{name}")
    for number, value in enumerate(names):
        if not value:
            raise DocumentError("expected an id, not ''", f"{path}.{name}[{number}]")
    return names
