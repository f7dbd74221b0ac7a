"""The period of protection; when it is refused is a table in ``tests/conformance/services``."""

from __future__ import annotations

import pytest

from placement.errors import UsageError
from placement.services.protection import protected_until
from placement.timestamps import SECOND


def test_protection_lasts_two_hours_by_default() -> None:
    assert protected_until(5) == 5 + 7_200 * SECOND
    for minutes in (0, 2_881):
        with pytest.raises(UsageError, match=r"from 1 to 2880"):
            protected_until(0, minutes)
