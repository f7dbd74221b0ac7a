"""A document about a whole cluster, taken apart.

In: what commands of the AWS CLI printed about one cluster, in one object or in several.  Out: the
documents of its instances, tasks and task definitions, unread, or ``DocumentError``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from placement.documents.fields import kind, listed
from placement.errors import DocumentError

__all__ = ["Parts", "split_document"]


@attrs.frozen
class Parts:
    """The documents that describe a cluster, each kind in the order in which they were given.

    Attributes:
        instances: Elements of ``containerInstances``; may be an iterator.
        path: Where they stand.
        tasks: Elements of ``tasks``.
        definitions: Elements of ``taskDefinitions``.
        protections: Elements of ``protectedTasks``.
        clusters: Elements of ``clusters``.
    """

    instances: Iterable[Any]
    path: str
    tasks: list[Any] = attrs.field(factory=list)
    definitions: list[Any] = attrs.field(factory=list)
    protections: list[Any] = attrs.field(factory=list)
    clusters: list[Any] = attrs.field(factory=list)


_LISTS = ("containerInstances", "tasks", "taskDefinitions", "protectedTasks", "clusters")
_DEFINITION = "taskDefinition"
"""What describe-task-definition prints has one definition, and no list of them."""


def split_document(document: Any) -> Parts:
    """Return the parts of a document.

    ``document`` is an object with ``containerInstances`` (what describe-container-instances prints)
    and perhaps ``tasks`` (describe-tasks), ``taskDefinitions`` (several of what
    describe-task-definition prints as ``taskDefinition``), ``protectedTasks``
    (get-task-protection) and ``clusters`` (describe-clusters); or a list of such objects, each with
    one or more of these; or a list or any iterable of instance documents.

    Raises:
        DocumentError: it is nothing of that kind.
    """
    if isinstance(document, Mapping):
        listed(document, "containerInstances", "")
        return _joined([_page(document, "")])
    if isinstance(document, list) and any(map(_is_page, document)):
        return _joined([_page(page, f"[{number}]") for number, page in enumerate(document)])
    if isinstance(document, (str, bytes)) or not isinstance(document, Iterable):
        message = f"expected a document of describe-container-instances, not {kind(document)}"
        raise DocumentError(message, "")
    return Parts(document, "")


def _is_page(document: Any) -> bool:
    return isinstance(document, Mapping) and not {*_LISTS, _DEFINITION}.isdisjoint(document)


def _page(document: Any, path: str) -> list[list[Any]]:
    """Return the lists of one object, in the order of ``_LISTS``."""
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected an object, not {kind(document)}", path)
    inside = f"{path}." if path else ""
    found = {name: listed(document, name, inside, missing=True) for name in _LISTS}
    if document.get(_DEFINITION) is not None:
        found["taskDefinitions"] = [*found["taskDefinitions"], document[_DEFINITION]]
    return list(found.values())


def _joined(pages: list[list[list[Any]]]) -> Parts:
    lists = [[one for page in pages for one in page[place]] for place in range(len(_LISTS))]
    return Parts(lists[0], _LISTS[0], *lists[1:])
