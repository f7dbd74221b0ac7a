"""External instances are selected by placement constraints like all others (A31)."""

from __future__ import annotations

import pytest

from placement import Cluster, DistinctInstance, Instance, MemberOf, Task
from placement.engine.request import Constraint

EXTERNAL = "ecs.capability.external"


@pytest.mark.parametrize(
    ("constraint", "allowed"),
    [
        (MemberOf("attribute:site == north"), {"mi-1"}),
        (MemberOf("not(attribute:site == north)"), {"mi-2", "mi-3"}),
        (DistinctInstance(), {"mi-1", "mi-2", "mi-3"}),
    ],
    ids=str,
)
def test_a31_constraints_select_among_external_instances(
    constraint: Constraint, allowed: set[str]
) -> None:
    cluster = Cluster()
    for id, site in [("mi-1", "north"), ("mi-2", "south"), ("mi-3", "south")]:
        attributes = {EXTERNAL: None, "site": site}
        cluster.register(Instance(id=id, cpu=300, memory=300, attributes=attributes))
    cluster.register(Instance(id="i-1", cpu=300, memory=300, attributes={"site": "north"}))
    task = Task(cpu=100, memory=100, launch_type="EXTERNAL")
    found = cluster.place(task, 9, group="g", constraints=[constraint])
    assert set(found.instances) == allowed
    each = 1 if isinstance(constraint, DistinctInstance) else 3
    assert len(found.instances) == each * len(allowed)
