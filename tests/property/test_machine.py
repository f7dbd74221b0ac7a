"""The state machine of ``placement.testing``: it lets the right pass and catches the wrong.

Four sound schedulers pass: the library by both ways in, its naive twin, and one that has nothing
to do with either.  Then each promise is broken once, on purpose, and must be found missing.
"""

from __future__ import annotations

import contextlib
import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import placement
from own_schedulers import FirstFit, Naive, Node, Streaming, simple_instances, simple_requests
from placement import Request, Task
from placement.kernels.fields import PAIR_COUNT
from placement.testing import ClusterScheduler, Reading, Scheduler, scheduler_machine
from placement.testing.scheduler import TaskId

TestCluster = scheduler_machine(ClusterScheduler).TestCase
TestStreaming = scheduler_machine(Streaming).TestCase
TestNaive = scheduler_machine(Naive, instances=simple_instances()).TestCase
TestFirstFit = scheduler_machine(
    FirstFit, instances=simple_instances(), requests=simple_requests()
).TestCase


# --- Each of these breaks one promise -------------------------------------------------------


class OverCommitsMemory(FirstFit):
    """Lets tasks have more memory than there is, and says nothing of it."""

    def has_room(self, task: Task, node: Node) -> bool:
        return super().has_room(attrs.evolve(task, memory=0), node)

    def reading(self, node: Node) -> Reading:
        return attrs.evolve(super().reading(node), remaining_memory=None)


class OverCommitsGpus(FirstFit):
    """Lets tasks come for which no GPU is left."""

    def has_room(self, task: Task, node: Node) -> bool:
        return super().has_room(attrs.evolve(task, gpus=0), node)

    def reading(self, node: Node) -> Reading:
        return attrs.evolve(super().reading(node), task_gpus=None, free_gpus=None)


class DoubleBooksAPort(FirstFit):
    """Never looks whether a port is taken."""

    def has_ports(self, task: Task, node: Node) -> bool:  # noqa: ARG002
        return True

    def reading(self, node: Node) -> Reading:
        return attrs.evolve(super().reading(node), taken_tcp_ports=None)


class SharesAGpu(FirstFit):
    """Counts GPUs, and hands out the same one twice."""

    def take(self, task: Task, node: Node) -> list[str]:
        taken = super().take(task, node)
        return list(node.instance.gpu_ids[: len(taken)])

    def give_back(self, task: Task, gpus: list[str], node: Node) -> None:
        taken = set(node.gpus)
        spare = [gpu for gpu in node.instance.gpu_ids if gpu not in taken]
        super().give_back(task, spare[: len(gpus)], node)

    def reading(self, node: Node) -> Reading:
        return attrs.evolve(super().reading(node), free_gpus=None)


class ForgetsToGiveBack(FirstFit):
    """Keeps a stopped task's cpu."""

    def give_back(self, task: Task, gpus: list[str], node: Node) -> None:
        super().give_back(attrs.evolve(task, cpu=0), gpus, node)


class KeepsAPort(FirstFit):
    """Keeps a stopped task's ports."""

    def give_back(self, task: Task, gpus: list[str], node: Node) -> None:
        super().give_back(attrs.evolve(task, tcp_ports=()), gpus, node)


class CountsWrongly(FirstFit):
    """Goes on counting stopped tasks."""

    def uncount(self, group: str, node: Node) -> None:
        pass


class LosesATask(FirstFit):
    """Does not tell of the newest task on an instance."""

    def reading(self, node: Node) -> Reading:
        return attrs.evolve(super().reading(node), tasks=list(node.tasks)[:-1])


class ForgetsAnInstance(FirstFit):
    """Does not tell of instances that are draining."""

    def read(self) -> Mapping[str, Reading]:
        found = super().read()
        return {id: said for id, said in found.items() if self.nodes[id].status != "DRAINING"}


