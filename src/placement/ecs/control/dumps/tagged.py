"""Times inside parts of ``placementState`` whose form is not known: objects with ``$time`` (C50).

In: a value of the API.  Out: JSON in which times are told from texts; ``state_read.untagged`` is
the counterpart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

__all__ = ["tagged"]


def tagged(value: Any) -> Any:
    """Return a value with times as objects with ``$time``, so that they are told from texts."""
    if isinstance(value, Mapping):
        return {key: tagged(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [tagged(one) for one in value]
    return {"$time": value.isoformat()} if isinstance(value, datetime) else value
