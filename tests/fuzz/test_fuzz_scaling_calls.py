"""Whatever is passed to groups, providers, metrics, alarms and scaling of an account that has them.

C23, C49: an answer that fits botocore's model, or one of the operation's errors; what is refused
has changed nothing.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from against_botocore import operation_of
from checked_calls import checked_call
from client_world import JUNK, broken, remembered
from scaling_call_world import METHODS, parameters, world

each_method = pytest.mark.parametrize(("service", "method"), METHODS)


@each_method
@given(data=st.data())
def test_valid_types_are_answered_or_refused_with_a_code(
    service: str, method: str, data: st.DataObject
) -> None:
    """C23; time goes on afterwards."""
    client = world(service)
    drawn = data.draw(parameters(service, method))
    as_given = copy.deepcopy(drawn)
    before = remembered(client)
    checked_call(client, service, method, drawn, before)
    assert drawn == as_given, "a call does not change what it is given"
    if client._model.methods[method].only_reads:
        assert remembered(client) == before, "what reads changes nothing (C55)"
    else:
        client._session.advance(700)


@each_method
@given(data=st.data())
def test_damaged_parameters_are_refused_and_change_nothing(
    service: str, method: str, data: st.DataObject
) -> None:
    client = world(service)
    drawn = data.draw(broken(parameters(service, method)))
    checked_call(client, service, method, drawn, remembered(client))


@each_method
def test_junk_in_every_place_on_top(service: str, method: str) -> None:
    """Each parameter alone, beside those that are required."""
    shape = operation_of(method, service).input_shape
    client = world(service)
    before = remembered(client)
    for number, name in enumerate(shape.members):
        for junk in JUNK[number % 3 :: 3]:  # each value in a third of the places
            drawn: dict[str, Any] = {key: [] for key in shape.required_members}
            drawn[name] = junk
            if checked_call(client, service, method, drawn, before):
                before = remembered(client)
