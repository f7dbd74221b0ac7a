"""A page of a list as a call of ``elbv2`` asks for it: ``PageSize`` and ``Marker``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.calls.elbv2.errors import invalid

__all__ = ["page"]

Item = TypeVar("Item")

MAX_PAGE = 400


def page(
    keys: Sequence[str], records: Mapping[str, Item], parameters: Mapping[str, Any]
) -> tuple[list[Item], dict[str, str]]:
    """Return the records of a page, and ``NextMarker`` if another page follows.

    Args:
        keys: The keys of the whole list, always in the same order.
        records: The records by key.
        parameters: The call's parameters.
    """
    try:
        found, token = page_of(keys, parameters.get("PageSize", MAX_PAGE), parameters.get("Marker"))
    except InvalidTokenError:
        raise invalid("The marker is none that a call answered with") from None
    following = {} if token is None else {"NextMarker": token}
    return [records[key] for key in found], following
