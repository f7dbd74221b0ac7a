"""Calls about clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from placement.ecs.account import Account

__all__ = ["OPERATIONS"]

OPERATIONS: dict[str, Callable[[Account, dict[str, Any]], dict[str, Any]]] = {}
