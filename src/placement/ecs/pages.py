"""Lists in pages: what one call answers, and boto3's paginators.

In: the whole list, ``maxResults`` and ``nextToken``.  Out: a page and the token of the next one; or
one page after another.  Knows no operation but the names of those that list.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from placement.ecs.calls import Calls
from placement.ecs.errors import ParamValidationError, refused
from placement.errors import UsageError, describe_value

__all__ = ["LISTS", "PageIterator", "Paginator", "can_paginate", "page"]

Item = TypeVar("Item")

LISTS = {
    "list_attributes": "attributes",
    "list_clusters": "clusterArns",
    "list_container_instances": "containerInstanceArns",
    "list_task_definition_families": "families",
    "list_task_definitions": "taskDefinitionArns",
    "list_tasks": "taskArns",
}
"""The methods that answer in pages, and the field that holds a page."""


# A page


def page(
    items: Sequence[Item], given: Mapping[str, Any], limit: int = 100
) -> tuple[list[Item], str | None]:
    """Return the page that a call asks for, and the token of the next one (None: it is the last).

    A token remembers the last item of its page: a list that has become longer or shorter meanwhile
    goes on behind it; if the item itself is gone, at its place.

    Args:
        items: Everything there is, always in the same order.
        given: The call's parameters, of which ``maxResults`` and ``nextToken`` are read.
        limit: The largest ``maxResults``, and how many there are without it.

    Raises:
        InvalidParameterException: ``maxResults`` is not from 1 to ``limit``, or ``nextToken`` is
            none of ours.
    """
    size = given.get("maxResults", limit)
    if not 1 <= size <= limit:
        raise refused("InvalidParameterException", f"maxResults must be from 1 to {limit}.")
    start = _start(items, given["nextToken"]) if given.get("nextToken") is not None else 0
    end = start + size
    token = _token(end, items[end - 1]) if end < len(items) else None
    return list(items[start:end]), token


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _token(end: int, last: Any) -> str:
    """Return the token of the page that begins at ``end``, behind ``last``."""
    text = f"{end}.{_digest(repr(last))}"
    return base64.urlsafe_b64encode(f"{text}.{_digest(text)}".encode()).decode()


def _start(items: Sequence[Any], token: str) -> int:
    """Return where the page of a token begins."""
    wrong = refused("InvalidParameterException", "Invalid token.")
    try:
        text, _, check = base64.b64decode(token, b"-_", validate=True).decode().rpartition(".")
    except (binascii.Error, ValueError):
        raise wrong from None
    if check != _digest(text):
        raise wrong
    number, _, last = text.partition(".")
    end = int(number)
    if end <= len(items) and _digest(repr(items[end - 1])) == last:
        return end
    for place, item in enumerate(items):
        if _digest(repr(item)) == last:
            return place + 1
    return min(end - 1, len(items))


# Paginators


def can_paginate(operation_name: str) -> bool:
    """Return whether a method answers in pages."""
    return isinstance(operation_name, str) and operation_name in LISTS


class Paginator:
    """``client.get_paginator("list_tasks")``.

    Raises:
        UsageError: the method does not answer in pages.
    """

    def __init__(self, client: Calls, operation_name: str) -> None:
        if not can_paginate(operation_name):
            raise UsageError(f"{describe_value(operation_name)} does not answer in pages")
        self._call = getattr(client, operation_name)
        self._field = LISTS[operation_name]

    def paginate(self, **parameters: Any) -> PageIterator:
        """Return the pages, each an answer of the call; they are asked for one after another.

        ``PaginationConfig`` may hold ``MaxItems`` (all pages together), ``PageSize`` and
        ``StartingToken``.

        Raises:
            ParamValidationError: ``PaginationConfig`` is not of this form.
        """
        return PageIterator(self._call, self._field, parameters)


class PageIterator:
    """Pages of a call; ``resume_token`` says where the rest begins after ``MaxItems``."""

    def __init__(self, call: Any, field: str, parameters: dict[str, Any]) -> None:
        self._call = call
        self._field = field
        self._parameters = dict(parameters)
        config = self._parameters.pop("PaginationConfig", None)
        config = {} if config is None else config
        self._max_items = _whole(config, "MaxItems")
        size = _whole(config, "PageSize")
        if size is not None:
            self._parameters["maxResults"] = size
        if config.get("StartingToken") is not None:
            self._parameters["nextToken"] = config["StartingToken"]
        self.resume_token: str | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        parameters = dict(self._parameters)
        left = self._max_items
        while True:
            if left is not None:
                # Never more than are left: so the next token is the one to resume with.
                parameters["maxResults"] = min(parameters.get("maxResults", 100), left)
            answer = self._call(**parameters)
            yield answer
            token = answer.get("nextToken")
            if left is not None:
                left -= len(answer[self._field])
            if token is None or left == 0:
                self.resume_token = token
                return
            parameters["nextToken"] = token

    def build_full_result(self) -> dict[str, Any]:
        """Return all pages as one; with ``NextToken`` where ``MaxItems`` has cut it short."""
        found: list[Any] = []
        for answer in self:
            found += answer[self._field]
        full: dict[str, Any] = {self._field: found}
        if self.resume_token is not None:
            full["NextToken"] = self.resume_token
        return full


def _whole(config: Any, name: str) -> int | None:
    """Return a number of ``PaginationConfig``, None where it is not given."""
    if not isinstance(config, dict):
        raise ParamValidationError(
            report=f"PaginationConfig is a dict, not {describe_value(config)}"
        )
    value = config.get(name)
    if value is None:
        return None
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ParamValidationError(report=f"{name} is a number from 1, not {describe_value(value)}")
    return number
