"""Checks that several calls of ``elbv2`` make: names, tags, attributes, choices of parameters.

In: parameters whose types are right.  Out: values, or the service's errors.  Knows no record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from placement.ecs.calls.elbv2.errors import invalid, refused
from placement.ecs.control.load_balancing.defaults import AttributeRule
from placement.errors import describe_value, sanitize

__all__ = [
    "changed_attributes",
    "check_name",
    "check_only_one",
    "given",
    "tags_of",
]

MAX_TAGS = 50


def check_name(name: str, what: str) -> None:
    """Refuse a name that a load balancer or target group cannot have."""
    if len(name) > 32:
        raise invalid(f"{what} name {describe_value(name)} cannot be longer than 32 characters")
    if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", name):
        raise invalid(
            f"{what} name {describe_value(name)} can only have letters, digits and hyphens, and "
            "cannot begin or end with a hyphen"
        )


def given(parameters: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of the parameters that were given."""
    return {name: parameters[name] for name in names if name in parameters}


def check_only_one(
    parameters: Mapping[str, Any], names: Sequence[str], *, is_needed: bool = False
) -> None:
    """Refuse more than one of several parameters, or none where one is needed."""
    found = [name for name in names if parameters.get(name)]
    if len(found) > 1:
        raise invalid(f"{' and '.join(found)} cannot be specified together")
    if is_needed and not found:
        raise invalid(f"One of {', '.join(names)} must be specified")


def tags_of(
    documents: Sequence[Mapping[str, str]], *, duplicate_code: str = "ValidationError"
) -> dict[str, str]:
    """Return tags by key.

    Args:
        documents: As the API has them.
        duplicate_code: The code of the operation for a key that comes twice.
    """
    found: dict[str, str] = {}
    for tag in documents:
        key = tag["Key"]
        if key in found:
            message = f"Tag key {describe_value(key)} is specified more than once"
            raise refused(duplicate_code, message)
        if key.lower().startswith("aws:"):
            raise invalid(f"Tag key {describe_value(key)} begins with aws:, which is reserved")
        found[key] = tag.get("Value", "")
    if len(found) > MAX_TAGS:
        raise refused("TooManyTags", f"A resource can have at most {MAX_TAGS} tags")
    return found


def changed_attributes(
    rules: Mapping[str, AttributeRule], before: Mapping[str, str], documents: Any
) -> dict[str, str]:
    """Return attributes with those that a call gives.

    Args:
        rules: The attributes that there are.
        before: The attributes as they are.
        documents: Keys and values, as the API has them.
    """
    found = dict(before)
    for one in documents:
        key, value = one.get("Key", ""), one.get("Value", "")
        if key not in rules:
            raise invalid(f"Attribute key {describe_value(key)} is not recognised")
        if not rules[key].is_allowed(value):
            raise invalid(f"{sanitize(key)} is {rules[key].expected}, not {describe_value(value)}")
        found[key] = value
    return found
