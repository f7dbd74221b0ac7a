"""The sentences of 2.14: one for each reason of the closest instance, and the longer form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import placement
from placement import AtMost, Cluster, DistinctInstance, Instance, MemberOf, Task, ZoneSkew
from placement.ecs import placement_report, service_event

BASE = (
    "(service web) was unable to place a task because no container instance met all of its "
    "requirements."
)
MORE = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
CLOSEST = " The closest matching container-instance i-1 "


def cluster(**fields: Any) -> Cluster:
    found = Cluster()
    found.register(Instance(**{"id": "i-1", "cpu": 1000, "memory": 1000, **fields}))
    return found


def full_of_ports(found: Cluster) -> None:
    for number in range(100 - 5):
        found.place_on("i-1", Task(tcp_ports=(1000 + number,)))


CASES: list[tuple[Task, dict[str, Any], Callable[[Cluster], object] | None, str]] = [
    (Task(cpu=1001), {}, None, "has insufficient CPU units available."),
    (Task(memory=1001), {}, None, "has insufficient memory available."),
    (Task(gpus=1), {}, None, "has insufficient GPU resource available."),
    (Task(tcp_ports=(22,)), {}, None, "is already using a port required by your task."),
    (Task(udp_ports=(53,)), {}, lambda c: c.place_on("i-1", Task(udp_ports=(53,))),
     "is already using a port required by your task."),
    (Task(tcp_ports=(1,)), {}, full_of_ports, 'encountered error "Too many ports registered".'),
    (Task(attributes={"a": None}), {}, None, "is missing an attribute required by your task."),
    (Task(), {}, lambda c: c.set_agent("i-1", connected=False), 'encountered error "AGENT".'),
    (Task(), {}, lambda c: c.set_status("i-1", "DRAINING"), 'encountered error "INACTIVE".'),
    (Task(zones=("b",)), {}, None, 'encountered error "LOCATION".'),
    (Task(resources={"DISK": 1}), {}, None, 'encountered error "RESOURCE:DISK".'),
    (
        Task(network_interface=True, attributes={}),
        {"attributes": {"ecs.capability.task-eni": None}, "network_interfaces": 0},
        None,
        'encountered error "RESOURCE:ENI".',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("task", "fields", "prepare", "ending"), CASES)
def test_2_14_the_sentence_for_a_reason(
    task: Task,
    fields: dict[str, Any],
    prepare: Callable[[Cluster], object] | None,
    ending: str,
) -> None:
    found = cluster(**fields)
    if prepare is not None:
        prepare(found)
    assert service_event("web", found.explain(task)) == BASE + CLOSEST + ending + MORE


def test_2_14_constraints() -> None:
    found = cluster()
    member = [MemberOf("attribute:stack == prod")]
    text = service_event("web", found.explain(Task(), constraints=member))
    ending = 'encountered error "MemberOf placement constraint unsatisfied.".'
    assert text == BASE + CLOSEST + ending + MORE
    found.place(Task(), group="g")
    distinct = [DistinctInstance()]
    text = service_event("web", found.explain(Task(), group="g", constraints=distinct))
    ending = 'encountered error "DistinctInstance placement constraint unsatisfied.".'  # A40
    assert text == BASE + CLOSEST + ending + MORE


def test_c38_limits_in_the_words_of_the_api() -> None:
    found = cluster()
    found.register(Instance(id="b", attributes={"ecs.availability-zone": "b"}))
    found.set_agent("b", connected=False)
    found.place(Task(), group="g")
    for constraint, name in ((AtMost(1), "AtMost"), (ZoneSkew(1), "ZoneSkew")):
        text = service_event("web", found.explain(Task(), group="g", constraints=[constraint]))
        ending = f'encountered error "{name} placement constraint unsatisfied.".'
        assert text == BASE + CLOSEST + ending + MORE


def test_2_14_an_empty_cluster() -> None:
    text = service_event("web", Cluster().explain(Task()))
    reason = " Reason: No Container Instances were found in your cluster."
    assert text == BASE + reason + MORE
    assert placement_report("web", Cluster().explain(Task())) == BASE + reason


def test_2_14_the_form_of_the_console() -> None:
    text = service_event("web", cluster().explain(Task(cpu=9999)), form="console")
    assert text.startswith("service web was unable to place a task")


def test_a41_the_closest_instance_is_named() -> None:
    found = cluster()
    found.register(Instance(id="i-2", cpu=2000, memory=1000))
    found.register(Instance(id="i-3", cpu=9000, memory=1000, agent_connected=False))
    text = service_event("web", found.explain(Task(cpu=3000)))
    assert "The closest matching container-instance i-2 has insufficient CPU" in text


def test_2_14_the_longer_form_says_what_and_how_much() -> None:
    """A41: the attribute, the port and who has it, wanted and left, whether waiting helps."""
    found = cluster()
    found.place_on("i-1", Task(cpu=500, tcp_ports=(80,)), group="service:shop")
    task = Task(cpu=600, tcp_ports=(80,), attributes={"gpu": None})
    text = placement_report("web", found.explain(task))
    lines = text.split("\n")
    assert lines[0] == BASE
    assert "the only instance has no room: no registered instance could ever run it" in lines
    assert "closest is i-1:" in lines
    assert "  ATTRIBUTE: attribute gpu is missing" in lines
    assert "  RESOURCE:CPU: wanted 600 CPU units, 500 CPU units left" in lines
    assert "  RESOURCE:PORTS: tcp port 80 is held by a task of service:shop" in lines


@pytest.mark.parametrize("tell", [service_event, placement_report])
@pytest.mark.parametrize(
    ("service", "explained", "options"),
    [
        ("", cluster().explain(Task(cpu=9999)), {}),
        (5, cluster().explain(Task(cpu=9999)), {}),
        ("web", "because", {}),
        ("web", cluster().explain(Task(cpu=9999)), {"form": "letter"}),
        ("web", cluster().explain(Task()), {}),
    ],
)
def test_what_is_no_event_is_refused(
    tell: Callable[..., str], service: Any, explained: Any, options: dict[str, str]
) -> None:
    with pytest.raises(placement.UsageError):
        tell(service, explained, **options)
