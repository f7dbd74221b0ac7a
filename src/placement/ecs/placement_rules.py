"""Placement constraints and strategies as a call gives them, in the words of the API.

In: objects with ``type`` and ``expression`` or ``field``.  Out: values of the engine, or an error
with the path as the API has it.  The rules of values are the engine's; knows no call.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from placement.engine.request import BinPack, DistinctInstance, MemberOf, Random, Spread
from placement.errors import DocumentError, describe_value

__all__ = ["constraints", "placement_rules", "strategies"]

Items = Sequence[Mapping[str, Any]]

MAX_KEPT = 256
"""Strategies that are kept for the next call: to make one checks its field."""


def placement_rules(
    parameters: Mapping[str, Any],
) -> tuple[list[MemberOf | DistinctInstance], list[Spread | BinPack | Random] | None]:
    """Return the constraints and the strategies of a call's parameters.

    Raises:
        CqlError, DocumentError: as ``constraints`` and ``strategies``.
    """
    limits = constraints(parameters.get("placementConstraints"))
    return limits, strategies(parameters.get("placementStrategy"))


def constraints(items: Items | None) -> list[MemberOf | DistinctInstance]:
    """Return the constraints of a call (2.6).

    Raises:
        CqlError: an expression is not valid.
        DocumentError: an object is no constraint.
    """
    if not items:
        return []
    found: list[MemberOf | DistinctInstance] = []
    for path, name, expression in _members(items, "placementConstraints", "expression"):
        match name:
            case "memberOf":
                found.append(MemberOf(_needed(expression, f"{path}.expression", name)))
            case "distinctInstance":
                if expression is not None:
                    message = "distinctInstance expression should not be specified."
                    raise DocumentError(message, f"{path}.expression")
                found.append(DistinctInstance())
            case _:
                message = f"expected memberOf or distinctInstance, not {describe_value(name)}"
                raise DocumentError(message, f"{path}.type")
    return found


def strategies(
    items: Items | None, resources: Collection[str] = ()
) -> list[Spread | BinPack | Random] | None:
    """Return the strategies of a call (2.9, B24); None, for the default ones, where it gives none.

    ``resources`` are names that binpack takes here besides cpu and memory; ECS takes none.

    Raises:
        DocumentError: an object is no strategy.
    """
    if not items:
        return None
    found: list[Spread | BinPack | Random] = []
    for path, name, field in _members(items, "placementStrategy", "field"):
        here = f"{path}.field"
        match name:
            case "spread":
                found.append(_with_field(_spread, _needed(field, here, name), here))
            case "binpack":
                found.append(_with_field(_binpack, _packed(field, here, resources), here))
            case "random":
                if field is not None:
                    raise DocumentError("random field should not be specified.", here)
                found.append(Random())
            case _:
                message = f"expected spread, binpack or random, not {describe_value(name)}"
                raise DocumentError(message, f"{path}.type")
    return found


Made = TypeVar("Made", Spread, BinPack)


_spread = lru_cache(maxsize=MAX_KEPT)(Spread)
_binpack = lru_cache(maxsize=MAX_KEPT)(BinPack)


def _with_field(make: Callable[[str], Made], field: str, path: str) -> Made:
    """Return what ``make`` makes of a field; an error gets the field's path."""
    try:
        return make(field)
    except DocumentError as error:
        raise DocumentError(error.message, path) from None


def _packed(field: str | None, path: str, resources: Collection[str]) -> str:
    """Return the field of a binpack.

    Refuses a resource that no instance registers: it is probably misspelt.
    """
    known = ["cpu", "memory", *(["gpu"] if resources else [])]
    name = _needed(field, path, "binpack")
    if name.lower() not in known and name not in resources:
        message = f"binpack field {describe_value(name)} is invalid."
        if resources:
            message = f"expected {', '.join(known)} or a resource, not {describe_value(name)}"
        raise DocumentError(message, path)
    return name


def _members(items: Items | None, name: str, second: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield path, ``type`` and the other member of each object; both are texts."""
    for number, item in enumerate(items or ()):
        path = f"{name}[{number}]"
        for key, value in item.items():
            if key not in ("type", second):
                raise DocumentError(f"expected type or {second}, not {describe_value(key)}", path)
            if not isinstance(value, str):
                advice = "; text with a comma stands in quotes" if isinstance(value, list) else ""
                raise DocumentError(
                    f"expected text, not {describe_value(value)}{advice}", f"{path}.{key}"
                )
        if "type" not in item:
            raise DocumentError("type is missing", path)
        yield path, item["type"], item.get(second)


def _needed(value: str | None, path: str, name: str) -> str:
    if not value:
        message = f"{name} needs {path.rpartition('.')[2]}"
        raise DocumentError(message, path)
    return value
