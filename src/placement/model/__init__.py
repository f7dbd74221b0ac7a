"""The data classes that a cluster is fed with; right by construction.

A bad value is refused with the field's name and the value.  Nothing here knows of columns, queries
or documents.
"""

from placement.model.checks import (
    HEALTHS,
    LAST_STATUSES,
    MAX_COUNT,
    MAX_PORTS,
    STATUSES,
    checked_amount,
    checked_attributes,
    checked_count,
    checked_flag,
    checked_group,
    checked_moment,
    checked_status,
    checked_text,
)
from placement.model.instance import UDP, Instance

__all__ = [
    "HEALTHS",
    "LAST_STATUSES",
    "MAX_COUNT",
    "MAX_PORTS",
    "STATUSES",
    "UDP",
    "Instance",
    "checked_amount",
    "checked_attributes",
    "checked_count",
    "checked_flag",
    "checked_group",
    "checked_moment",
    "checked_status",
    "checked_text",
]
