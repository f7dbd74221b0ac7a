"""The history of a model: what it did by itself, when and why (C29).

In: records as they happen.  Out: a list of them, and their JSON lines, which are equal to the byte
for equal inputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

__all__ = ["HistoryRecord", "json_lines"]


class HistoryRecord(NamedTuple):
    """One thing that happened.

    Attributes:
        time: When, in UTC.
        subject: What it happened to: an ARN, or the name of a thing that has none.
        what: What happened, a short text.
        reason: Why; empty where there is nothing to say.
    """

    time: datetime
    subject: str
    what: str
    reason: str = ""


def json_lines(records: Iterable[HistoryRecord]) -> Iterator[str]:
    """Yield each record as one line of JSON, keys in the order of the fields."""
    for record in records:
        line = {**record._asdict(), "time": record.time.isoformat()}
        yield json.dumps(line, ensure_ascii=False)
