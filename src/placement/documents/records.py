"""Records of a dump, each once (C31).

In: the elements of a list of a dump.  Out: each record with its path, where it came first, with the
document that counts; what is left out is noted as a problem.  Knows which field names a record and
which of two documents is the newer; not what a record says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from placement.documents.dump import SESSION_LISTS
from placement.documents.problems import Problems
from placement.errors import describe_value
from placement.model.checks import LAST_STATUSES

__all__ = ["Record", "comes_twice", "is_newer", "once"]


class Record(NamedTuple):
    """A record of a dump: its document, and where that stands in the joined documents."""

    path: str
    document: Any


def once(name: str, records: Iterable[Record], problems: Problems) -> list[Record]:
    """Return each record of a list once, where it came first, with the document that counts.

    Args:
        name: The list, a key of ``SESSION_LISTS``.
        records: Its records.  One that does not name itself is a record of its own.
        problems: Names the documents that do not count and say something else.
    """
    field = SESSION_LISTS[name].arn or {"protectedTasks": "taskArn"}.get(name)
    if field is None:
        return list(records)
    found: dict[Any, Record] = {}
    for record in records:
        arn = record.document.get(field)
        key = arn if isinstance(arn, str) else record.path
        known = found.get(key)
        if known is None:
            found[key] = record
            continue
        counts, other = _which(name, known, record)
        found[key] = counts
        if counts.document != other.document:
            problems.leave_out(other.path, comes_twice(key, counts.path))
    return list(found.values())


def comes_twice(key: Any, counts: str) -> str:
    """Return why a document does not count: another one of the record ``key``, at a path, does."""
    return f"{describe_value(key)} comes twice; {counts} counts"


def is_newer(second: Any, first: Any) -> bool:
    """Return whether the later of two documents counts, by their ``version``: unless it is lower.

    Args:
        second: ``version`` of the later document; no whole number: it is not known.
        first: The same of the earlier one.
    """
    known = isinstance(first, int) and isinstance(second, int)
    return not known or second >= first


def _which(name: str, first: Record, second: Record) -> tuple[Record, Record]:
    """Return which of two documents of one record counts, and the other."""
    if name == "taskDefinitions":  # revisions never change
        return first, second
    one, other = first.document.get("version"), second.document.get("version")
    if name == "tasks" and None in (one, other):
        ages = [_progress(record.document.get("lastStatus")) for record in (first, second)]
        if ages[0] != ages[1]:
            return (first, second) if ages[0] > ages[1] else (second, first)
    return (second, first) if is_newer(other, one) else (first, second)


def _progress(status: Any) -> int:
    known = [str(one) for one in LAST_STATUSES]
    return known.index(status) if isinstance(status, str) and status in known else -1