class LeavesTasksBehind(FirstFit):
    """Undoes everything that was tried, but for the tasks that were placed."""

    @contextmanager
    def trial(self) -> Iterator[None]:
        yield


class ForgetsChance(FirstFit):
    """Undoes everything that was tried, but for the numbers that were drawn."""

    @contextmanager
    def trial(self) -> Iterator[None]:
        with super().trial():
            yield
            drawn = self.random.getstate()
        self.random.setstate(drawn)


class KeepsExceptions(FirstFit):
    """Undoes everything, and nobody hears why."""

    @contextmanager
    def trial(self) -> Iterator[None]:
        with super().trial(), contextlib.suppress(Exception):
            yield


class IgnoresSeeds(FirstFit):
    """Lets its own chance go on where a seed is given."""

    def chance(self, seed: int | None) -> random.Random:  # noqa: ARG002
        return self.random

    def copy(self) -> FirstFit:
        other = super().copy()
        other.random = random.Random(0)
        return other


class SharesChance(FirstFit):
    """Draws from the one generator of the process."""

    def choose(self, request: Request, ids: list[str], chance: random.Random) -> str:  # noqa: ARG002
        return random.choice(ids)


class RemembersAnotherLife(FirstFit):
    """Is not the same when it is made again: what it did before has left its mark on the process.

    Hypothesis sets the process's generator back for every example.
    """

    def __init__(self, seed: int) -> None:
        *_, position = random.getstate()[1]
        super().__init__(seed + position)

    def choose(self, request: Request, ids: list[str], chance: random.Random) -> str:
        random.random()
        return super().choose(request, ids, chance)


class SharesItsCopies(FirstFit):
    """Copies the list of instances, and not the instances."""

    def copy(self) -> FirstFit:
        other = copy.copy(self)
        other.nodes = dict(self.nodes)
        other.random = copy.copy(self.random)
        other.view, other.in_view = self.view.copy(), dict(self.in_view)
        return other


class IgnoresExpressions(FirstFit):
    """Asks no memberOf."""

    def may(self, request: Request, id: str) -> bool:
        bare = attrs.evolve(request.task, constraints=())
        rest = [one for one in request.constraints if not isinstance(one, placement.MemberOf)]
        return super().may(attrs.evolve(request, task=bare, constraints=rest), id)


class IgnoresDistinct(FirstFit):
    """Places two tasks of a group on one instance, whatever was asked."""

    def may(self, request: Request, id: str) -> bool:
        rest = [one for one in request.constraints if one != placement.DistinctInstance()]
        return super().may(attrs.evolve(request, constraints=rest), id)


class IgnoresTheMost(FirstFit):
    """Places more tasks of a group on one instance than there may be (C38)."""

    def may(self, request: Request, id: str) -> bool:
        rest = [one for one in request.constraints if not isinstance(one, placement.AtMost)]
        return super().may(attrs.evolve(request, constraints=rest), id)


class PlacesAnywhere(FirstFit):
    """Places on instances that drain or do not answer."""

    def is_willing(self, node: Node) -> bool:  # noqa: ARG002
        return True


class OverlooksAnInstance(FirstFit):
    """Never looks at the instance that came last."""

    def fits(self, request: Request, id: str, node: Node) -> bool:
        return id != list(self.nodes)[-1] and super().fits(request, id, node)


class PlacesTooMany(FirstFit):
    """Places one more than was asked for."""

    def place(self, request: Request, count: int, seed: int | None) -> Sequence[tuple[str, TaskId]]:
        return super().place(request, count + 1, seed)


class InventsInstances(FirstFit):
    """Names an instance that is not there."""

    def start(self, request: Request, id: str) -> tuple[str, str]:
        return super().start(request, id)[0] + "0", "task"


