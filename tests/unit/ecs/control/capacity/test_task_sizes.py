"""What waiting tasks ask of a machine that is still to come (A60, B44)."""

from __future__ import annotations

from placement import AtMost, DistinctInstance, Task
from placement.ecs.control.capacity.waiting import task_size


def test_tasks_that_ask_for_every_gpu_are_never_on_one_machine_b44() -> None:
    every = task_size(Task(cpu=1, memory=1, gpus="ALL"), (), "family:a")
    assert every.gpus == 1
    assert every.exclusive & task_size(Task(cpu=9, memory=9, gpus="ALL"), (), "family:b").exclusive
    assert not every.exclusive & task_size(Task(cpu=1, memory=1, gpus=2), (), "family:c").exclusive


def test_what_a_machine_takes_once_is_exclusive_a60() -> None:
    plain = Task(cpu=1, memory=1, tcp_ports=(80,), udp_ports=(80,))
    assert task_size(plain, (), "g").exclusive == {("tcp", 80), ("udp", 80)}
    for limit in (DistinctInstance(), AtMost(1)):
        assert task_size(Task(cpu=1), (limit,), "g").exclusive == {"g"}
    assert task_size(Task(cpu=1), (AtMost(2),), "g").exclusive == frozenset()
