"""Lists in pages: one page of a list, and boto3's paginators.

In: a whole list, the size of a page and its token; or a call that answers in pages.  Out: a page
and the token of the next one; or one page after another.  Knows no service.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from placement.aws.errors import ParamValidationError
from placement.aws.service_model import Pagination
from placement.errors import UsageError, describe_value, sanitize

__all__ = ["InvalidTokenError", "PageIterator", "Paginator", "page_of"]

Item = TypeVar("Item")

Call = Callable[..., dict[str, Any]]


# A page


class InvalidTokenError(ValueError):
    """A token of a page is none that ``page_of`` returned."""


def page_of(items: Sequence[Item], size: int, token: str | None) -> tuple[list[Item], str | None]:
    """Return a page of a list, and the token of the next page (None: it is the last).

    A token holds a digest of the last item of its page.  If the list has changed in between, the
    next page starts after that item; if the item is gone, at the position it had.

    Args:
        items: The whole list, always in the same order.
        size: How many items the page has at most, from 1.
        token: The token that came with the page before; None: the first page.

    Raises:
        InvalidTokenError: ``token`` is not one that this function returned.
    """
    start = 0 if token is None else _start(items, token)
    end = start + size
    following = _token(end, items[end - 1]) if end < len(items) else None
    return list(items[start:end]), following


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _token(end: int, last: Any) -> str:
    """Return the token of the page that begins at ``end``, after the item ``last``."""
    text = f"{end}.{_digest(repr(last))}"
    return base64.urlsafe_b64encode(f"{text}.{_digest(text)}".encode()).decode()


def _start(items: Sequence[Any], token: str) -> int:
    """Return where the page of a token begins."""
    try:
        text, _, check = base64.b64decode(token, b"-_", validate=True).decode().rpartition(".")
    except (binascii.Error, ValueError):
        raise InvalidTokenError(token) from None
    if check != _digest(text):
        raise InvalidTokenError(token)
    number, _, last = text.partition(".")
    end = int(number)
    if end <= len(items) and _digest(repr(items[end - 1])) == last:
        return end
    for place, item in enumerate(items):
        if _digest(repr(item)) == last:
            return place + 1
    return min(end - 1, len(items))


# Paginators


class Paginator:
    """What ``client.get_paginator("list_tasks")`` returns.

    Args:
        call: The client's method.
        pagination: How it answers in pages.
    """

    def __init__(self, call: Call, pagination: Pagination) -> None:
        self._call = call
        self._pagination = pagination

    def __repr__(self) -> str:
        return f"<Paginator of {getattr(self._call, '__name__', 'a call')}>"

    def paginate(self, **parameters: Any) -> PageIterator:
        """Return the pages, each an answer of the call, which is made when a page is asked for.

        ``PaginationConfig`` may hold ``MaxItems`` (of all pages together), ``PageSize`` and
        ``StartingToken``.

        Raises:
            ParamValidationError: ``PaginationConfig`` is not of this form.
        """
        return PageIterator(self._call, self._pagination, parameters)


class PageIterator:
    """The pages of a call.

    Attributes:
        resume_token: The token of what follows after ``MaxItems`` items, once the pages have been
            iterated to their end; None: nothing follows.
    """

    def __init__(self, call: Call, pagination: Pagination, parameters: dict[str, Any]) -> None:
        self._call = call
        self._pagination = pagination
        self._parameters = dict(parameters)
        given = self._parameters.pop("PaginationConfig", None)
        config = {} if given is None else given
        self._max_items = _whole_number(config, "MaxItems")
        size = _whole_number(config, "PageSize")
        if size is not None:
            self._parameters[pagination.limit_key] = size
        if config.get("StartingToken") is not None:
            self._parameters[pagination.input_token] = config["StartingToken"]
        self.resume_token: str | None = None

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for answer, resume_token in self._pages():
            yield answer
            self.resume_token = resume_token

    def search(self, expression: str) -> Iterator[Any]:
        """Yield what a JMESPath expression finds in each page; the items of lists one by one.

        Raises:
            UsageError: the expression is none, or does not fit what is in a page.
        """
        compiled = _compiled(expression)
        return (item for page in self for item in _searched(compiled, page, expression))

    def build_full_result(self) -> dict[str, Any]:
        """Return all pages as one; with ``NextToken`` where ``MaxItems`` left something out."""
        full: dict[str, Any] = {}
        for answer, resume_token in self._pages():
            for key in self._pagination.result_keys:
                if key in answer:
                    full.setdefault(key, []).extend(answer[key])
            self.resume_token = resume_token
            if resume_token is not None:
                full["NextToken"] = resume_token
        return full

    def _pages(self) -> Iterator[tuple[dict[str, Any], str | None]]:
        """Yield each page, the last one with the token of what ``MaxItems`` cuts off, if any."""
        primary, limit_key = self._pagination.result_keys[0], self._pagination.limit_key
        parameters = dict(self._parameters)
        left = self._max_items
        while True:
            answer = self._call(**parameters)
            if left is not None and len(answer.get(primary, ())) > left:
                # The same page, so short that the next token is the one to resume with.
                answer = self._call(**{**parameters, limit_key: left})
            token = answer.get(self._pagination.output_token)
            if left is not None:
                left -= len(answer.get(primary, ()))
            yield answer, token if left == 0 else None
            if token is None or left == 0:
                return
            parameters[self._pagination.input_token] = token


def _compiled(expression: Any) -> Any:
    """Return a JMESPath expression, parsed.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(expression, str):
        raise UsageError(f"expected a JMESPath expression, not {describe_value(expression)}")
    import jmespath  # here alone, so that clients do not wait for it

    try:
        return jmespath.compile(expression)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise UsageError(_why(expression, error)) from None


def _searched(compiled: Any, page: dict[str, Any], expression: str) -> list[Any]:
    """Return what an expression finds in a page, as a list."""
    import jmespath

    try:
        found = compiled.search(page)
    except (jmespath.exceptions.JMESPathError, RecursionError) as error:
        raise UsageError(_why(expression, error)) from None
    return found if isinstance(found, list) else [found]


def _why(expression: str, error: Exception) -> str:
    """Return why an expression cannot be used."""
    reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    return sanitize(f"the JMESPath expression {describe_value(expression)}: {reason}"[:1000])


def _whole_number(config: Any, name: str) -> int | None:
    """Return a number of ``PaginationConfig``, None where it is not given."""
    if not isinstance(config, Mapping):
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
