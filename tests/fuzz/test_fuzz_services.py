"""Whatever is passed to load balancers: an answer or a refusal.

Only the errors of C23 come out, soon, and after one the account is as it was; answers fit
botocore's models.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from against_botocore import operation_of
from checked_calls import checked_call
from client_world import JUNK, broken, remembered
from placement.ecs import ClientError, ParamValidationError
from service_world import METHODS, parameters, world

each_method = pytest.mark.parametrize(("service", "method"), METHODS)


@each_method
@given(data=st.data())
def test_valid_types_are_answered_or_refused_with_a_code(
    service: str, method: str, data: st.DataObject
) -> None:
    client = world()[service]
    given = data.draw(parameters(service, method))
    as_given = copy.deepcopy(given)
    before = remembered(client)
    checked_call(client, service, method, given, before)
    assert given == as_given, "a call does not change what it is given"
    if client._model.methods[method].only_reads:
        assert remembered(client) == before, "what reads changes nothing (C55)"


@each_method
@given(data=st.data())
def test_damaged_parameters_are_refused_and_change_nothing(
    service: str, method: str, data: st.DataObject
) -> None:
    client = world()[service]
    checked_call(
        client,
        service,
        method,
        data.draw(broken(parameters(service, method))),
        remembered(client),
    )


@each_method
def test_junk_in_every_place_on_top(service: str, method: str) -> None:
    """Each parameter alone, beside those that are required."""
    shape = operation_of(method, service).input_shape
    client = world()[service]
    before = remembered(client)
    for name in shape.members:
        for junk in JUNK:
            given: dict[str, Any] = {key: [] for key in shape.required_members}
            given[name] = junk
            if checked_call(client, service, method, given, before):
                before = remembered(client)


@given(data=st.data())
def test_copies_are_equal_and_independent(data: st.DataObject) -> None:
    """C24: copied and pickled they are equal, and calls of one change nothing of the other."""
    client = world()["elbv2"]
    for twin in (copy.deepcopy(client), pickle.loads(pickle.dumps(client))):
        assert remembered(twin) == remembered(client)
    twin = copy.deepcopy(client)
    before = remembered(client)
    methods = [method for service, method in METHODS if service == "elbv2"]
    for method in data.draw(st.lists(st.sampled_from(methods), max_size=4)):
        given = data.draw(parameters("elbv2", method))
        try:
            getattr(twin, method)(**given)
        except (ClientError, ParamValidationError):
            continue
    assert remembered(client) == before
