"""Calls about tasks: what RunTask, StartTask, StopTask and those that describe tasks do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.account import Account
from placement.ecs.operations.tasks.describe import describe_tasks, list_tasks
from placement.ecs.operations.tasks.protection import get_task_protection, update_task_protection
from placement.ecs.operations.tasks.run import run_task
from placement.ecs.operations.tasks.start import start_task
from placement.ecs.operations.tasks.stop import stop_task

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Callable[[Account, dict[str, Any]], dict[str, Any]]] = {
    "DescribeTasks": describe_tasks,
    "GetTaskProtection": get_task_protection,
    "ListTasks": list_tasks,
    "RunTask": run_task,
    "StartTask": start_task,
    "StopTask": stop_task,
    "UpdateTaskProtection": update_task_protection,
}
"""By the API's name."""
