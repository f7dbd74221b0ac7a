"""All that an account remembers, as one value: for tests that a refused call changes nothing."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from against_botocore import Checked
from placement.ecs import Client, ClientError


def remembered(client: Client | Checked) -> bytes:
    """Return everything: records, engines with their random numbers, ids to come.

    What earlier calls asked for is done first, as any further call would do with a clock of the
    caller's (C40).  The moment is left out: every call moves it then, a refused one too.
    """
    client.list_clusters()
    left_out = ("_clock", "time", "start", "_has_begun")
    account = {name: one for name, one in vars(client._account).items() if name not in left_out}
    time = client._account.time
    return pickle.dumps((account, list(time.queue.entries()), time.told, time.history))


@contextmanager
def refused(client: Client | Checked, code: str, match: str | None = None) -> Iterator[None]:
    """Expect a call to be refused with a code, and nothing to be different afterwards."""
    before = remembered(client)
    with pytest.raises(ClientError, match=match) as caught:
        yield
    assert caught.value.response["Error"]["Code"] == code
    assert remembered(client) == before
