"""Are the parameters of a call what the API's model says they are?

In: an operation and its parameters.  Out: nothing, or ``ParamValidationError`` with all that is
wrong, in the words that botocore has for it.  The shapes are data (``data/shapes.json``, from the
service's own model by way of botocore, Apache 2.0); values are judged by operations, only what the
wire cannot carry is refused here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from placement.ecs.errors import ParamValidationError, refused
from placement.errors import describe_value, sanitize

__all__ = ["check_parameters", "input_shape", "named_shape"]

Shape = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
    "double": (float, Decimal, int),
    "structure": (dict,),
    "map": (dict,),
    "list": (list, tuple),
}
"""What Python's values of a kind are: those that botocore takes."""

_BITS = {"integer": 31, "long": 63}

_RANGE = "Invalid value for parameter {}, value: {}, valid min value: {}"
_LENGTH = "Invalid length for parameter {}, value: {}, valid min length: {}"


@cache
def _model() -> Mapping[str, Any]:
    text = (files("placement.ecs") / "data" / "shapes.json").read_text(encoding="utf-8")
    model: Mapping[str, Any] = json.loads(text)
    return model


_OWN = {
    "RegisterSubnet": {"subnetId": "String", "vpcId": "String", "availabilityZone": "String"},
    "SetAgentConnected": {
        "cluster": "String",
        "containerInstance": "String",
        "connected": "Boolean",
    },
}
"""Calls that ECS does not have, and their parameters, all required."""


def input_shape(operation: str) -> Shape:
    """Return the shape of an operation's parameters."""
    if operation in _OWN:
        members = _OWN[operation]
        return {"type": "structure", "members": members, "required": list(members)}
    model = _model()
    shape: Shape = model["shapes"][model["operations"][operation]]
    return shape


def named_shape(name: str) -> Shape:
    """Return a shape of the model by its name; members and items are named in it."""
    shape: Shape = _model()["shapes"][name]
    return shape


def check_parameters(operation: str, parameters: Mapping[str, Any]) -> None:
    """Check the parameters of a call.

    Raises:
        ParamValidationError: one is unknown, missing or of the wrong type (C23).
        ClientException: a number that botocore would send and the service cannot read: a truth
            value, one that is infinite, or one that needs more than 32 or 64 bits.
    """
    check = _Check(_model()["shapes"])
    check.value(input_shape(operation), parameters, "")
    if check.problems:
        raise ParamValidationError(report="\n".join(check.problems))
    if check.unreadable:
        raise refused("ClientException", "\n".join(check.unreadable))


class _Check:
    """One look at the parameters of a call; paths are written as botocore writes them.

    Structures of the model do not hold themselves, so that a value is followed no deeper than the
    model goes, even if it does.
    """

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self.shapes = shapes
        self.problems: list[str] = []
        self.unreadable: list[str] = []

    def value(self, shape: Shape, value: Any, path: str) -> None:
        kind = shape["type"]
        allowed = _TYPES[kind]
        right: bool = isinstance(value, allowed)
        if not right:
            self.problems.append(
                f"Invalid type for parameter {_name(path)}, value: {_text(value)}, "
                f"type: {type(value)}, valid types: {', '.join(map(str, allowed))}"
            )
        elif kind == "structure":
            self.structure(shape, value, path)
        elif kind == "map":
            key_shape, value_shape = self.shapes[shape["key"]], self.shapes[shape["value"]]
            for key, item in value.items():
                self.value(key_shape, key, f"{path} (key: {_text(key)})")
                self.value(value_shape, item, f"{path}.{_text(key)}")
        else:
            self.scalar(shape, value, path)
            if kind == "list":
                member = self.shapes[shape["member"]]
                for number, item in enumerate(value):
                    self.value(member, item, f"{path}[{number}]")

    def structure(self, shape: Shape, value: dict[Any, Any], path: str) -> None:
        members = shape["members"]
        if "union" in shape and len(value) != 1:
            known = ", ".join(members)
            self.problems.append(
                f"Invalid number of parameters set for tagged union structure {_name(path)}. "
                f"Can only set one of the following keys: {known}."
                if value
                else f"Must set one of the following keys for tagged unionstructure "
                f"{_name(path)}: {known}."
            )
        for name in shape.get("required", ()):
            if name not in value:
                self.problems.append(f'Missing required parameter in {_name(path)}: "{name}"')
        for name in value:
            if name not in members:
                self.problems.append(
                    f'Unknown parameter in {_name(path)}: "{_text(name)}", '
                    f"must be one of: {', '.join(members)}"
                )
        for name, item in value.items():
            if name in members:
                self.value(self.shapes[members[name]], item, f"{path}.{name}")

    def scalar(self, shape: Shape, value: Any, path: str) -> None:
        kind, least = shape["type"], shape.get("min")
        if least is not None:
            sized = kind in ("string", "list")
            if (len(value) if sized else value) < least:
                # botocore prints a length here, and calls it the value.
                number = len(value) if sized else _text(value)
                form = _LENGTH if sized else _RANGE
                self.problems.append(form.format(_name(path), number, least))
        bits = _BITS.get(kind)
        if bits is not None:
            if isinstance(value, bool) or not -(1 << bits) <= value < 1 << bits:
                found = describe_value(value)
                self.unreadable.append(
                    f"{_name(path)} is a whole number of {bits + 1} bits, not {found}."
                )
        elif kind == "double" and (isinstance(value, bool) or not _finite(value)):
            self.unreadable.append(f"{_name(path)} is a number, not {describe_value(value)}.")


def _finite(value: float | Decimal) -> bool:
    """Return whether a number can be written as a double."""
    try:
        return math.isfinite(value)
    except (OverflowError, ValueError):  # too large a whole number; a signalling NaN
        return False


def _name(path: str) -> str:
    return path.removeprefix(".") or "input"


def _text(value: Any) -> str:
    """Return a value for a message: botocore prints it all, here it is never long."""
    if isinstance(value, str) and len(value) < 60:
        return sanitize(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 10**60:
        return str(value)
    return describe_value(value)
