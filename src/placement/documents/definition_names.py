"""Task definitions by the names that calls of the API give them.

In: documents of task definitions, and a name: a family, ``family:revision`` or an ARN.  Out: the
document with that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Document", "find_definition"]

Document = Mapping[str, Any]


def find_definition(documents: Iterable[Document], name: str) -> Document | None:
    """Return the document with a name, None if there is none.

    Of a family it is the latest revision that is ACTIVE, as in calls of the API.
    """
    short = name.rpartition("/")[2]
    found = []
    for document in documents:
        family = document.get("family")
        is_active = document.get("status", "ACTIVE") == "ACTIVE"
        is_named = short == f"{family}:{document.get('revision')}"
        if name == document.get("taskDefinitionArn") or is_named or (short == family and is_active):
            found.append(document)
    return max(found, key=_revision, default=None)


def _revision(document: Document) -> int:
    """Return the revision of a definition, 0 where it says none."""
    revision = document.get("revision")
    return revision if isinstance(revision, int) else 0
