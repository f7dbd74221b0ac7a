"""New machines of a CPU architecture that no instance of the cluster has."""

from __future__ import annotations

import pytest

from placement import Cluster, Instance, Task
from placement.planning import check_architecture


def cluster(*architectures: str) -> Cluster:
    there = Cluster()
    for number, one in enumerate(architectures):
        there.register(Instance(id=f"i{number}", attributes={"ecs.cpu-architecture": one}))
    return there


def test_a30_a_type_of_another_architecture_is_remarked_on() -> None:
    (remark,) = check_architecture(cluster("x86_64"), Task(), "t4g.micro")
    assert remark.startswith("t4g.micro is arm64, and the instances of the cluster are x86_64: ")
    (remark,) = check_architecture(cluster("arm64", "arm64"), Task(), "m5.large")
    assert remark.startswith("m5.large is x86_64, and the instances of the cluster are arm64: ")


@pytest.mark.parametrize(
    ("architectures", "task", "type"),
    [
        ((), Task(), "t4g.micro"),
        (("x86_64", "arm64"), Task(), "t4g.micro"),
        (("x86_64",), Task(), "m5.large"),
        (("x86_64",), Task(architecture="ARM64"), "t4g.micro"),  # the definition asks for it
    ],
)
def test_a30_nothing_is_remarked_where_the_architecture_may_be_meant(
    architectures: tuple[str, ...], task: Task, type: str
) -> None:
    assert check_architecture(cluster(*architectures), task, type) == ()


def test_instances_that_have_left_do_not_count() -> None:
    there = cluster("arm64", "x86_64")
    there.deregister("i0")
    assert len(check_architecture(there, Task(), "t4g.micro")) == 1
