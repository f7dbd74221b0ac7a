"""Whatever linters, files of rules and lists of rules are given, warnings or our errors come out.

Soon, and without a change to the session.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_operators import OPERATIONS, new_world, operate
from clean import within
from client_world import JUNK, broken, parameters, remembered, world
from placement import DocumentError, PlacementError
from placement.cli.options.located import LocatedDocument, parse_located
from placement.ecs import ScalingLint, ServiceLint, lint_scaling, lint_service
from placement.ecs.behaviour_rules import FIELDS, behaviour_rules
from placement.ecs.lints.codes import CODES
from placement.ecs.lints.scaling_codes import SCALING_CODES
from placement.query.lint import CODES as OF_EXPRESSIONS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FIELDS, "service", "first", "x"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def linted(definition: Any, **options: Any) -> None:
    """Lint; look at what comes out."""
    with within(30):
        try:
            found = lint_service(definition, **options)
        except PlacementError as error:
            str(error).encode("utf-8", "surrogatepass")
            return
    for one in found:
        assert isinstance(one, ServiceLint)
        assert one.code in CODES or one.code in OF_EXPRESSIONS
        assert one.message
        assert "\n" not in str(one)


@given(definition=parameters("create_service"), with_session=st.booleans())
def test_right_types_are_linted(definition: dict[str, Any], with_session: bool) -> None:
    client = world()
    before = remembered(client)
    linted(definition, **({"session": client.session} if with_session else {}))
    assert remembered(client) == before


@given(definition=broken(parameters("create_service")))
def test_damaged_definitions_are_linted_or_refused(definition: dict[str, Any]) -> None:
    client = world()
    before = remembered(client)
    linted(definition, session=client.session)
    assert remembered(client) == before


@pytest.mark.parametrize("place", range(len(JUNK)))
def test_junk_is_refused(place: int) -> None:
    junk = JUNK[place]
    linted(junk)
    linted({"serviceName": "web", "deploymentConfiguration": junk})
    linted({"serviceName": "web", "desiredCount": junk}, session=world().session)
    linted({"serviceName": "web", "serviceArn": junk, "taskDefinition": junk})


@given(
    operations=st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 40)), max_size=8),
    seed=st.integers(0, 3),
)
def test_any_account_that_scales_is_linted(operations: list[tuple[str, int]], seed: int) -> None:
    session = new_world(seed=seed)
    for name, number in operations:
        operate(session, name, number)
    before = session.to_ecs()
    with within(30):
        found = lint_scaling(session)
    for one in found:
        assert isinstance(one, ScalingLint)
        assert one.code in SCALING_CODES
        assert one.subject
        assert one.message
        assert "\n" not in str(one)
    assert session.to_ecs() == before


@given(rules=JSON)
def test_rules_are_a_function_or_refused(rules: Any) -> None:
    try:
        function = behaviour_rules(rules)
    except DocumentError:
        return
    function({"group": "service:web", "taskDefinitionArn": "x/web:1"})
    function({})


def read(data: bytes) -> LocatedDocument | str:
    """Return the document in a file, or what is said of it."""
    try:
        return parse_located(data, "file", "rules")
    except DocumentError as error:
        return str(error)


@given(data=st.binary(max_size=60))
def test_bytes_are_a_document_or_refused(data: bytes) -> None:
    found = read(data)
    assert isinstance(found, LocatedDocument) or found.startswith("file: ")


@given(text=st.text(alphabet="-:[]{}&*!|>'\"%@`#,? \n\tabc019.", max_size=40))
def test_texts_of_yamls_signs_are_a_document_or_refused(text: str) -> None:
    found = read(text.encode())
    assert isinstance(found, LocatedDocument) or found.startswith("file: ")


@given(value=JSON)
def test_json_is_read_as_json_reads_it(value: Any) -> None:
    text = json.dumps([value], indent=1)
    found = read(text.encode())
    assert isinstance(found, LocatedDocument)
    assert json.dumps(found.value) == json.dumps(json.loads(text))
    assert found.lines[""] == 1
