"""The pages list every call of the clients, and every public name of a session."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from placement.aws.service_model import load_service_model
from placement.ecs import Session

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {
    "application-autoscaling": "auto-scaling.md",
    "autoscaling": "capacity-providers.md",
    "ecs": "ecs.md",
    "elbv2": "load-balancers.md",
    "cloudwatch": "load-balancers.md",
}
WITHOUT_WORDS = {"client", "now", "region_name"}
"""Names of a session that need no explanation: examples use them."""


def quoted(page: str) -> set[str]:
    """Return the names in back quotes of a page, without what follows a parenthesis."""
    text = (DOCS / page).read_text(encoding="utf-8")
    names = {one.partition("(")[0] for one in re.findall(r"`([^`\n]+)`", text)}
    return {name.rpartition(".")[2] for name in names}


@pytest.mark.parametrize("service", PAGES)
def test_every_call_of_a_client_is_in_its_page(service: str) -> None:
    methods = {one.method for one in load_service_model(service).operations.values()}
    assert len(methods) > 5
    assert methods - quoted(PAGES[service]) == set()


def test_every_public_name_of_a_session_is_in_the_page() -> None:
    public = {name for name in dir(Session) if not name.startswith("_")}
    assert len(public) > 15
    assert public - quoted("services.md") - WITHOUT_WORDS == set()


def test_a_name_that_no_page_has_is_missed() -> None:
    assert "create_task_set" not in quoted("ecs.md")
