"""Laws of managed daemons on Managed Instances, whatever happens (S7.3, D55)."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from managed_session import ManagedSession, register_task
from placement.ecs import Behaviour, Timing
from placement.ecs.control.task_records import is_daemon
from placement.scaling.managed_daemons import DaemonInstance, Progress, drain_batch, next_batch

TYPES = {"allowedInstanceTypes": ["c6i.large"]}
SECONDS = Timing(provisioning=0, pull=7, start=1, stop=2, deprovisioning=0, healthy_after=0)
INSTANCES = st.lists(st.builds(DaemonInstance, st.just(0), st.booleans(), st.booleans()))


@given(INSTANCES, st.integers(0, 100))
def test_d55_a_batch_is_the_first_of_the_older_instances(
    instances: list[DaemonInstance], percent: int
) -> None:
    """As an obvious loop over the instances finds it."""
    numbered = [
        DaemonInstance(key, one.is_current, one.draining) for key, one in enumerate(instances)
    ]
    expected: list[int] = []
    waits = False
    for key, one in enumerate(numbered):
        if not one.is_current:
            waits = waits or one.draining
            if not expected or (len(expected) + 1) * 100 <= len(numbered) * percent:
                expected.append(key)
    batch = next_batch(numbered, percent)
    if waits:
        assert batch.progress is Progress.WAITING
        assert not batch.instances
    else:
        assert batch.instances == tuple(expected)
        assert batch.progress is (Progress.DRAINS if expected else Progress.DONE)


class World:
    """A session with a service and a daemon whose revisions may fail, watched second by second."""

    def __init__(self, tasks: int, percent: float, failing: set[int]) -> None:
        self.failing = failing
        self.world = ManagedSession(TYPES, timing=SECONDS, behaviour=self.behaviour)
        ecs: Any = self.world.ecs
        self.ecs, self.percent = ecs, percent
        register_task(ecs, "app", 1024, 512)
        self.register()
        self.daemon = ecs.create_daemon(
            daemonName="agent",
            daemonTaskDefinitionArn="agent",
            capacityProviderArns=["m"],
            deploymentConfiguration={"drainPercent": percent},
        )["daemonArn"]
        ecs.create_service(serviceName="web", taskDefinition="app", desiredCount=tasks)

    def behaviour(self, task: dict[str, Any]) -> Behaviour | None:
        _, kind, revision = task["taskDefinitionArn"].rpartition("daemon-task-definition/agent:")
        return Behaviour(start_failure="x") if kind and int(revision) in self.failing else None

    def register(self) -> None:
        container = {"name": "agent", "image": "agent", "cpu": 128, "memory": 128}
        self.ecs.register_daemon_task_definition(family="agent", containerDefinitions=[container])

    def do(self, what: str) -> None:
        """Do what an operator may do."""
        instances = self.world.instances()
        if what == "update":
            self.register()
            self.ecs.update_daemon(
                daemonArn=self.daemon, daemonTaskDefinitionArn="agent", capacityProviderArns=["m"]
            )
        elif what in ("more", "fewer"):
            count = {"more": 6, "fewer": 1}[what]
            self.ecs.update_service(service="web", desiredCount=count)
        elif what == "lose" and instances:
            self.world.session.lose_instance(instances[0]["containerInstanceArn"])
        elif what == "stop" and (tasks := self.world.tasks(daemonName="agent")):
            self.ecs.stop_task(task=tasks[-1]["taskArn"])

    def check(self) -> None:
        """Hold the laws at this instant."""
        account = self.world.session._account
        cluster = account.clusters["default"]
        registered = [one for one in cluster.instances.values() if one.is_registered]
        for instance in registered:
            active = [one for one in instance.tasks.values() if one.desired_status == "RUNNING"]
            daemons = [one for one in active if is_daemon(one)]
            assert len(daemons) <= 1, "one task an instance"
            others = [one for one in active if not is_daemon(one) and one.started_at is not None]
            if instance.awaited:
                assert not others, "no other task starts first"
            if daemons and daemons[0].stop is None and daemons[0].started_at is not None:
                assert not instance.awaited
            reserved = cluster.engine.reservation(instance.id).cpu
            assert reserved in (0, 128)
            if daemons:
                assert not reserved, "a daemon that has started keeps nothing free"
        draining = sum(
            one.reason.startswith("(daemon agent) replaced")
            for one in self.world.session.history
            if one.what == "DRAINING" and one.time == self.world.session.now
        )
        if draining:
            assert draining <= drain_batch(max(1, len(registered)), int(self.percent))


@settings(max_examples=25)
@given(
    tasks=st.integers(1, 6),
    percent=st.sampled_from([0.0, 25.0, 50.0, 100.0]),
    failing=st.sets(st.integers(1, 4), max_size=2),
    steps=st.lists(
        st.tuples(st.integers(0, 90), st.sampled_from(["update", "more", "fewer", "lose", "stop"])),
        max_size=6,
    ),
)
def test_d55_daemons_start_first_one_an_instance_and_drain_no_more_than_a_batch(
    tasks: int, percent: float, failing: set[int], steps: list[tuple[int, str]]
) -> None:
    world = World(tasks, percent, failing)
    for seconds, what in steps:
        for _ in range(seconds):
            world.world.session.advance(1)
            world.check()
        world.do(what)
    for _ in range(200):
        world.world.session.advance(5)
        world.check()
    account = world.world.session._account
    [daemon] = account.daemons.by_number.values()
    current = daemon.current_revision
    if current is not None and current.definition.revision not in failing:
        assert world.world.session.advance_until("steady", limit=7200), "it comes to rest"
        found = world.world.instances()
        assert len(world.world.tasks(daemonName="agent")) == len(found)
