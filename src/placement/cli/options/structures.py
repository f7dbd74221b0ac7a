"""Options that take one structure of the API, and ``--cli-input-json``.

In: ``key=value,key={...}``, JSON, or ``file://`` and the name of a file with JSON.  Out: an object
whose members have the types that the API's model gives them, or an error in the model's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from placement import DocumentError
from placement.aws.service_model import Shape, StructureShape
from placement.aws.shapes import ShapeWalker
from placement.cli.options.items import FILE, ItemsOption, bytes_of, named_file, objects
from placement.cli.options.parsing import parse_json
from placement.ecs.service import check_parameters, input_shape
from placement.errors import describe_value

__all__ = [
    "InputJson",
    "InputYaml",
    "MemberItemsOption",
    "StructureOption",
    "merged",
    "yaml_parameters",
]

EXPECTED = "an object, or key=value,key={...}"


class StructureOption(click.Option):
    """An option whose value is one object of the API, None if not given.

    ``member`` is the name of the parameter in the calls that take it.
    """

    def __init__(self, names: list[str], *, member: str, **attributes: Any) -> None:
        super().__init__(names, metavar="STRUCTURE", **attributes)
        self.member = member

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the object that the text says."""
        text = super().process_value(ctx, value)
        if not isinstance(text, str):  # not given
            return text
        flag, stripped = self.opts[0], text.strip()
        if stripped.startswith(FILE):
            return _object(named_file(stripped, EXPECTED), flag)
        if stripped.startswith(("{", "[")):
            return _object(parse_json(stripped, flag, EXPECTED), flag)
        (found,) = objects(flag, [text])
        shape = input_shape("RunTask").members[self.member]
        return _ShorthandTypes().walk(shape, found)


class MemberItemsOption(ItemsOption):
    """An option of several items whose value is one list of the API, None if not given.

    ``member`` is the name of the parameter in RunTask.
    """

    def __init__(self, names: list[str], *, member: str, **attributes: Any) -> None:
        super().__init__(names, **attributes)
        self.member = member

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the list; texts of shorthand get the types of their shapes."""
        items = super().process_value(ctx, value)
        if items is None:
            return None
        return _ShorthandTypes().walk(input_shape("RunTask").members[self.member], items)


class InputJson(click.Option):
    """``--cli-input-json``: the parameters of a whole call, None if not given."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Return the parameters."""
        text = super().process_value(ctx, value)
        if not isinstance(text, str):  # not given
            return text
        expected = "the parameters of the call as an object"
        if text.strip().startswith(FILE):
            return _object(named_file(text.strip(), expected), self.opts[0])
        return _object(parse_json(text, self.opts[0], expected), self.opts[0])


class InputYaml(click.Option):
    """``--cli-input-yaml``: the same as YAML; ``yaml_parameters`` returns them."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Keep the parameters for the call."""
        text = super().process_value(ctx, value)
        if not isinstance(text, str):  # not given
            return text
        from placement.cli.options.located import parse_located  # with the reader of YAML

        data, name = bytes_of(self.opts[0], text)
        document = parse_located(data, name, "the parameters of the call as an object")
        ctx.meta[YAML] = _object(document.value, self.opts[0])
        return text


YAML = f"{__name__}.yaml"


def yaml_parameters() -> dict[str, Any] | None:
    """Return what ``--cli-input-yaml`` of the running command says, None if it was not given."""
    found: dict[str, Any] | None = click.get_current_context().meta.get(YAML)
    return found


def _object(document: Any, flag: str) -> Any:
    if not isinstance(document, dict):
        raise DocumentError(f"{flag}: expected an object, not {describe_value(document)}", "")
    return document


class _ShorthandTypes(ShapeWalker):
    """Gives the values of shorthand, which are texts, the types of their shapes.

    What does not fit stays as it is: the check of the call's parameters says what is wrong.
    """

    def accept(self, shape: Shape, value: Any, _path: str, /) -> Any:
        match shape.type_name:
            case "list" if not isinstance(value, list):
                return [value]
            case "integer" | "long" if isinstance(value, str) and _is_number(value):
                return int(value)
            case "boolean" if value in ("true", "false"):
                return value == "true"
        return value

    def accept_unknown(self, _shape: StructureShape, _name: Any, value: Any, _path: str, /) -> Any:
        return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdigit() and len(text) < 20


def merged(
    operation: str, document: dict[str, Any] | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the parameters of a call: those of ``--cli-input-json`` and of options, which win.

    Args:
        operation: The API's name of the call.
        document: What ``--cli-input-json`` says.
        options: Parameters that were given as options; None: not given.

    Raises:
        ParamValidationError: one is unknown or of the wrong type.
    """
    given = {**(document or {}), **{name: one for name, one in options.items() if one is not None}}
    required = input_shape(operation).required
    placeholders = {"taskDefinition": "", "containerInstances": []}
    known = {name: placeholders[name] for name in required if name in placeholders}
    check_parameters(operation, {**known, **given})
    return given
