"""Whether an availability zone that is named for new machines can be meant.

In: a cluster and the name of a zone.  Out: remarks, or an error that says which zones there are.
``fit`` itself takes any text for a zone: simulations have zones of their own.
"""

from __future__ import annotations

import re

from placement.arns import REGION
from placement.engine.cluster import Cluster
from placement.engine.columns import TextColumn
from placement.errors import DocumentError, describe_value
from placement.machines.ec2_types import ZONES_KNOWN_IN, instance_types
from placement.model.attribute_names import ZONE

__all__ = ["check_zone", "zones_of"]

_IN_REGION = re.compile(rf"({REGION})(?:[a-z]|-.+)")
"""A zone: its region and a letter, or the suffix of a local or Wavelength zone."""


def zones_of(cluster: Cluster) -> tuple[str, ...]:
    """Return the availability zones in which a cluster has instances, in order of name."""
    column = cluster.column(f"attribute:{ZONE}")
    known = column.values if isinstance(column, TextColumn) else ()
    return tuple(sorted(zone for zone in known if zone))


def check_zone(cluster: Cluster, zone: str) -> tuple[str, ...]:
    """Return remarks on a zone that is named for new machines of a cluster; none if all is well.

    A zone in which the cluster has no instance yet is legitimate, and remarked on: it is often a
    slip of the pen.

    Raises:
        DocumentError: there is no such zone in us-east-1, whose zones are known (C45), or it is not
            in the region of the cluster's instances.
    """
    there = zones_of(cluster)
    if zone in there:
        return ()
    region = _region_of(zone)
    if region == ZONES_KNOWN_IN and zone[:-1] == region:
        known = sorted({letter for one in instance_types().values() for letter in one.zones})
        if zone[-1] not in known:
            names = ", ".join(region + letter for letter in known)
            message = f"{region} has no availability zone {describe_value(zone)}: it has {names}"
            raise DocumentError(message, "zone")
    regions = {_region_of(one) for one in there}
    if regions and None not in regions and region not in regions:
        message = f"{describe_value(zone)} is no availability zone of the cluster's region: its "
        raise DocumentError(f"{message}instances are in {', '.join(there)}", "zone")
    if not there:
        return ()
    where = f"its instances are in {', '.join(there)}"
    return (f"the cluster has no instance in {zone}: {where}",)


def _region_of(zone: str) -> str | None:
    """Return the region that the name of a zone has, None if it is no name that AWS gives."""
    found = _IN_REGION.fullmatch(zone)
    return None if found is None else found[1]
