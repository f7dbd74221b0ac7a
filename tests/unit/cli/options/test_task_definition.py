"""``--task-definition``: what names a file, and what a task definition of the state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from placement import DocumentError
from placement.cli.options.task_definition import find_named, is_file_name

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2"
KNOWN = {"family": "web", "revision": 2, "taskDefinitionArn": ARN}


@pytest.mark.parametrize(
    ("text", "is_file"),
    [
        ("web", False),
        ("web:2", False),
        (ARN, False),
        ("-", True),
        ("./web", True),
        ("web.json", True),
        ("WEB.YAML", True),
        ("web.yml", True),
    ],
)
def test_a_file_has_a_folder_or_an_ending(text: str, is_file: bool) -> None:
    assert is_file_name(text) is is_file


@pytest.mark.parametrize(
    ("text", "found"),
    [("web", KNOWN), ("web:2", KNOWN), (ARN, KNOWN), ("web.json", None), ("other", None)],
)
def test_a_name_of_the_state_comes_before_a_file(
    text: str, found: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("web", "web:2", "web.json", "other"):
        Path(name).write_text("{}")
    assert find_named([KNOWN], text) is found


@pytest.mark.parametrize("text", ["shop", "web:9", "a\0b", "", ARN.replace(":2", ":9")])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="is not in the files of --state; --task-definition"):
        find_named([KNOWN], text)
