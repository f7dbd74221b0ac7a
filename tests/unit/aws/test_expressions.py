"""Expressions of waiters mean what JMESPath's own package says (C49)."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from make_service_model import SERVICES, expression
from placement.aws.expressions import NODES, compile_expression

LOADER = botocore.session.get_session().get_component("data_loader")
OF_WAITERS = sorted(
    {
        acceptor["argument"]
        for service in SERVICES
        if service in LOADER.list_available_services("waiters-2")
        for waiter in LOADER.load_service_model(service, "waiters-2")["waiters"].values()
        for acceptor in waiter["acceptors"]
        if "argument" in acceptor
    }
)
"""Of every waiter that botocore has for the services, of operations to come too."""

FURTHER = [
    "a",
    "a.b",
    "a[]",
    "a[].b",
    "a[].b[].c",
    "a[?b == c].b",
    "a[?!b]",
    "a[?b && c]",
    "a == `1`",
    "a == `true`",
    "b > a",
    "length(a) == `1`",
]
NAMES = sorted({name for text in [*OF_WAITERS, *FURTHER] for name in re.findall(r"\w+", text)})
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, 1.5, "", "ACTIVE", "RUNNING", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("text", [*OF_WAITERS, *FURTHER])
@given(value=VALUES)
def test_a_value_is_jmespaths(text: str, value: Any) -> None:
    try:
        expected = jmespath.search(text, value)
    except jmespath.exceptions.JMESPathTypeError:
        return  # the length of what has none, which here is nothing
    assert compile_expression(expression(text))(value) == expected
    assert type(compile_expression(expression(text))(value)) is type(expected)


def test_the_length_of_what_has_none_is_nothing() -> None:
    assert compile_expression(expression("length(a) > `0`"))({}) is None


@pytest.mark.parametrize("text", ["a[0]", "@.a", "a || b", "max(a)", "a < b", "{a: b}", "a | b"])
def test_what_no_waiter_needs_is_refused_when_the_data_is_made(text: str) -> None:
    with pytest.raises(ValueError, match="an expression has no node"):
        expression(text)


def test_every_node_is_needed() -> None:
    def names(node: Any) -> set[str]:
        parts = [part for part in node[1:] if isinstance(part, list)]
        return {node[0]}.union(*map(names, parts))

    assert set().union(*(names(expression(text)) for text in OF_WAITERS)) | {"identity"} == set(
        NODES
    )
