"""The cluster that the files of ``--state`` describe.

In: names of files with what the AWS CLI prints.  Out: a ``Cluster``, or a ``DocumentError`` that
names the file, and the path in that file, of what is wrong.  What a field may hold is for
``placement.documents`` to say; here it is only told which file it stood in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from placement import Cluster, DocumentError
from placement.cli.inputs import read_json, shown_name

__all__ = ["read_cluster"]

EXPECTED = "what 'aws ecs describe-container-instances' prints"

_PART = re.compile(r"(containerInstances|tasks)\[([0-9]+)\](.*)", re.DOTALL)

_OTHER_CALLS = {
    "containerInstanceArns": "list-container-instances",
    "taskArns": "list-tasks",
    "clusters": "describe-clusters",
    "taskDefinition": "describe-task-definition",
}
"""Documents that are easily taken for the right one, by what they hold."""


_ITSELF = "$"
"""The path of a list that is the whole document."""


@attrs.frozen
class _Page:
    """One document in a file, and where in it its lists are ("" for a list that is not there)."""

    file: str
    instances: list[Any]
    tasks: list[Any]
    instances_path: str
    tasks_path: str

    def part(self, name: str) -> tuple[list[Any], str]:
        if name == "tasks":
            return self.tasks, self.tasks_path
        return self.instances, self.instances_path


def read_cluster(files: Sequence[str]) -> Cluster:
    """Return the cluster that the documents in some files describe together.

    Raises:
        DocumentError: a file cannot be read or has not the form that ECS gives it.
    """
    pages = [page for file in files for page in _pages(shown_name(file), read_json(file, EXPECTED))]
    instances = [instance for page in pages for instance in page.instances]
    tasks = [task for page in pages for task in page.tasks]
    if not any(page.instances_path for page in pages):
        names = ", ".join(map(shown_name, files))
        raise DocumentError(f"{names}: no container instances; expected {EXPECTED}", "")
    try:
        return Cluster.from_ecs({"containerInstances": instances, "tasks": tasks})
    except DocumentError as error:
        raise _in_its_file(error, pages) from None


def _pages(file: str, document: Any) -> Iterator[_Page]:
    """Yield the documents in a file: one, a list of them, or a bare list of instances."""
    if isinstance(document, list) and any(map(_is_page, document)):
        for number, page in enumerate(document):
            yield _page(file, page, f"[{number}]")
    elif isinstance(document, list) and any(map(_is_instance, document)):
        yield _Page(file, document, [], _ITSELF, "")  # what ``--query containerInstances`` leaves
    else:
        yield _page(file, document, "")


def _is_instance(document: Any) -> bool:
    return isinstance(document, Mapping) and "containerInstanceArn" in document


def _is_page(document: Any) -> bool:
    return isinstance(document, Mapping) and not {"containerInstances", "tasks"}.isdisjoint(
        document
    )


def _page(file: str, document: Any, path: str) -> _Page:
    if not _is_page(document):
        raise DocumentError(f"{file}: expected {EXPECTED}, not {_described(document)}", path)
    inside = f"{path}." if path else ""
    lists = {}
    for name in ("containerInstances", "tasks"):
        lists[name] = document.get(name)
        if not isinstance(lists[name], list | None):
            raise DocumentError(f"{file}: expected a list", f"{inside}{name}")
    instances, tasks = lists["containerInstances"], lists["tasks"]
    return _Page(
        file,
        instances or [],
        tasks or [],
        "" if instances is None else f"{inside}containerInstances",
        "" if tasks is None else f"{inside}tasks",
    )


def _described(document: Any) -> str:
    """Return in words what somebody gave instead of the right document."""
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
        entries, path = page.part(name)
        if number < len(entries):
            place = "" if path == _ITSELF else path
            return DocumentError(f"{page.file}: {error.message}", f"{place}[{number}]{rest}")
        number -= len(entries)
    return error
