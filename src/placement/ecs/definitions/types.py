"""Is a document of the types that the API's model says?

In: a value parsed from JSON and the name of a shape.  Out: the value without what has the wrong
type, and a problem for each such place; so the checks behind it see right types only, and still
see everything else.  Values are not judged here, but for the model's lists of allowed texts.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from placement.documents.fields import type_name
from placement.ecs.definitions.problems import DefinitionProblem
from placement.ecs.shapes import Shape, named_shape
from placement.errors import describe_value

__all__ = ["ADDED", "SHAPE", "typed"]

SHAPE = "RegisterTaskDefinitionRequest"
"""The shape of a task definition that is to be registered."""

JUDGED_ELSEWHERE = {
    "NetworkMode",
    "ResourceType",
    "TaskDefinitionPlacementConstraintType",
    "TransportProtocol",
}
"""Shapes whose allowed texts the reader of task definitions knows better than the model."""

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


def typed(value: Any, shape: str) -> tuple[Any, list[DefinitionProblem]]:
    """Return a value without what has the wrong type, and what that was.

    Items of lists keep their places: a wrong one becomes an empty one.
    """
    problems: list[DefinitionProblem] = []
    return _Reading(problems).value(named_shape(shape), value, "", shape), problems


_EMPTY = {"string": str, "integer": int, "boolean": bool, "structure": dict, "map": dict}


class _Reading:
    def __init__(self, problems: list[DefinitionProblem]) -> None:
        self.problems = problems

    def wrong(self, path: str, message: str) -> None:
        self.problems.append(DefinitionProblem(path, message))

    def value(self, shape: Shape, value: Any, path: str, name: str) -> Any:
        """Return the value, its right parts, or None."""
        form = shape["type"]
        allowed, words = _WORDS[form]
        if not isinstance(value, allowed) or (isinstance(value, bool) and form != "boolean"):
            found = (
                describe_value(value) if isinstance(value, (str, int, float)) else type_name(value)
            )
            return self.wrong(path, f"expected {words}, not {found}")
        if form == "structure":
            return self.structure(shape, value, path)
        if form == "map":
            return self.map(shape, value, path)
        if form == "list":
            return self.list(shape, value, path)
        if form == "integer" and value not in INTEGERS:
            return self.wrong(path, f"expected a number of 32 bits, not {describe_value(value)}")
        known = shape.get("enum")
        if known and value not in known and name not in JUDGED_ELSEWHERE:
            self.wrong(path, f"expected one of {', '.join(known)}, not {describe_value(value)}")
        return value

    def structure(self, shape: Shape, value: Mapping[Any, Any], path: str) -> dict[str, Any]:
        members = shape["members"]
        found = {}
        for name in shape.get("required", ()):
            if name not in value:
                self.wrong(f"{path}.{name}" if path else name, "is missing")
        for name, item in value.items():
            if name not in members:
                self.unknown(name, members, path)
                continue
            here = f"{path}.{name}" if path else name
            right = self.value(named_shape(members[name]), item, here, members[name])
            if right is not None:
                found[name] = right
        return found

    def unknown(self, name: Any, members: Mapping[str, str], path: str) -> None:
        text = name if isinstance(name, str) and name.isidentifier() else describe_value(name)
        here = f"{path}.{text}" if path else text
        if not path and name in ADDED:
            return self.wrong(here, "ECS adds this field itself; leave it out to register")
        near = difflib.get_close_matches(str(name)[:80], members, 1)
        advice = f"; did you mean {near[0]}?" if near else ""
        return self.wrong(here, f"there is no such field{advice}")

    def map(self, shape: Shape, value: Mapping[Any, Any], path: str) -> dict[str, Any]:
        found = {}
        for key, item in value.items():
            here = (
                f"{path}.{key if isinstance(key, str) and len(key) < 80 else describe_value(key)}"
            )
            right = self.value(named_shape(shape["value"]), item, here, shape["value"])
            if not isinstance(key, str):
                self.wrong(path, f"expected text as key, not {describe_value(key)}")
            elif right is not None:
                found[key] = right
        return found

    def list(self, shape: Shape, value: Any, path: str) -> list[Any]:
        member = named_shape(shape["member"])
        found = []
        for number, item in enumerate(value):
            right = self.value(member, item, f"{path}[{number}]", shape["member"])
            found.append(_EMPTY[member["type"]]() if right is None else right)
        return found
