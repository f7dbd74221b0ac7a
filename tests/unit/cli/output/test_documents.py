"""Documents as JSON and as the AWS CLI's text, whole or what a JMESPath expression selects."""

from __future__ import annotations

from typing import Any

import jmespath
import pytest

from placement import DocumentError
from placement.cli.output.documents import document_lines
from placement.cli.presentation import Presentation
from placement.errors import sanitize

TEXT = Presentation(as_text=True)


def query(text: str, **options: Any) -> Presentation:
    return Presentation(query=jmespath.compile(text), **options)


def test_text_has_fields_in_the_order_of_their_keys_and_nested_values_below() -> None:
    """The form that the AWS CLI's guide describes; what some objects lack is None."""
    document = {
        "unplacedCount": 0,
        "complete": True,
        "tasks": [
            {"group": "g", "arn": "b", "overrides": {"cpu": "1"}},
            {"group": "h", "arn": "a", "startedBy": "me"},
        ],
        "missing": ["x", "y"],
    }
    assert list(document_lines(document, TEXT)) == [
        "True\t0",
        "MISSING\tx",
        "MISSING\ty",
        "TASKS\tb\tg\tNone",
        "OVERRIDES\t1",
        "TASKS\ta\th\tme",
    ]


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        ("x", ["x"]),
        (None, ["None"]),
        (["a", "b"], ["a\tb"]),
        ([["a", 1], ["b", 2]], ["a\t1", "b\t2"]),
        ([], []),
        ({}, []),
        ("a\tb\nc\x1b", [f"a b c{sanitize(chr(27))}"]),
    ],
)
def test_text_of_what_queries_leave(document: Any, lines: list[str]) -> None:
    assert list(document_lines(document, TEXT)) == lines


def test_a_query_selects_before_it_is_printed() -> None:
    document = {"tasks": [{"arn": "a"}, {"arn": "b"}]}
    assert list(document_lines(document, query("tasks[].arn", as_text=True))) == ["a\tb"]
    assert list(document_lines(document, query("tasks[1].arn"))) == ['"b"']
    assert list(document_lines(document, query("nothing"))) == ["null"]


@pytest.mark.parametrize("text", ["abs('x')", "no_such(@)", "tasks[::0]"])
def test_a_query_that_cannot_be_applied_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(DocumentError, match=r"^--query: cannot be applied"):
        list(document_lines({"tasks": [1]}, query(text)))
