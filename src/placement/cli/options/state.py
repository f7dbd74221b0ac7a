"""The cluster that the files of ``--state`` describe.

In: names of files with what the AWS CLI prints.  Out: a ``Cluster``, or a ``DocumentError`` that
names the file, and the path in that file, of what is wrong.  What a field may hold is known to
``placement.documents``; this module only finds the file and path that its error is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from placement import Cluster, DocumentError
from placement.cli.options.reading import read_json_sequence, shown_name

__all__ = ["State", "read_cluster", "read_state"]

EXPECTED = "what 'aws ecs describe-container-instances' prints"

_LISTS = ("containerInstances", "tasks", "taskDefinitions", "protectedTasks")

_DEFINITION = "taskDefinition"
"""The member of what describe-task-definition prints: one definition, not a list."""

_PART = re.compile(rf"({'|'.join(_LISTS)})\[([0-9]+)\](.*)", re.DOTALL)

_OTHER_CALLS = {
    "containerInstanceArns": "list-container-instances",
    "taskArns": "list-tasks",
    "clusters": "describe-clusters",
}
"""Calls whose output is easily given by mistake, by a member that it has."""


@attrs.frozen
class _List:
    """Documents of one kind in a file, and where in it they are."""

    documents: list[Any]
    path: str
    single: bool = False
    """Whether the path is that of the only document, not of a list."""

    def place(self, number: int) -> str:
        return self.path if self.single else f"{self.path}[{number}]"


@attrs.frozen
class _Page:
    """What one call has printed: lists of documents by their names in the API."""

    file: str
    lists: Mapping[str, _List]

    def documents(self, name: str) -> list[Any]:
        return self.lists[name].documents if name in self.lists else []


@attrs.frozen
class State:
    """The documents in some files, read but not looked into."""

    pages: list[_Page]

    @property
    def instances(self) -> int:
        """How many container instances the documents hold."""
        return sum(len(page.documents("containerInstances")) for page in self.pages)

    def definitions(self) -> list[Mapping[str, Any]]:
        """Return the task definitions in the documents."""
        found = [one for page in self.pages for one in page.documents("taskDefinitions")]
        return [one for one in found if isinstance(one, Mapping)]

    def cluster(self) -> Cluster:
        """Return the cluster that the documents describe together.

        Raises:
            DocumentError: one has not the form that ECS gives it.
        """
        together = {
            name: [document for page in self.pages for document in page.documents(name)]
            for name in _LISTS
        }
        try:
            return Cluster.from_ecs(together)
        except DocumentError as error:
            raise _in_its_file(error, self.pages) from None


def read_state(files: Sequence[str]) -> State:
    """Return the documents in some files.

    Raises:
        DocumentError: a file cannot be read or holds other documents.
    """
    pages = [
        page
        for file in files
        for page in _pages(shown_name(file), read_json_sequence(file, EXPECTED))
    ]
    if not any("containerInstances" in page.lists for page in pages):
        names = ", ".join(map(shown_name, files))
        raise DocumentError(f"{names}: no container instances; expected {EXPECTED}", "")
    return State(pages)


def read_cluster(files: Sequence[str]) -> Cluster:
    """Return the cluster that the documents in some files describe together.

    Raises:
        DocumentError: a file cannot be read or has not the form that ECS gives it.
    """
    return read_state(files).cluster()


def _pages(file: str, document: Any) -> Iterator[_Page]:
    """Yield the documents in a file: one, a list of them, or a bare list of instances."""
    if isinstance(document, list) and any(map(_is_page, document)):
        for number, page in enumerate(document):
            if not (isinstance(page, Mapping) and "clusters" in page and not _is_page(page)):
                yield from _page(file, page, f"[{number}]")
    elif isinstance(document, list) and any(map(_is_instance, document)):
        # What ``--query containerInstances`` leaves.
        yield _Page(file, {"containerInstances": _List(document, "")})
    else:
        yield from _page(file, document, "")


def _is_instance(document: Any) -> bool:
    return isinstance(document, Mapping) and "containerInstanceArn" in document


def _is_page(document: Any) -> bool:
    return isinstance(document, Mapping) and not {*_LISTS, _DEFINITION}.isdisjoint(document)


def _page(file: str, document: Any, path: str) -> Iterator[_Page]:
    if not _is_page(document):
        raise DocumentError(f"{file}: expected {EXPECTED}, not {_described(document)}", path)
    inside = f"{path}." if path else ""
    lists = {}
    for name in _LISTS:
        found = document.get(name)
        if not isinstance(found, list | None):
            raise DocumentError(f"{file}: expected a list", f"{inside}{name}")
        if found is not None:
            lists[name] = _List(found, f"{inside}{name}")
    yield _Page(file, lists)
    if document.get(_DEFINITION) is not None:
        single = _List([document[_DEFINITION]], f"{inside}{_DEFINITION}", single=True)
        yield _Page(file, {"taskDefinitions": single})


def _described(document: Any) -> str:
    """Return in words what a document is that has not the right form."""
    if not isinstance(document, Mapping):
        kinds = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
        return kinds.get(type(document), "a number")
    for key, call in _OTHER_CALLS.items():
        if key in document:
            return f"what '{call}' prints"
    return "an object without containerInstances"


def _in_its_file(error: DocumentError, pages: list[_Page]) -> DocumentError:
    """Return an error about the merged document as one about the file it came from."""
    found = _PART.fullmatch(error.path)
    if found is None:
        return error
    name, number, rest = found[1], int(found[2]), found[3]
    for page in pages:
        documents = page.documents(name)
        if number < len(documents):
            return DocumentError(
                f"{page.file}: {error.message}", f"{page.lists[name].place(number)}{rest}"
            )
        number -= len(documents)
    return error
