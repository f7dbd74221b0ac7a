"""Calls that are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from placement.ecs import ClientError


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Make a call that the service refuses; return code and message."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
