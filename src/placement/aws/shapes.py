"""Values and the shapes that an API's model gives them: one walker, and the check of parameters.

In: a shape and a value.  Out: the value again, as a visitor of its parts has made it; of the
parameters of a call a copy, or ``ParamValidationError`` with everything that is wrong, in
botocore's words.  Whether a value makes sense is checked by the operations: here only what the wire
cannot carry is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from placement.aws.errors import Exceptions, ParamValidationError, client_error
from placement.aws.service_model import ListShape, MapShape, Shape, StructureShape
from placement.errors import describe_value, sanitize

__all__ = ["REJECTED", "ShapeWalker", "checked_parameters", "member_path", "plain_copy"]

REJECTED: Final = object()
"""What a visitor returns for a part that is to be left out."""


def member_path(path: str, name: str) -> str:
    """Return the path of a member of what is at ``path``: ``overrides.cpu``."""
    return f"{path}.{name}" if path else name


class ShapeWalker:
    """Follows a value along its shape and rebuilds it from its parts.

    A subclass overrides the ``accept`` methods; what they return takes the place of the part, and
    ``REJECTED`` leaves it out.  A value is followed no deeper than its shape goes, even if it
    contains itself.
    """

    def walk(self, shape: Shape, value: Any, path: str = "") -> Any:
        """Return the value as the visitor makes it, or ``REJECTED``.

        A value that ``accept`` lets pass although it is not of its shape's type is returned as is.
        """
        value = self.accept(shape, value, path)
        if isinstance(shape, StructureShape):
            if isinstance(value, Mapping):
                return self._structure(shape, value, path)
        elif isinstance(shape, ListShape):
            if isinstance(value, (list, tuple)):
                return list(self._list_items(shape, value, path))
        elif isinstance(shape, MapShape) and isinstance(value, Mapping):
            return dict(self._map_items(shape, value, path))
        return value

    def accept(self, _shape: Shape, value: Any, _path: str, /) -> Any:
        """Return a value, converted or not, before its parts are visited."""
        return value

    def accept_unknown(self, _shape: StructureShape, _name: Any, _value: Any, _path: str, /) -> Any:
        """Return the value of a member that a structure's shape does not have."""
        return REJECTED

    def accept_key(self, _shape: MapShape, key: Any, _path: str, /) -> Any:
        """Return a key of a map."""
        return key

    def replace_item(self, _shape: Shape, /) -> Any:
        """Return what takes the place of a rejected item in a list; its shape is given."""
        return REJECTED

    def key_text(self, key: Any) -> str:
        """Return a key of a map as part of a path."""
        return str(key)

    def _structure(
        self, shape: StructureShape, value: Mapping[Any, Any], path: str
    ) -> dict[Any, Any]:
        found = {}
        for name, item in value.items():
            if name in shape.members:
                part = self.walk(shape.members[name], item, member_path(path, name))
            else:
                part = self.accept_unknown(shape, name, item, path)
            if part is not REJECTED:
                found[name] = part
        return found

    def _map_items(
        self, shape: MapShape, value: Mapping[Any, Any], path: str
    ) -> Iterator[tuple[Any, Any]]:
        for key, item in value.items():
            accepted = self.accept_key(shape, key, path)
            part = self.walk(shape.value, item, member_path(path, self.key_text(key)))
            if accepted is not REJECTED and part is not REJECTED:
                yield accepted, part

    def _list_items(
        self, shape: ListShape, value: list[Any] | tuple[Any, ...], path: str
    ) -> Iterator[Any]:
        for number, item in enumerate(value):
            part = self.walk(shape.member, item, f"{path}[{number}]")
            if part is REJECTED:
                part = self.replace_item(shape.member)
            if part is not REJECTED:
                yield part


# Parameters of a call

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
"""The Python types that botocore takes for each type of the model."""

_JSON_TYPES = (str, int, bool, float, list, dict)
"""The Python types that botocore takes inside a document."""

MAX_DOCUMENT_DEPTH = 100
"""Levels of lists and objects in a document."""

_BITS = {"integer": 31, "long": 63}

_RANGE = "Invalid value for parameter {}, value: {}, valid min value: {}"
_LENGTH = "Invalid length for parameter {}, value: {}, valid min length: {}"


def checked_parameters(
    shape: StructureShape, parameters: Mapping[str, Any], exceptions: Exceptions
) -> dict[str, Any]:
    """Return a copy of the parameters of a call, of Python's own types, if they are valid.

    Args:
        shape: The operation's input shape.
        parameters: What was passed to the call.
        exceptions: The exceptions of the service.

    Raises:
        ParamValidationError: one is unknown, missing or of the wrong type (C23).
        ClientError: a number that botocore would send and the service cannot read, with the code
            ``exceptions.unreadable_code``: a truth value, one that is infinite, or one that needs
            more than 32 or 64 bits; a document that is nested too deeply.
    """
    check = _ParameterCheck()
    found: dict[str, Any] = check.walk(shape, parameters)
    if check.problems:
        raise ParamValidationError(report="\n".join(check.problems))
    if check.unreadable:
        message = "\n".join(check.unreadable)
        raise client_error(exceptions, exceptions.unreadable_code, message)
    return found


