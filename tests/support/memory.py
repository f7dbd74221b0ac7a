"""All that an account remembers, as one value: for tests that a refused call changes nothing."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from against_botocore import Checked
from placement.ecs import Client, ClientError


def remembered(client: Client | Checked) -> bytes:
    """Return everything: records, engines with their random numbers, ids to come."""
    account = {name: value for name, value in vars(client._account).items() if name != "_clock"}
    return pickle.dumps(account)


@contextmanager
def refused(client: Client | Checked, code: str, match: str | None = None) -> Iterator[None]:
    """Expect a call to be refused with a code, and nothing to be different afterwards."""
    before = remembered(client)
    with pytest.raises(ClientError, match=match) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert remembered(client) == before
