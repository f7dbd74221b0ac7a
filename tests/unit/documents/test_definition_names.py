"""Task definitions by name: a family, ``family:revision`` or an ARN."""

from __future__ import annotations

from typing import Any

import pytest

from placement.documents.definition_names import find_definition

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"
OLD = {"family": "web", "revision": 1}
NEW = {"family": "web", "revision": 2, "taskDefinitionArn": ARN}
OTHER = {"family": "db", "revision": 7}
ODD = {"family": "web", "revision": "3"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("web", NEW),
        ("web:1", OLD),
        ("web:2", NEW),
        (ARN, NEW),
        ("arn:aws:ecs:us-east-1:123456789012:task-definition/db:7", OTHER),
        ("web:9", None),
        ("api", None),
    ],
)
def test_a_name_finds_its_definition_and_a_family_its_latest(name: Any, found: Any) -> None:
    assert find_definition([OLD, ODD, NEW, OTHER], name) is found


def test_of_equal_revisions_the_first_is_taken() -> None:
    assert find_definition([OLD, dict(OLD)], "web") is OLD
