"""C22: what a plugin answers is checked."""

from __future__ import annotations

from typing import Any

import pytest

from placement import Cluster, Instance, Task, UsageError


class Resizes:
    """A filter and a ranker that changes the length of the array it is given."""

    reason = name = "RESIZES"
    reads = "anything"

    def keep(self, mask: Any, rows: Any) -> None:
        mask.resize(len(rows) + 1, refcheck=False)

    key = keep


@pytest.mark.parametrize("options", [{"constraints": [Resizes()]}, {"strategy": Resizes()}])
def test_a_plugin_that_resizes_its_array_is_refused(options: dict[str, Any]) -> None:
    found = Cluster()
    for number in range(2):
        found.register(Instance(id=f"i-{number}", cpu=100))
    with pytest.raises(UsageError, match="RESIZES has changed the length"):
        found.place(Task(cpu=1), **options)
    assert found.task_counts().sum() == 0
