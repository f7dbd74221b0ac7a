"""What the tests of calls about services share: an account whose time stands still."""

from __future__ import annotations

import pytest

from against_botocore import Checked
from service_account import checked_session


@pytest.fixture
def client() -> Checked:
    return checked_session()
