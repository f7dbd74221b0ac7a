"""The names and values that strategies draw from.

Instances and expressions share these pools, so that an expression is true for some instances and
false for the rest.  They are small and hold the edge cases of the specification: numbers that sort
differently as texts (A15), versions with suffixes (A16), times within one second and one day (A18),
keywords as values (A8), texts that need quotes (A7).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

__all__ = [
    "ARN_PREFIX",
    "DATES",
    "EC2_INSTANCE_IDS",
    "GROUPS",
    "INSTANCE_IDS",
    "MOMENTS",
    "NAMES",
    "PATTERNS",
    "VALUES",
    "VERSIONS",
    "WHOLE_NUMBERS",
]

NAMES = ("stack", "rack", "gpu", "ecs.instance-type", "Disk_GB/\\1")
"""Attribute names; two instances share most of them."""

VALUES = ("a", "b", "prod", "10", "9", "2.5", "t2.small", "r 1", "us-east-1a:x@y", "and", "A")
"""Attribute values that an instance may have (1.5), the frequent ones first."""

PATTERNS = (
    ".*",
    "a",
    "[ab]",
    "a|b|prod",
    "(a|p.*)",
    "[^a]+",
    "\\d+(\\.\\d)?",
    "p[a-z&]{1,4}",
    "(?i)A",
    "r \\d",
    "t2\\..*",
    ".{2,}",
    "",
    "us-(east|west)-[1-9][a-f]:x@y",
    "(?!a).*",
    "service:.+",
    "true",
    "'?a'?",
    "&&|a",
)
"""Regular expressions that Java and Python read alike and that neither is slow at."""

VERSIONS = ("1.14.5", "1.14", "1.14.0", "1.100.0", "v1.9", "1.14.5-dev", "2", "0.0")
"""Agent versions, all of the form that B3 takes."""

MOMENTS = (
    datetime(2018, 6, 18, 22, 28, 28, tzinfo=UTC),
    datetime(2018, 6, 18, 22, 28, 28, 999_999, tzinfo=UTC),
    datetime(2018, 6, 18, 22, 28, 29, tzinfo=UTC),
    datetime(2018, 6, 18, tzinfo=UTC),
    datetime(2018, 6, 19, 0, 0, 0, 1, tzinfo=UTC),
    datetime(2018, 6, 19, 0, 28, 28, 500_000, tzinfo=timezone(timedelta(hours=2))),
    datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC),
)
"""Registration times, before, at and after those in ``DATES``."""

DATES = (
    "2018-06-18T22:28:28+00:00",
    "2018-06-18T22:28:28Z",
    "2018-06-18T22:28:28",
    "2018-06-18",
    "2018-06-19T00:28:28+02:00",
    "2018-06-19",
    "1970-01-01",
)
"""Date literals in the four formats of the guide."""

GROUPS = ("db", "web", "service:production", "family:a", "a")
"""Groups of tasks."""

WHOLE_NUMBERS = ("0", "1", "2", "3", "007", "99999999999999999999")
"""Literals for ``runningTasksCount``."""

EC2_INSTANCE_IDS = ("i-1", "i-2", "mi-3")
"""Values of ``ec2InstanceId``."""

INSTANCE_IDS = tuple(f"ci-{number}" for number in range(8))
"""Ids of container instances."""

ARN_PREFIX = "arn:aws:ecs:us-east-1:111122223333:container-instance/default/"
"""Prefixes of ARNs, to be followed by an id."""
