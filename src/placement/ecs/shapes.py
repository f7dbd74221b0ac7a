"""Are the parameters of a call what the API's model says they are?

In: an operation and its parameters.  Out: nothing, or ``ParamValidationError`` with all that is
wrong, in the words that botocore has for it.  The shapes are data (``data/shapes.json``, from the
service's own model by way of botocore, Apache 2.0); values are not judged here, only types.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from placement.ecs.errors import ParamValidationError

__all__ = ["check_parameters", "input_shape"]

Shape = Mapping[str, Any]

MAX_DEPTH = 64
"""Levels of structures; the model has no more than ten."""

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "<class 'str'>"),
    "integer": ((int,), "<class 'int'>"),
    "long": ((int,), "<class 'int'>"),
    "boolean": ((bool,), "<class 'bool'>"),
    "double": ((float, int), "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"),
    "float": ((float, int), "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>"),
    "timestamp": ((str, int, float, datetime), "<class 'datetime.datetime'>, timestamp-string"),
    "structure": ((dict,), "<class 'dict'>"),
    "map": ((dict,), "<class 'dict'>"),
    "list": ((list, tuple), "<class 'list'>, <class 'tuple'>"),
}


@cache
def _model() -> Mapping[str, Any]:
    text = (files("placement.ecs") / "data" / "shapes.json").read_text(encoding="utf-8")
    model: Mapping[str, Any] = json.loads(text)
    return model


def input_shape(operation: str) -> Shape:
    """Return the shape of an operation's parameters."""
    model = _model()
    shape: Shape = model["shapes"][model["operations"][operation]]
    return shape


def check_parameters(operation: str, parameters: Mapping[str, Any]) -> None:
    """Check the parameters of a call.

    Raises:
        ParamValidationError: one is unknown, missing or of the wrong type.
    """
    shapes = _model()["shapes"]
    problems = list(_problems(shapes, input_shape(operation), parameters, "", 0))
    if problems:
        raise ParamValidationError(report="\n".join(problems))


def _problems(
    shapes: Mapping[str, Any], shape: Shape, value: Any, path: str, depth: int
) -> Iterator[str]:
    kind = shape["type"]
    allowed, named = _KINDS[kind]
    wrong = not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
    if wrong or depth > MAX_DEPTH:
        yield (
            f"Invalid type for parameter {path}, value: {_shortened(value)}, "
            f"type: {type(value)}, valid types: {named}"
        )
        return
    if kind == "structure":
        yield from _members(shapes, shape, value, path, depth)
    elif kind == "list":
        member = shapes[shape["member"]]
        for number, item in enumerate(value):
            yield from _problems(shapes, member, item, f"{path}[{number}]", depth + 1)
    elif kind == "map":
        for key, item in value.items():
            here = f"{path}.{_shortened(key)}" if path else str(key)
            yield from _problems(shapes, shapes[shape["key"]], key, f"{path} (key: {key!r})", depth)
            yield from _problems(shapes, shapes[shape["value"]], item, here, depth + 1)


def _members(
    shapes: Mapping[str, Any], shape: Shape, value: dict[Any, Any], path: str, depth: int
) -> Iterator[str]:
    members = shape["members"]
    for name in shape.get("required", ()):
        if name not in value:
            where = path or "input"
            yield f'Missing required parameter in {where}: "{name}"'
    for name in value:
        if name not in members:
            known = ", ".join(members)
            where = path or "input"
            text = f'Unknown parameter in {where}: "{_shortened(name)}", must be one of: {known}'
            yield text
    for name, member in members.items():
        if name in value:
            here = f"{path}.{name}" if path else name
            yield from _problems(shapes, shapes[member], value[name], here, depth + 1)


def _shortened(value: Any) -> str:
    from placement.errors import shown

    return (
        value
        if isinstance(value, str) and len(value) < 60 and value.isprintable()
        else shown(value)
    )