BROKEN: list[tuple[Callable[[int], Scheduler], str]] = [
    (OverCommitsMemory, "is over-committed: tasks hold .* memory of"),
    (OverCommitsGpus, "is over-committed: tasks hold .* gpu of"),
    (DoubleBooksAPort, "tcp port .* is held [2-9] times"),
    (SharesAGpu, "GPU .* is held [2-9] times"),
    (ForgetsToGiveBack, "remaining_cpu is said to be"),
    (KeepsAPort, "taken_tcp_ports is said to be"),
    (CountsWrongly, "groups is said to be"),
    (LosesATask, "tasks is said to be"),
    (ForgetsAnInstance, "the instances are said to be"),
    (LeavesTasksBehind, "a trial left something behind"),
    (ForgetsChance, "another scheduler with the same seed"),
    (KeepsExceptions, "kept an exception to itself"),
    (IgnoresSeeds, "a copy chose"),
    (SharesChance, "another scheduler with the same seed|when it came again|a copy chose"),
    (RemembersAnotherLife, "when it came again"),
    (SharesItsCopies, "what a copy does is done to the original"),
    (IgnoresExpressions, "where .* is false"),
    (IgnoresDistinct, "where a task of .* is there already"),
    (IgnoresTheMost, "where it has . of at most . tasks of .* already"),
    (PlacesAnywhere, "where it is DRAINING|where its agent is not connected|where it is REG"),
    (OverlooksAnInstance, "found no more room"),
    (PlacesTooMany, "tasks were placed, and .* were asked for"),
    (InventsInstances, "which is not registered"),
]

LOOKING = settings(
    max_examples=500,
    stateful_step_count=30,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize(("broken", "told"), BROKEN)
def test_a_broken_promise_is_found(broken: Callable[[int], Scheduler], told: str) -> None:
    """The machine can fail, and says what is wrong."""
    machine = scheduler_machine(broken, instances=simple_instances(), requests=simple_requests())
    with pytest.raises(AssertionError, match=told):
        run_state_machine_as_test(machine, settings=LOOKING)


class LeavesAFreeGroup(ClusterScheduler):
    """Counts a task that nobody placed: what the books of the library itself could get wrong."""

    def stop(self, tasks: Sequence[Any]) -> None:
        group = self.cluster.task(tasks[0]).group
        id = self.cluster.task(tasks[0]).instance
        super().stop(tasks)
        self.cluster.remove_task(self.cluster.add_task(id, group))
        store = self.cluster.store.tasks
        store.counts(store.groups.code(group))
        counts = store.groups.pairs.entries[:, PAIR_COUNT]
        counts[counts > 0] += 1


def test_a_wrong_count_of_the_library_is_found() -> None:
    """What is read of a cluster are the counts that it decides by, and not a recount of them."""
    with pytest.raises(AssertionError, match="groups is said to be"):
        run_state_machine_as_test(scheduler_machine(LeavesAFreeGroup), settings=LOOKING)


def test_a_scheduler_may_leave_room() -> None:
    """``finds_all_room=False`` is for those that look at a part of the instances."""
    machine = scheduler_machine(
        OverlooksAnInstance,
        instances=simple_instances(),
        requests=simple_requests(),
        finds_all_room=False,
    )
    run_state_machine_as_test(machine, settings=settings(LOOKING, max_examples=20))


class NeitherTriesNorCopies:
    """Passes on the calls that every scheduler has, and no others."""

    def __init__(self, seed: int) -> None:
        self.inner = FirstFit(seed)
        self.register, self.deregister = self.inner.register, self.inner.deregister
        self.set_status, self.set_agent = self.inner.set_status, self.inner.set_agent
        self.put_attributes, self.read = self.inner.put_attributes, self.inner.read
        self.place, self.stop = self.inner.place, self.inner.stop


def test_a_scheduler_need_not_try_nor_copy() -> None:
    machine = scheduler_machine(
        NeitherTriesNorCopies, instances=simple_instances(), requests=simple_requests()
    )
    run_state_machine_as_test(machine, settings=settings(LOOKING, max_examples=20))
