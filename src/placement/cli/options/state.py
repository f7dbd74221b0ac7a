"""The cluster that the files of ``--state`` describe.

In: names of files with what the AWS CLI prints.  Out: a ``Cluster``, or a ``DocumentError`` that
names the file, and the path in that file, of what is wrong.  Which lists there are, and what a
field may hold, ``placement.documents`` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import click

from placement import Cluster, DocumentError
from placement.cli.options.reading import on_unreadable, read_json_sequence, shown_name
from placement.documents.dump import (
    DUMP_LISTS,
    SESSION_LISTS,
    STATE,
    ClusterDump,
    DumpPart,
    bare_parts,
    dump_parts,
    holds_lists,
)
from placement.documents.forms import bare_list, seems_to_be
from placement.documents.problems import MOST, SeveralProblems, Skipped
from placement.errors import sanitize

__all__ = ["AccountState", "State", "read_account", "read_state"]

EXPECTED = f"what 'aws ecs {DUMP_LISTS['containerInstances'].command}' prints"

EXPECTED_PAGES = "pages that 'aws ecs describe-...' prints"
"""The same of the files from which a whole account is read."""

_LISTS = tuple([name for name in DUMP_LISTS if name != "clusters"])
"""The lists that decide where tasks fit."""

_OTHER_CALLS = {
    "containerInstanceArns": "list-container-instances",
    "taskArns": "list-tasks",
    "serviceArns": "list-services",
    "taskDefinitionArns": "list-task-definitions",
    "clusterArns": "list-clusters",
    "clusters": DUMP_LISTS["clusters"].command,
}
"""Documents that are easily taken for the right one, by what they hold."""


@attrs.frozen
class State:
    """The documents in some files, with their elements not yet read."""

    dump: ClusterDump

    @property
    def instances(self) -> int:
        """How many container instances the documents hold."""
        return len(list(self.dump.elements("containerInstances")))

    @property
    def tasks(self) -> int:
        """How many tasks the documents hold."""
        return len(list(self.dump.elements("tasks")))

    def definitions(self) -> list[Mapping[str, Any]]:
        """Return the task definitions in the documents."""
        return [one for one in self.dump.elements("taskDefinitions") if isinstance(one, Mapping)]

    def record_of(self, name: str, document: Any) -> str:
        """Return the file of an element of a list, and its place there, as messages call it."""
        elements = list(self.dump.elements(name))
        number = next(number for number, one in enumerate(elements) if one is document)
        return ", ".join(filter(None, self.dump.origin(f"{name}[{number}]") or (name,)))

    def cluster(self) -> Cluster:
        """Return the cluster that the documents describe together.

        Raises:
            DocumentError: one has not the form that ECS gives it.
        """
        document = {name: list(self.dump.elements(name)) for name in _LISTS}
        try:
            cluster = Cluster.from_ecs(document, on_error=on_unreadable())
        except DocumentError as error:
            raise _located(self.dump, error) from None
        _name_left_out(self.dump, cluster.skipped)
        _warn_of_tasks_elsewhere(document)
        return cluster


@attrs.frozen
class AccountState:
    """What some files say of an account: its clusters, services, load balancers, alarms.

    Attributes:
        dump: The documents, with their elements not yet read.
        further: ``placementState`` of a document that this library wrote; None: there is none.
    """

    dump: ClusterDump
    further: Any = None

    def definitions(self) -> list[Mapping[str, Any]]:
        """Return the task definitions in the documents."""
        return [one for one in self.dump.elements("taskDefinitions") if isinstance(one, Mapping)]

    def document(self) -> dict[str, Any]:
        """Return all of it as one document, as ``Session.from_ecs`` takes it."""
        lists: dict[str, Any] = {name: list(self.dump.elements(name)) for name in SESSION_LISTS}
        found = {name: elements for name, elements in lists.items() if elements}
        return found if self.further is None else {**found, STATE: self.further}

    def located(self, error: DocumentError) -> DocumentError:
        """Return an error about ``document()`` with the file, and the path in that file."""
        return _located(self.dump, error)

    def name_left_out(self, skipped: Sequence[Skipped]) -> None:
        """Warn of records of ``document()`` that are left out."""
        _name_left_out(self.dump, skipped)


def read_account(files: Sequence[str]) -> AccountState:
    """Return what some files say of an account.

    Raises:
        DocumentError: a file cannot be read or holds other documents.
    """
    parts: list[DumpPart] = []
    further: dict[str, Any] = {}
    for file in files:
        name = shown_name(file)
        content = read_json_sequence(file, EXPECTED_PAGES)
        is_pages = isinstance(content, list)
        records = content if is_pages else [content]
        if any(bare_list(one) for one in records if not holds_lists(one, SESSION_LISTS)):
            parts += bare_parts(records, name, is_list=is_pages)
            continue
        for number, page in enumerate(records):
            path = f"[{number}]" if is_pages else ""
            if not holds_lists(page, SESSION_LISTS) and not _has_state(page):
                message = f"{name}: expected {EXPECTED_PAGES}, not {_described(page)}"
                raise DocumentError(message, path)
            if _has_state(page):
                further[name] = page[STATE]
            try:
                parts += dump_parts(page, path, name, SESSION_LISTS)
            except DocumentError as error:
                raise DocumentError(f"{name}: {error.message}", error.path) from None
    if len(further) > 1:
        raise DocumentError(f"{STATE} is in several files: {', '.join(further)}", STATE)
    return AccountState(ClusterDump(parts), next(iter(further.values()), None))


def _has_state(page: Any) -> bool:
    return isinstance(page, Mapping) and page.get(STATE) is not None


def _located(dump: ClusterDump, error: DocumentError) -> DocumentError:
    if isinstance(error, SeveralProblems):
        return SeveralProblems(
            [DocumentError(one.message, _place(dump, one.path)) for one in error.errors]
        )
    origin = dump.origin(error.path)
    if origin is None:
        return error
    return DocumentError(f"{origin[0]}: {error.message}", origin[1])


def _place(dump: ClusterDump, path: str) -> str:
    """Return a path of the joined lists with its file."""
    origin = dump.origin(path)
    return path if origin is None else ": ".join(filter(None, origin))


_COUNTS = re.compile(r"; (\S+) counts$")
"""Where a reason names the document that counts."""


def _name_left_out(dump: ClusterDump, skipped: Sequence[Skipped]) -> None:
    """Warn of the records that are left out: each of the first ``MOST``, and how many more."""
    for path, given in skipped[:MOST]:
        reason = _COUNTS.sub(lambda found: f"; {_place(dump, found[1])} counts", given)
        click.echo(sanitize(f"warning: left out: {_place(dump, path)}: {reason}"), err=True)
    if len(skipped) > MOST:
        click.echo(f"warning: left out: {len(skipped) - MOST} more", err=True)


def _warn_of_tasks_elsewhere(document: Mapping[str, list[Any]]) -> None:
    """Warn of running tasks on instances that no document describes: pages may have been forgotten.

    They take no room and belong to no group, since ``Cluster`` leaves them out.
    """
    there = {arn for arn, _ in _placed(document["containerInstances"])}
    count = sum(
        arn not in there and record.get("desiredStatus") != "STOPPED"
        for arn, record in _placed(document["tasks"])
    )
    if count:
        who = "1 running task is on a container instance"
        if count > 1:
            who = f"{count} running tasks are on container instances"
        click.echo(f"warning: {who} that --state does not describe: left out of account", err=True)


def _placed(records: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield records with the ARN of their container instance; those that have none are left out."""
    for record in records:
        arn = record.get("containerInstanceArn") if isinstance(record, Mapping) else None
        if isinstance(arn, str):
            yield arn, record


