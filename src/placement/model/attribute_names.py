"""Names of attributes that decide where a task fits, whichever expressions there are."""

from __future__ import annotations

from typing import Final

__all__ = ["EXTERNAL", "TASK_ENI", "ZONE"]

EXTERNAL: Final = "ecs.capability.external"
"""Machines of ECS Anywhere have it; tasks of launch type EXTERNAL run there only (B21)."""

TASK_ENI: Final = "ecs.capability.task-eni"
"""The agent gives tasks in awsvpc mode a network interface of their own (2.4)."""

ZONE: Final = "ecs.availability-zone"
"""The availability zone an instance is in."""
