"""Warnings: each code where it is due, and silence where it is not."""

from __future__ import annotations

import pytest

import placement
from placement.query.lint import CODES


def cluster() -> placement.Cluster:
    """Three instances: one without a stack, one with numbers that sort otherwise as text."""
    found = placement.Cluster()
    for number, attributes in enumerate(
        (
            {"stack": "prod", "disk-gb": "50", "ecs.instance-type": "m5.large"},
            {"stack": "test", "disk-gb": "100", "ecs.instance-type": "m5.xlarge"},
            {"disk-gb": "1000", "ecs.instance-type": "c5.large", "gpu": None},
        )
    ):
        found.register(placement.Instance(id=f"i-{number}", attributes=attributes))
    found.add_task("i-0", "service:web")
    return found


def codes(text: str, where: placement.Cluster | None = None) -> list[str]:
    return [warning.code for warning in placement.lint(text, where)]


TEXT_ALONE = [
    ("attribute:a == 'x (y)'", ["parenthesis-in-argument"]),  # A3
    ("attribute:a =~ (x|y)", ["parenthesis-in-argument"]),
    ("(attribute:a == x)", []),
    ("attribute:a == and", ["keyword-as-value"]),  # A8
    ("attribute:a in [in, b]", ["keyword-as-value"]),
    ("attribute:a == 'and'", []),
    ("attribute:stack != prod", ["negative-skips-absent"]),  # A13
    ("attribute:stack !in [prod]", ["negative-skips-absent"]),
    ("attribute:stack !~ p.*", ["negative-skips-absent"]),
    ("attribute:ecs.instance-type != m5.large", []),  # always there (1.5)
    ("not(attribute:stack == prod)", []),
    ("attribute:disk-gb >= 100", ["order-of-numbers"]),  # A15
    ("attribute:disk-gb >= big", []),
    ("task:group != service:web", ["negative-group"]),  # A21
    ("not(task:group == service:web)", []),
    ("attribute:a in []", ["always-false"]),
    ("attribute:a exists or attribute:a !exists", ["always-true"]),
    ("attribute:a == x and attribute:a == y", ["always-false"]),
    ("runningTasksCount >= 0", ["always-true"]),
    ("runningTasksCount < 0 or attribute:a == b", ["always-false"]),
    ("agentConnected in [true, false]", ["always-true"]),
    ("registeredAt > 2024-01-01 and registeredAt < 2023-01-01", ["always-false"]),
]


@pytest.mark.parametrize(("text", "expected"), TEXT_ALONE)
def test_what_the_text_alone_tells(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


WITH_CLUSTER = [
    ("attribute:stack != prod", ["negative-skips-absent"]),
    ("attribute:disk-gb != 50", []),  # every instance has it
    ("attribute:disk-gb > 100", ["order-of-numbers"]),  # "50" > "100" as text
    ("attribute:disk-gb >= 1000", ["order-of-numbers"]),
    ("attribute:disk-gb > 2000", ["order-of-numbers"]),
    ("attribute:disk-gb > 0", []),  # the same either way
    ("attribute:stak == prod", ["unknown-attribute"]),
    ("attribute:stack == prd", ["unknown-value"]),
    ("attribute:stack in [prod, tst]", ["unknown-value"]),
    ("attribute:stack =~ x.*", ["unknown-value"]),
    ("attribute:stack =~ p.*", []),
    ("task:group == service:wbe", ["unknown-value"]),
    ("attribute:gpu exists", []),
    ("agentConnected == false", []),
]


@pytest.mark.parametrize(("text", "expected"), WITH_CLUSTER)
def test_what_a_cluster_tells(text: str, expected: list[str]) -> None:
    assert codes(text, cluster()) == expected


def test_the_number_of_instances_that_lack_an_attribute_is_told() -> None:
    """A13, with the spelling that was probably meant."""
    [warning] = placement.lint("attribute:stack != prod", cluster())
    assert "the 1 instance that has no attribute:stack" in warning.message
    assert warning.suggestion == "not(attribute:stack == prod)"


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("attribute:stak == prod", "attribute:stack"),
        ("attribute:stack == prd", "prod"),
        ("task:group != a", "not(task:group == a)"),
        ("attribute:a !~ b|c", "not(attribute:a =~ b|c)"),
        ("attribute:a == and", "'and'"),
    ],
)
def test_suggestions(text: str, suggestion: str) -> None:
    found = [warning.suggestion for warning in placement.lint(text, cluster())]
    assert suggestion in found


def test_tasks_of_no_known_group_are_told() -> None:
    """C10: the count is larger than the tasks given."""
    partly = placement.Cluster.from_ecs([{"containerInstanceArn": "i", "runningTasksCount": 3}])
    partly.add_task("i", "a")
    assert codes("task:group == a", partly) == ["groups-partly-known"]
    assert codes("runningTasksCount > 1", partly) == []


def test_every_warning_has_a_documented_code_and_points_into_the_text() -> None:
    for text, _ in [*TEXT_ALONE, *WITH_CLUSTER]:
        for warning in placement.lint(text, cluster()):
            assert warning.code in CODES
            assert 0 <= warning.span.start < warning.span.end <= len(text)
            assert str(warning).endswith(f"[{warning.code}]")


def test_a_text_that_is_no_expression_is_refused() -> None:
    with pytest.raises(placement.CqlError):
        placement.lint("attribute:a ==")
