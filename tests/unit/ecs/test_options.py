"""Options of a session (C38): all off by default, and bad values refused by name."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from junk import JUNK
from placement.ecs.options import Options
from placement.errors import UsageError


def test_every_option_is_off_by_default_c38() -> None:
    usual = Options()
    off = {name for name, value in attrs.asdict(usual).items() if value is False}
    assert {"allow_blocking_percents", "count_stopping", "lenient_cron"} <= off
    assert not any(value is True for value in attrs.asdict(usual).values())
    assert (usual.settle, usual.metric_delay, usual.metric_samples) == (0, 0, 1)
    assert usual.provisioning_limit == 500
    assert usual.host_ports == (32768, 60999)


def test_every_option_is_described() -> None:
    text = Options.__doc__ or ""
    assert [
        field.name for field in attrs.fields(Options) if f"        {field.name}: " not in text
    ] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allow_blocking_percents", 1),
        ("purge_inactive", -1),
        ("purge_inactive", math.nan),
        ("settle", math.inf),
        ("settle", "15"),
        ("settle", True),
        ("max_scale_in_step", 0),
        ("max_scale_in_step", 1.0),
        ("metric_samples", 2),
        ("metric_samples", True),
        ("estimate", "sum"),
        ("reservation", None),
        ("provisioning_limit", -1),
        ("host_ports", [1, 2]),
        ("host_ports", (2, 1)),
        ("host_ports", (0, 1)),
        ("host_ports", (1, 65536)),
        ("host_ports", (1, True)),
    ],
)
def test_a_wrong_value_is_refused_with_the_options_name(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=name):
        Options(**{name: value})


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_taken_or_refused_and_nothing_else(junk: str) -> None:
    for field in attrs.fields(Options):
        refusal = refused(field.name, JUNK[junk])
        assert refusal is None or (refusal.startswith(field.name) and len(refusal) < 300)


def refused(name: str, value: Any) -> str | None:
    """Return how a value of an option is refused, None if it is taken."""
    try:
        Options(**{name: value})
    except UsageError as error:
        return str(error)
    return None


def test_an_option_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(Options(), "sett" + "le", 1)
