"""The instances that are asked about, and the cells that change before an evaluation.

Columns are codes over sorted distinct texts, so that every peer can build what suits it best.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt

from harness.workloads import DataPlan

__all__ = ["ABSENT", "ATTRIBUTES", "Batch", "Cell", "Table", "batches", "documents", "make_table"]

ABSENT = -1
"""The code of a cell without a value."""

ATTRIBUTES = {
    "zone": "ecs.availability-zone",
    "type": "ecs.instance-type",
    "stack": "stack",
    "rack": "rack",
    "gpu": "gpu",
}
"""The columns of text, and what ECS or the user calls them."""


@attrs.frozen(eq=False)
class Table:
    """N instances: columns of codes over sorted texts, and a column of counts."""

    rows: int
    texts: dict[str, list[str]]
    codes: dict[str, npt.NDArray[np.int64]]
    tasks: npt.NDArray[np.int64]

    def strings(self, name: str) -> list[str | None]:
        """Return a column as texts, None where absent."""
        texts = [*self.texts[name], None]  # code -1 is the last
        return [texts[code] for code in self.codes[name].tolist()]

    def head(self, rows: int) -> Table:
        """Return the first rows."""
        rows = min(rows, self.rows)
        codes = {name: column[:rows] for name, column in self.codes.items()}
        return Table(rows, self.texts, codes, self.tasks[:rows])


@attrs.frozen
class Cell:
    """What is in one cell after a change: a code of a text column, or a count of ``tasks``."""

    row: int
    column: str
    value: int


@attrs.frozen
class Batch:
    """Cells that change together, and what was there before."""

    after: list[Cell]
    before: list[Cell]


def make_table(rows: int, plan: DataPlan, seed: int) -> Table:
    """Return N instances drawn with a seed."""
    random = np.random.default_rng([seed, rows])
    racks = [f"r{n}" for n in range(max(rows // plan.instances_per_rack, 8))]
    texts = {
        "zone": sorted(plan.zones),
        "type": sorted(plan.types),
        "stack": sorted(plan.stacks),
        "rack": sorted(racks),
        "gpu": sorted(plan.gpus),
    }
    codes = {name: random.integers(0, len(values), rows) for name, values in texts.items()}
    codes["gpu"][random.random(rows) >= plan.gpu_share] = ABSENT
    return Table(rows, texts, codes, random.integers(0, plan.most_tasks + 1, rows))


def batches(table: Table, count: int, cells: int, seed: int) -> list[Batch]:
    """Return changes to values already known, on rows that differ from batch to batch.

    A batch takes the columns in turn; ``tasks`` goes up by one, as when a task starts.
    """
    random = np.random.default_rng([seed, table.rows, count])
    rows = random.permutation(table.rows)[: count * cells].reshape(count, cells)
    columns = [*table.codes, "tasks"]
    return [
        _batch(table, random, list(zip(line, (columns * cells)[:cells], strict=True)))
        for line in rows.tolist()
    ]


def _batch(table: Table, random: np.random.Generator, places: list[tuple[int, str]]) -> Batch:
    before, after = [], []
    for row, name in places:
        column = table.tasks if name == "tasks" else table.codes[name]
        old = int(column[row])
        new = old + 1 if name == "tasks" else _other(random, old, len(table.texts[name]))
        before.append(Cell(row, name, old))
        after.append(Cell(row, name, new))
    return Batch(after, before)


def _other(random: np.random.Generator, old: int, count: int) -> int:
    """Return another code than ``old``, never ABSENT."""
    new = int(random.integers(0, count - 1))
    return new + (new >= old) if old != ABSENT else new


def documents(table: Table) -> Iterator[dict[str, Any]]:
    """Yield the instances as describe-container-instances prints them, the fields that matter."""
    columns = [(ATTRIBUTES[name], table.strings(name)) for name in table.texts]
    for row, tasks in enumerate(table.tasks.tolist()):
        yield {
            "containerInstanceArn": arn(row),
            "ec2InstanceId": f"i-{row:017x}",
            "status": "ACTIVE",
            "agentConnected": True,
            "runningTasksCount": tasks,
            "attributes": [
                {"name": name, "value": values[row]}
                for name, values in columns
                if values[row] is not None
            ],
        }


def arn(row: int) -> str:
    """Return the ARN of the instance in a row."""
    return f"arn:aws:ecs:us-east-1:123456789012:container-instance/prod/{row:032x}"
