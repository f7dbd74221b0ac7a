"""A page of a list as a call of ECS asks for it: ``maxResults`` and ``nextToken``.

In: the whole list and the parameters of a call.  Out: a page and the token of the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from placement.aws.paginators import InvalidTokenError, page_of
from placement.ecs.errors import client_error

__all__ = ["page"]

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    parameters: Mapping[str, Any],
    limit: int = 100,
    usual: int | None = None,
) -> tuple[list[Item], str | None]:
    """Return the page that a call asks for, and the token of the next one (None: it is the last).

    Args:
        items: The whole list, always in the same order.
        parameters: The call's parameters, of which ``maxResults`` and ``nextToken`` are read.
        limit: The largest ``maxResults``.
        usual: The size of a page without ``maxResults``; None: ``limit``.

    Raises:
        InvalidParameterException: ``maxResults`` is not from 1 to ``limit``, or ``nextToken`` is
            not a token of ours.
    """
    size = parameters.get("maxResults", limit if usual is None else usual)
    if size > limit and usual is not None:
        message = f"Max results can not be greater than {limit}"
        raise client_error("InvalidParameterException", message)
    if not 1 <= size <= limit:
        raise client_error("InvalidParameterException", f"maxResults must be from 1 to {limit}.")
    try:
        return page_of(items, size, parameters.get("nextToken"))
    except InvalidTokenError:
        raise client_error("InvalidParameterException", "Invalid token.") from None