class _ParameterCheck(ShapeWalker):
    """The check of the parameters of one call; paths are written as botocore writes them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.unreadable: list[str] = []

    def accept(self, shape: Shape, value: Any, path: str, /) -> Any:
        if shape.type_name == "timestamp":
            return self._moment(value, path)
        if shape.type_name == "document":
            return self._document(value, path, MAX_DOCUMENT_DEPTH)
        allowed = _TYPES[shape.type_name]
        right: bool = isinstance(value, allowed)
        if not right:
            self.problems.append(
                f"Invalid type for parameter {path or 'input'}, value: {_text(value)}, "
                f"type: {type(value)}, valid types: {', '.join(map(str, allowed))}"
            )
            return REJECTED
        if isinstance(shape, StructureShape):
            self._check_members(shape, value, path or "input")
            return value
        if isinstance(shape, MapShape):
            return value
        self._check_range(shape, value, path)
        return value if isinstance(shape, ListShape) else plain_copy(value)

    def accept_key(self, shape: MapShape, key: Any, path: str, /) -> Any:
        return self.walk(shape.key, key, f"{path} (key: {_text(key)})")

    def key_text(self, key: Any) -> str:
        return _text(key)

    def _moment(self, value: Any, path: str) -> Any:
        """Return a point in time in UTC, which it is also taken to be in without an offset.

        It is a datetime, a number of seconds since 1970, or either of these as text.
        """
        try:
            if isinstance(value, str):
                value = _number_or_moment(value)
            if isinstance(value, (int, float)):
                return datetime.fromtimestamp(value, UTC)
            if isinstance(value, datetime):
                return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except (OSError, OverflowError, ValueError):
            pass
        self.problems.append(
            f"Invalid type for parameter {path}, value: {_text(value)}, type: {type(value)}, "
            f"valid types: {datetime}, timestamp-string"
        )
        return REJECTED

    def _document(self, value: Any, path: str, depth: int) -> Any:
        """Return a copy of a JSON value."""
        if isinstance(value, (dict, list)) and not depth:
            self.unreadable.append(f"{path} is nested too deeply.")
            return REJECTED
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return {
                str.__str__(key): self._document(item, member_path(path, _text(key)), depth - 1)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                self._document(item, f"{path}[{number}]", depth - 1)
                for number, item in enumerate(value)
            ]
        if value is None or isinstance(value, (str, bool)):
            return plain_copy(value)
        if isinstance(value, (int, float)):
            if _is_finite(value):
                return plain_copy(value)
            found = describe_value(value)
            self.unreadable.append(f"{path} is a number that a double can hold, not {found}.")
            return REJECTED
        self.problems.append(
            f"Invalid type for document parameter {path}, value: {_text(value)}, "
            f"type: {type(value)}, valid types: {', '.join(map(str, _JSON_TYPES))}"
        )
        return REJECTED

    def _check_members(self, shape: StructureShape, value: dict[Any, Any], path: str) -> None:
        """Report members that are missing, unknown, or too many for a union."""
        members = shape.members
        if shape.is_union and len(value) != 1:
            known = ", ".join(members)
            self.problems.append(
                f"Invalid number of parameters set for tagged union structure {path}. "
                f"Can only set one of the following keys: {known}."
                if value
                else f"Must set one of the following keys for tagged unionstructure "
                f"{path}: {known}."
            )
        for name in shape.required:
            if name not in value:
                self.problems.append(f'Missing required parameter in {path}: "{name}"')
        for name in value:
            if name not in members:
                self.problems.append(
                    f'Unknown parameter in {path}: "{_text(name)}", '
                    f"must be one of: {', '.join(members)}"
                )

    def _check_range(self, shape: Shape, value: Any, path: str) -> None:
        """Report a value below the model's minimum, and a number that the wire cannot carry."""
        kind, least = shape.type_name, shape.minimum
        if least is not None:
            sized = kind in ("string", "list")
            if (len(value) if sized else value) < least:
                # botocore prints a length here, and calls it the value.
                number = len(value) if sized else _text(value)
                form = _LENGTH if sized else _RANGE
                self.problems.append(form.format(path, number, least))
        bits = _BITS.get(kind)
        if bits is not None:
            if isinstance(value, bool) or not -(1 << bits) <= value < 1 << bits:
                found = describe_value(value)
                self.unreadable.append(f"{path} is a whole number of {bits + 1} bits, not {found}.")
        elif kind == "double" and (isinstance(value, bool) or not _is_finite(value)):
            self.unreadable.append(f"{path} is a number, not {describe_value(value)}.")


def _number_or_moment(text: str) -> float | datetime:
    """Return what a text says: a number of seconds, or a moment in ISO 8601."""
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text)


def _is_finite(value: float | Decimal) -> bool:
    """Return whether a number can be written as a double."""
    try:
        return math.isfinite(value)
    except (OverflowError, ValueError):  # too large a whole number; a signalling NaN
        return False


def _text(value: Any) -> str:
    """Return a value for a message; botocore prints it whole, here it is never long."""
    if isinstance(value, str) and len(value) < 60:
        return sanitize(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 10**60:
        return str(value)
    return describe_value(value)


# Plain data

_IMMUTABLE = frozenset({str, int, bool, float, datetime, type(None)})


def plain_copy(value: Any) -> Any:
    """Return a copy of plain data, of Python's own types, as a trip over the wire would give it."""
    if type(value) in _IMMUTABLE:
        return value
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_copy(item) for item in value]
    if isinstance(value, str):
        return str.__str__(value)
    return int(value) if isinstance(value, int) else value
