"""Check that a document has the types of the API's model.

In: a value parsed from JSON and a shape.  Out: the value without the parts that have the wrong
type, and a problem for each of them: later checks see right types only, and still see the rest.
Values are not judged here, except against the model's enumerations.
"""

from __future__ import annotations

from typing import Any

from placement.aws.service_model import MapShape, Shape, StructureShape
from placement.aws.shapes import REJECTED, ShapeWalker, member_path
from placement.documents.fields import type_name
from placement.ecs.definitions.problems import DefinitionProblem
from placement.ecs.service import input_shape
from placement.errors import describe_value
from placement.suggest import closest_match

__all__ = ["ADDED", "SHAPE", "typed"]

SHAPE = input_shape("RegisterTaskDefinition")
"""The shape of a task definition that is to be registered."""

JUDGED_ELSEWHERE = {
    "NetworkMode",
    "ResourceType",
    "TaskDefinitionPlacementConstraintType",
    "TransportProtocol",
}
"""Enumerations that the reader of task definitions checks, and knows better than the model."""

_WORDS: dict[str, tuple[Any, str]] = {
    "string": (str, "text"),
    "integer": (int, "a whole number"),
    "boolean": (bool, "true or false"),
    "structure": (dict, "an object"),
    "map": (dict, "an object"),
    "list": ((list, tuple), "a list"),
}

INTEGERS = range(-(2**31), 2**31)

ADDED = {
    "compatibilities",
    "deregisteredAt",
    "registeredAt",
    "registeredBy",
    "requiresAttributes",
    "revision",
    "status",
    "taskDefinitionArn",
}
"""Fields that ECS adds; a definition that is to be registered has none of them."""


def typed(value: Any, shape: Shape) -> tuple[Any, list[DefinitionProblem]]:
    """Return a value without the parts of the wrong type, and a problem for each of those.

    Items of lists keep their positions: one of the wrong type becomes an empty one.
    """
    reading = _Reading()
    found = reading.walk(shape, value)
    return None if found is REJECTED else found, reading.problems


_EMPTY = {"string": str, "integer": int, "boolean": bool, "structure": dict, "map": dict}


class _Reading(ShapeWalker):
    def __init__(self) -> None:
        self.problems: list[DefinitionProblem] = []

    def reject(self, path: str, message: str) -> Any:
        """Report a problem and leave the part out."""
        self.problems.append(DefinitionProblem(path, message))
        return REJECTED

    def accept(self, shape: Shape, value: Any, path: str, /) -> Any:
        form = shape.type_name
        allowed, words = _WORDS[form]
        if not isinstance(value, allowed) or (isinstance(value, bool) and form != "boolean"):
            plain = isinstance(value, (str, int, float))
            found = describe_value(value) if plain else type_name(value)
            return self.reject(path, f"expected {words}, not {found}")
        if isinstance(shape, StructureShape):
            for name in shape.required:
                if name not in value:
                    self.reject(member_path(path, name), "is missing")
        if form == "integer" and value not in INTEGERS:
            return self.reject(path, f"expected a number of 32 bits, not {describe_value(value)}")
        known = shape.enum
        if known and value not in known and shape.name not in JUDGED_ELSEWHERE:
            self.reject(path, f"expected one of {', '.join(known)}, not {describe_value(value)}")
        return value

    def accept_unknown(self, shape: StructureShape, name: Any, _value: Any, path: str, /) -> Any:
        text = name if isinstance(name, str) and name.isidentifier() else describe_value(name)
        here = member_path(path, text)
        if not path and name in ADDED:
            return self.reject(here, "ECS adds this field itself; leave it out to register")
        near = closest_match(str(name)[:80], shape.members, cutoff=0.6, ignore_case=False)
        advice = f"; did you mean {near}?" if near else ""
        return self.reject(here, f"there is no such field{advice}")

    def accept_key(self, _shape: MapShape, key: Any, path: str, /) -> Any:
        if isinstance(key, str):
            return key
        return self.reject(path, f"expected text as key, not {describe_value(key)}")

    def key_text(self, key: Any) -> str:
        return key if isinstance(key, str) and len(key) < 80 else describe_value(key)

    def replace_item(self, shape: Shape, /) -> Any:
        return _EMPTY[shape.type_name]()
