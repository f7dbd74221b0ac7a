"""Documents as the AWS CLI's tables: the form of its user guide, in a terminal of any width."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from placement.cli.output.document_table import table_lines


def lines(value: Any, width: int | None = None) -> list[str]:
    return list(table_lines(value, "RunTask", width))


def test_a_list_of_objects_has_their_keys_in_order_and_a_row_for_each() -> None:
    """As the guide's example of describe-volumes; what one object lacks is empty."""
    assert lines([{"size": 8, "az": "us-west-2a"}, {"az": "us-west-2b", "id": None}]) == [
        "----------------------------------",
        "|            RunTask             |",
        "+--------------+--------+--------+",
        "|      az      |   id   |  size  |",
        "+--------------+--------+--------+",
        "|  us-west-2a  |        |  8     |",
        "|  us-west-2b  |  None  |        |",
        "+--------------+--------+--------+",
    ]


def test_nested_values_have_boxes_of_their_own() -> None:
    tasks = [{"arn": "a", "attributes": [{"name": "x"}]}, {"arn": "b"}]
    assert lines({"tasks": tasks, "count": 2}) == [
        "--------------------",
        "|     RunTask      |",
        "+-----------+------+",
        "|  count    |  2   |",
        "+-----------+------+",
        "||     tasks      ||",
        "|+----------------+|",
        "||      arn       ||",
        "|+----------------+|",
        "||  a             ||",
        "|+----------------+|",
        "|||  attributes  |||",
        "||+--------+-----+||",
        "|||  name  |  x  |||",
        "||+--------+-----+||",
        "||     tasks      ||",
        "|+----------------+|",
        "||      arn       ||",
        "|+----------------+|",
        "||  b             ||",
        "|+----------------+|",
    ]


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("x", ["|  x        |"]),
        (None, ["|  None     |"]),
        (["a", True], ["|  a        |", "|  True     |"]),
        ([["a", 1], ["b"]], ["|  a  |  1  |", "|  b  |     |"]),
        ({"a": 1}, ["|  a  |  1  |"]),
        ("a\tb\nc", ["|  a b c    |"]),
    ],
)
def test_scalars_and_lists_have_no_heads(value: Any, rows: list[str]) -> None:
    assert lines(value)[3:-1] == rows


@pytest.mark.parametrize("value", [[], {}])
def test_nothing_is_a_title(value: Any) -> None:
    assert lines(value) == ["-------------", "|  RunTask  |", "+-----------+"]


def test_objects_that_are_too_wide_have_a_row_for_each_field_and_a_line_below_each() -> None:
    assert lines([{"arn": "a" * 12, "group": "g" * 8, "zone": "z"}, {"arn": "b"}], 30) == [
        "----------------------------",
        "|         RunTask          |",
        "+---------+----------------+",
        "|  arn    |  aaaaaaaaaaaa  |",
        "|  group  |  gggggggg      |",
        "|  zone   |  z             |",
        "+---------+----------------+",
        "|  arn    |  b             |",
        "|  group  |                |",
        "|  zone   |                |",
        "+---------+----------------+",
    ]


@pytest.mark.parametrize("width", [24, 40, 60])
@pytest.mark.parametrize(
    "value",
    [
        [{"containerInstanceArn": "a" * 80, "zone": "us-east-1a"}, {"zone": "日本" * 30}],
        [["a" * 80, "b" * 3]],
        {"only": {"one": "a" * 80}},
        [{"aVeryLongNameOfTheOnlyKeyOfAnObject": "x"}] * 2,
    ],
)
def test_what_is_too_wide_is_folded_and_whole(value: Any, width: int) -> None:
    found = lines(value, width)
    assert all(cell_len(line) == cell_len(found[0]) <= width for line in found)
    for character in "a日本":
        assert _count(found, character) >= _count(lines(value), character)


def _count(found: list[str], character: str) -> int:
    return sum(line.count(character) for line in found)


def test_empty_and_unprintable_names_and_values_are_drawn() -> None:
    assert lines({"": {"": ""}})[-2:] == ["||     |     ||", "|+-----+-----+|"]
    escape = chr(27)
    found = lines({f"{escape}[1m": {"a": {f"b{escape}": f"c{escape}"}}, "\u0301": "\u0301"})
    assert not any(escape in line for line in found)


def test_a_title_that_is_too_long_is_folded() -> None:
    assert all(len(line) == 12 for line in table_lines("x", "ListContainerInstances", 12))
