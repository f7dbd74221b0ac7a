"""Numbers and truth values as callers write them, numpy's included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from placement import Cluster, DocumentError, Instance, Spread, Task, UsageError
from placement.errors import describe_value
from placement.model.numbers import as_flag, whole_number


class Five:
    def __index__(self) -> int:
        return 5


@pytest.mark.parametrize("five", [5, np.int64(5), np.uint8(5), np.array(5), Five()])
def test_a_whole_number_is_what_python_takes_as_an_index(five: Any) -> None:
    found = Cluster(seed=five)
    instance = Instance(
        id="i-0",
        cpu=five,
        memory=five,
        gpus=five,
        tcp_ports=(five,),
        resources={"x": five},
        running_tasks=five,
        network_interfaces=five,
    )
    assert (instance.cpu, instance.gpus, instance.tcp_ports) == (5, 5, (5,))
    assert type(instance.cpu) is type(instance.resources["x"]) is int
    found.register(instance)
    task = Task(cpu=five, memory=0, tcp_ports=(8000, np.int32(9000)), revision=five)
    assert type(task.cpu) is type(task.tcp_ports[1]) is int
    assert found.place(task, five, seed=five).unplaced == 4
    number: Any = np.int64(0)
    true: Any = np.bool_(True)
    assert found.task(number).cpu == 5
    found.set_task(number, deployment=five, protected=true)
    assert found.task(0).protected is True
    assert found.choose_to_stop("family:task", five) == []
    found.stop(np.array([0]))


@pytest.mark.parametrize("value", [True, np.bool_(True), 5.0, np.float64(5), "5", None, [5]])
def test_nothing_else_is_a_whole_number(value: Any) -> None:
    assert whole_number(value) is None
    with pytest.raises(DocumentError, match="expected a whole number"):
        Task(cpu=value)
    with pytest.raises(UsageError, match="count is a number of tasks"):
        Cluster().place(Task(), value)


@pytest.mark.parametrize("value", [np.array([5]), np.array(True), np.array(5.0)])
def test_arrays_with_dimensions_or_of_other_kinds_are_no_numbers(value: Any) -> None:
    assert whole_number(value) is None


def test_a_truth_value_is_python_s_or_numpy_s() -> None:
    assert as_flag(np.bool_(False)) is False
    assert Instance(id="i", agent_connected=np.bool_(False)).agent_connected is False
    assert Spread("instanceId", count_draining=np.bool_(True)).count_draining is True
    values: list[Any] = [1, 0, "true", [], None]
    for value in values:
        assert as_flag(value) is None
        with pytest.raises(DocumentError, match="expected true or false"):
            Spread("instanceId", count_draining=value)
        with pytest.raises(DocumentError, match="expected true or false"):
            Task(network_interface=value)


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError

    __str__ = __repr__


class HostileText(str):
    __slots__ = ()

    def __getitem__(self, key: Any) -> str:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(5), "int64 5"),
        (5, "int 5"),
        (1.5, "float 1.5"),
        ("text", "'text'"),
        (b"ab", "bytes b'ab'"),
        (Hostile(), "Hostile"),
        ([1], "list"),
        (10**80, "int"),
    ],
    ids=lambda value: None if isinstance(value, str) else type(value).__name__,
)
def test_messages_show_plain_values_beside_their_class(value: Any, text: str) -> None:
    assert describe_value(value) == text


def test_a_hostile_text_is_described_too() -> None:
    assert describe_value(HostileText("a" * 70)) == "'" + "a" * 60 + "'…"


def test_an_arn_is_described_whole() -> None:
    """Its last characters say what it names."""
    arn = "arn:aws:ecs:us-east-1:123456789012:container-instance/" + "c" * 255 + "/" + "f" * 32
    assert describe_value(arn) == f"'{arn}'"
    assert len(describe_value("arn:" + "a" * 5000)) < 500
