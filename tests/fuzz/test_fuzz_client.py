"""Whatever is passed to a call of ``placement.ecs.Client``, it answers or refuses as the API does.

Parameters are drawn from botocore's model of the service, right ones and damaged ones.  Only the
errors of C23 come out, soon, and after one the account is as it was.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from against_botocore import WITHOUT_TEXT
from clean import within
from client_world import (
    JUNK,
    METHODS,
    damaged,
    input_shape,
    parameters,
    remembered,
    world,
)
from placement.ecs import Client, ClientError, ParamValidationError
from placement.ecs.errors import CODES
from placement.errors import PlacementError, UsageError


def call(
    client: Client, method: str, given: dict[Any, Any], before: Any = None
) -> dict[str, Any] | None:
    """Make a call; None if it was refused, after a look at the refusal and at what is left.

    ``before`` is what the account knows, if that has been read already.
    """
    if before is None:
        before = remembered(client)
    refusal: ClientError | ParamValidationError
    with within(30):
        try:
            answer: dict[str, Any] = getattr(client, method)(**given)
        except (ClientError, ParamValidationError) as error:
            refusal = error
        else:
            return answer
    look_at(refusal)
    assert remembered(client) == before
    return None


def look_at(error: ClientError | ParamValidationError) -> None:
    """Assert that an error can be shown, and that its code is one of the service's (C23)."""
    text = str(error)
    text.encode("utf-8")
    assert text.strip()
    assert "Traceback" not in text
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        assert code in CODES
        assert type(error).__name__ == code
        assert error.operation_name
        has_text = (error.operation_name, code) not in WITHOUT_TEXT
        assert bool(error.response["Error"]["Message"].strip()) is has_text
        assert all(len(line) < 1000 for line in text.splitlines())
    else:
        assert error.report.strip()


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
def test_valid_types_are_answered_or_refused_with_a_code(method: str, data: st.DataObject) -> None:
    client = world()
    given = data.draw(parameters(method))
    as_given = copy.deepcopy(given)
    call(client, method, given)
    assert given == as_given, "a call does not change what it is given"


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
def test_damaged_parameters_are_refused_and_change_nothing(
    method: str, data: st.DataObject
) -> None:
    call(world(), method, data.draw(damaged(method)))


@pytest.mark.parametrize("method", METHODS)
def test_junk_in_every_place_on_top(method: str) -> None:
    """Each parameter alone, beside those that are required."""
    shape = input_shape(method)
    client = world()
    usual = {"cluster": "prod", "taskDefinition": "web", "family": "web", "task": "a"}
    before = remembered(client)
    for name in shape.members:
        for junk in JUNK:
            given = {key: usual.get(key, []) for key in shape.required_members} | {name: junk}
            if call(client, method, given, before) is not None:
                before = remembered(client)


OURS: dict[str, dict[str, Any]] = {
    "set_agent_connected": {"cluster": "prod", "containerInstance": "a", "connected": True},
    "register_subnet": {"subnetId": "s", "vpcId": "v", "availabilityZone": "z"},
}
"""The calls that boto3 has not, with arguments of the right types."""


@pytest.mark.parametrize("method", OURS)
def test_junk_in_the_calls_that_boto3_has_not(method: str) -> None:
    client = world()
    for name in OURS[method]:
        for junk in JUNK:
            call(client, method, {**OURS[method], name: junk})


AROUND: dict[str, Callable[[Any], Any]] = {
    "region": lambda junk: Client(region=junk),
    "account_id": lambda junk: Client(account_id=junk),
    "seed": lambda junk: Client(seed=junk).create_cluster(),
    "clock": lambda junk: Client(clock=junk),
    "what a clock says": lambda junk: Client(clock=lambda: junk).register_task_definition(
        family="a", containerDefinitions=[{"name": "a", "image": "b", "memory": 10}]
    ),
    "to_ecs": lambda junk: world().to_ecs(junk),
    "from_ecs": lambda junk: Client.from_ecs(junk),
    "from_ecs cluster": lambda junk: Client.from_ecs(world().to_ecs("prod"), cluster=junk),
    "from_ecs seed": lambda junk: Client.from_ecs(world().to_ecs("prod"), seed=junk),
    "from_ecs tasks": lambda junk: Client.from_ecs({**world().to_ecs("prod"), "tasks": junk}),
    "from_ecs a task": lambda junk: Client.from_ecs({**world().to_ecs("prod"), "tasks": [junk]}),
    "exceptions": lambda junk: Client().exceptions.from_code(junk),
}
"""Everything else that takes an argument."""


@pytest.mark.parametrize("name", AROUND)
def test_junk_around_the_calls_is_refused_or_harmless(name: str) -> None:
    before = world().to_ecs("prod")
    for junk in JUNK:
        with within(30), suppress(PlacementError):
            AROUND[name](junk)
    assert world().to_ecs("prod") == before, "nothing that accounts share has changed"


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: f"{type(junk).__name__}")
def test_junk_for_pages(junk: Any) -> None:
    """A paginator takes what boto3's does, and refuses the rest before it asks for a page."""
    client = world()
    before = remembered(client)
    for config in (junk, {"MaxItems": junk}, {"PageSize": junk}, {"StartingToken": junk}):
        with within(30), suppress(ClientError, ParamValidationError):
            list(client.get_paginator("list_tasks").paginate(PaginationConfig=config))
    with suppress(UsageError):
        client.get_paginator(junk)
    assert client.can_paginate(junk) is False
    assert remembered(client) == before


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
def test_an_answer_is_the_callers_own(method: str, data: st.DataObject) -> None:
    """Whoever changes an answer, or what was given, changes nothing in the account."""
    client = world()
    given = data.draw(parameters(method))
    answer = call(client, method, given)
    after = remembered(client)
    for part in (answer or {}, given):
        spoil(part)
    assert remembered(client) == after


def spoil(value: Any) -> None:
    """Empty everything that can be emptied."""
    if isinstance(value, dict):
        for part in value.values():
            spoil(part)
        value.clear()
    elif isinstance(value, list):
        for part in value:
            spoil(part)
        value.clear()
