"""Every row of ``errors.toml``: the call is refused with its code and text, and changes nothing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from client_world import remembered
from placement.ecs import ClientError
from placement.ecs.session import Session
from service_calls import Calls

TABLE = tomllib.loads(Path(__file__).with_name("errors.toml").read_text(encoding="utf-8"))
CASES = TABLE["case"]


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_call_is_refused_in_the_words_of_the_service(case: dict[str, Any]) -> None:
    calls = Calls(Session(seed=1))
    calls.play(TABLE["setup"])
    calls.play(case.get("before", ()))
    before = remembered(calls.ecs.client)
    with pytest.raises(ClientError) as refusal:
        calls.call(case)
    error = refusal.value.response["Error"]
    assert (error["Code"], type(refusal.value).__name__) == (case["code"], case["code"])
    assert error["Message"].startswith(calls.filled(case["text"]))
    assert remembered(calls.ecs.client) == before