def read_state(files: Sequence[str]) -> State:
    """Return the documents in some files.

    Raises:
        DocumentError: a file cannot be read or holds other documents.
    """
    parts = [
        part
        for file in files
        for part in _parts(shown_name(file), read_json_sequence(file, EXPECTED))
    ]
    if not any(part.name == "containerInstances" for part in parts):
        names = ", ".join(map(shown_name, files))
        raise DocumentError(f"{names}: no container instances; expected {EXPECTED}", "")
    return State(ClusterDump(parts))


def _parts(file: str, document: Any) -> Iterator[DumpPart]:
    """Yield the documents in a file: one, a list of them, or bare records of one or several kinds.

    Other pages of a dump of an account (services, load balancers, ...) may come with them: no
    placement depends on them.
    """
    pages = document if isinstance(document, list) else [document]
    if isinstance(document, list) and any(holds_lists(page, SESSION_LISTS) for page in document):
        for number, page in enumerate(pages):
            yield from _page(file, page, f"[{number}]")
    elif any(bare_list(page) for page in pages):
        yield from bare_parts(pages, file, is_list=isinstance(document, list))
    else:
        yield from _page(file, document, "")


def _page(file: str, document: Any, path: str) -> list[DumpPart]:
    if not holds_lists(document, SESSION_LISTS):
        raise DocumentError(f"{file}: expected {EXPECTED}, not {_described(document)}", path)
    try:
        return dump_parts(document, path, file, _LISTS)
    except DocumentError as error:
        raise DocumentError(f"{file}: expected a list", error.path) from None


def _described(document: Any) -> str:
    """Return a description of what was given instead of the expected document."""
    form = seems_to_be(document)
    if form is not None:
        return form
    if not isinstance(document, Mapping):
        kinds = {list: "a list", str: "text", bool: "true or false", type(None): "null"}
        return kinds.get(type(document), "a number")
    for key, call in _OTHER_CALLS.items():
        if key in document:
            return f"what '{call}' prints"
    return "an object without containerInstances"
