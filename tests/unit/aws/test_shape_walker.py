"""One walker follows values along the shapes of an API's model, for every use of them."""

from __future__ import annotations

from typing import Any

import pytest

from placement.aws.service_model import ListShape, MapShape, Shape, StructureShape
from placement.aws.shapes import REJECTED, ShapeWalker, plain_copy

NUMBER, TEXT = Shape("Count", "integer"), Shape("Name", "string")
PART = StructureShape("Part", "structure", members={"count": NUMBER, "name": TEXT})
WHOLE = StructureShape(
    "Whole",
    "structure",
    members={
        "parts": ListShape("Parts", "list", member=PART),
        "labels": MapShape("Labels", "map", key=TEXT, value=NUMBER),
        "numbers": ListShape("Numbers", "list", member=NUMBER),
    },
)
VALUE = {
    "parts": [{"count": 1, "name": "a"}, {"count": 2}],
    "labels": {"x": 3},
    "numbers": (4, 5),
}


class Recorder(ShapeWalker):
    """Says where it has been."""

    def __init__(self) -> None:
        self.places: list[tuple[str, str]] = []

    def accept(self, shape: Shape, value: Any, path: str, /) -> Any:
        self.places.append((path, shape.name))
        return value


def test_every_part_is_visited_once_with_its_path() -> None:
    walker = Recorder()
    assert walker.walk(WHOLE, VALUE) == {**VALUE, "numbers": [4, 5]}
    assert walker.places == [
        ("", "Whole"),
        ("parts", "Parts"),
        ("parts[0]", "Part"),
        ("parts[0].count", "Count"),
        ("parts[0].name", "Name"),
        ("parts[1]", "Part"),
        ("parts[1].count", "Count"),
        ("labels", "Labels"),
        ("labels.x", "Count"),
        ("numbers", "Numbers"),
        ("numbers[0]", "Count"),
        ("numbers[1]", "Count"),
    ]


def test_the_value_is_rebuilt_and_not_shared() -> None:
    found = ShapeWalker().walk(WHOLE, VALUE)
    assert found["parts"] is not VALUE["parts"]
    assert found["parts"][0] is not VALUE["parts"][0]


class Odd(ShapeWalker):
    """Leaves even numbers out."""

    def accept(self, shape: Shape, value: Any, _path: str, /) -> Any:
        return REJECTED if shape is NUMBER and value % 2 == 0 else value


class Zeros(Odd):
    """Puts 0 in the place of those in lists."""

    def replace_item(self, _shape: Shape, /) -> Any:
        return 0


def test_what_is_rejected_is_left_out() -> None:
    value = {"numbers": [1, 2, 3], "labels": {"a": 1, "b": 2}, "parts": [{"count": 2}]}
    assert Odd().walk(WHOLE, value) == {"numbers": [1, 3], "labels": {"a": 1}, "parts": [{}]}
    assert Zeros().walk(WHOLE, value)["numbers"] == [1, 0, 3]


def test_members_that_the_shape_does_not_have_are_left_out_by_default() -> None:
    assert ShapeWalker().walk(PART, {"count": 1, "cuont": 2}) == {"count": 1}


@pytest.mark.parametrize("value", [5, "text", None, [1]])
def test_a_value_of_another_type_that_is_accepted_stays(value: Any) -> None:
    assert ShapeWalker().walk(PART, value) == value


def test_a_value_that_contains_itself_is_followed_as_deep_as_the_shape_goes() -> None:
    value: dict[str, Any] = {}
    value["parts"] = [value]
    assert ShapeWalker().walk(WHOLE, value) == {"parts": [{}]}


def test_plain_copies_have_pythons_own_types() -> None:
    class Number(int):
        pass

    copied = plain_copy({"a": (Number(3), True)})
    assert copied == {"a": [3, True]}
    assert type(copied["a"][0]) is int
    assert copied["a"][1] is True
