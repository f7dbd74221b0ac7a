"""What ``explain`` says of instances whose number of network interfaces is not known (A28, C12)."""

from __future__ import annotations

import pytest

from placement import Cluster, Instance, Task

TASK_ENI = "ecs.capability.task-eni"
TYPE = "ecs.instance-type"
TRUNK = "ecs.awsvpc-trunk-id"
OWN_INTERFACE = Task(cpu=1, memory=1, network_interface=True)


def cluster(*attributes: dict[str, str | None]) -> Cluster:
    """Return a cluster of instances ``i-0``, ``i-1``, ... that can give tasks an interface."""
    found = Cluster()
    for number, more in enumerate(attributes):
        found.register(
            Instance(id=f"i-{number}", cpu=100, memory=100, attributes={TASK_ENI: None, **more})
        )
    return found


@pytest.mark.parametrize(
    ("attributes", "unknown"),
    [
        ({TYPE: "c5.large"}, 0),
        ({TYPE: "c5.large", TRUNK: "eni-1"}, 0),
        ({TYPE: "t3.small", TRUNK: "eni-1"}, 1),
        ({TYPE: "nobody.knows"}, 1),
        ({}, 1),
    ],
    ids=["type", "trunk", "a trunk on a type that has none", "unlisted type", "no type"],
)
def test_a28_an_unknown_number_is_counted_and_fits(
    attributes: dict[str, str | None], unknown: int
) -> None:
    why = cluster(attributes).explain(OWN_INTERFACE)
    assert (why.fitting, why.unknown_interfaces) == (1, unknown)


def test_a28_what_asks_for_no_interface_need_not_know_the_number() -> None:
    assert cluster({}).explain(Task(cpu=1, memory=1)).unknown_interfaces == 0


def test_a28_the_text_of_an_explanation_says_so() -> None:
    found = cluster({TYPE: "c5.large"}, {}, {})
    said = "2 instances have an unknown number of network interfaces"
    assert said not in str(found.explain(Task(cpu=1000)))
    assert said in str(found.explain(Task(cpu=1000, network_interface=True)))


def test_c12_an_unknown_number_becomes_known_with_the_type() -> None:
    found = cluster({})
    found.put_attributes("i-0", {TYPE: "c5.large"})
    assert found.explain(OWN_INTERFACE).unknown_interfaces == 0
    assert len(found.place(OWN_INTERFACE, 5).instances) == 2  # as many as a c5.large takes
