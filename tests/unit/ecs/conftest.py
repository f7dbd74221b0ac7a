"""What the tests of ``placement.ecs`` share: clients whose answers are held to botocore's model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from against_botocore import Checked


class Clock:
    """A clock that goes a second further each time it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def checked_client(clock: Clock) -> Checked:
    """A new client in us-east-1; every call's parameters, answer and errors are checked."""
    return Checked(clock=clock)
