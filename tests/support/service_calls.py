"""Calls about services that a TOML table describes, played on a session.

``play`` makes calls in order; what an answer holds is kept under a name and stands in later texts
for ``{name}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from against_botocore import Checked
from placement.ecs.session import Session

Table = Mapping[str, Any]


class Calls:
    """Makes the calls of tables on a session; those of ``ecs`` are held to botocore's model."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.ecs = Checked(session.client("ecs"))
        self.kept: dict[str, str] = {}

    def play(self, tables: Iterable[Table]) -> None:
        """Make calls, and keep what their tables name."""
        for table in tables:
            answer = self.call(table)
            for name, path in table.get("keep", {}).items():
                value: Any = answer
                for key in path:
                    value = value[key]
                self.kept[name] = value

    def call(self, table: Table) -> dict[str, Any]:
        """Make the call of a table."""
        service = table.get("service", "ecs")
        client = self.ecs if service == "ecs" else self.session.client(service)
        method = getattr(client, table["call"])
        answer: dict[str, Any] = method(**self.filled(table["parameters"]))
        return answer

    def filled(self, value: Any) -> Any:
        """Return a value with what was kept in place of its name."""
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if isinstance(value, str):
            for name, kept in self.kept.items():
                value = value.replace(f"{{{name}}}", kept)
        return value
