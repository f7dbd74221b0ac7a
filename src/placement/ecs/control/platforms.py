"""Platform versions of Fargate (2.12), and what tasks there have besides.

In: a task definition's document and a platform version.  Out: ``FargateSettings``.  Must not know
calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from placement.ecs.control.task_records import FargateSettings

__all__ = ["LATEST_PLATFORM", "PLATFORMS", "fargate_settings", "platform_family"]

LATEST_PLATFORM = "1.4.0"
"""The platform version that LATEST means."""

PLATFORMS = ("LATEST", LATEST_PLATFORM, "1.3.0", "1.2.0", "1.1.0", "1.0.0")


def platform_family(definition: Mapping[str, Any]) -> str:
    """Return the platform family of a definition's tasks: ``Linux``, ..."""
    family = definition.get("runtimePlatform", {}).get("operatingSystemFamily", "LINUX")
    return "Linux" if family == "LINUX" else str(family)


def fargate_settings(definition: Mapping[str, Any], version: str) -> FargateSettings:
    """Return what tasks on Fargate have besides: a platform, and storage of 20 GiB at least.

    ``version`` is the platform version, LATEST or a number.
    """
    storage = definition.get("ephemeralStorage", {"sizeInGiB": 20})
    return FargateSettings(
        platform_version=LATEST_PLATFORM if version == "LATEST" else version,
        platform_family=platform_family(definition),
        ephemeral_storage=storage,
        fargate_ephemeral_storage=storage,
    )
