"""What operators and the world do to sessions with Managed Instances: steps that tests draw.

``world_of`` makes a session with two services; a step is a function that does one thing to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from managed_session import ManagedSession, register_task
from placement.ecs import Launch, LaunchRequest, Timing

FAMILIES = {"small": (256, 512), "middle": (1024, 2048), "large": (3000, 6000)}
TYPES = {"allowedInstanceTypes": ["c6i.*large", "m6i.large", "m6i.xlarge", "r6i.large"]}
SERVICES = ("one", "two")
SCALE_IN_AFTER = 300

Step = Callable[[ManagedSession], None]


def fails_at_times(request: LaunchRequest) -> Launch | None:
    """Let launches fail by type, zone and minute; one type can never be had in two zones."""
    number = request.now.minute + len(request.instance_type) + ord(request.zone[-1])
    is_scarce = request.instance_type == "c6i.large" and request.zone[-1] in "ab"
    return Launch(failure="no capacity") if is_scarce or number % 5 == 0 else None


def scale(service: str, count: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.ecs.update_service(service=service, desiredCount=count)

    return step


def run(family: str, count: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.ecs.run_task(taskDefinition=family, count=count)

    return step


def stop(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        tasks = world.tasks()
        if tasks:
            world.ecs.stop_task(task=tasks[place % len(tasks)]["taskArn"])

    return step


def lose(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        instances = world.instances()
        if instances:
            world.session.lose_instance(instances[place % len(instances)]["ec2InstanceId"])

    return step


def drain(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        instances = world.instances()
        if instances:
            arn = instances[place % len(instances)]["containerInstanceArn"]
            world.ecs.update_container_instances_state(containerInstances=[arn], status="DRAINING")

    return step


def wait(seconds: int) -> Step:
    def step(world: ManagedSession) -> None:
        world.session.advance(seconds)

    return step


def protect(place: int) -> Step:
    def step(world: ManagedSession) -> None:
        tasks = [one for one in world.tasks() if one["group"].startswith("service:")]
        if tasks:
            arn = tasks[place % len(tasks)]["taskArn"]
            world.ecs.update_task_protection(
                cluster="default", tasks=[arn], protectionEnabled=place % 3 > 0
            )

    return step


PLACES = st.integers(0, 20)
STEPS = st.lists(
    st.one_of(
        st.builds(scale, st.sampled_from(SERVICES), st.integers(0, 8)),
        st.builds(run, st.sampled_from(list(FAMILIES)), st.integers(1, 3)),
        st.builds(stop, PLACES),
        st.builds(lose, PLACES),
        st.builds(drain, PLACES),
        st.builds(protect, PLACES),
        st.builds(wait, st.sampled_from((0, 1, 30, 61, 299, 301, 700))),
    ),
    max_size=14,
)


def world_of(zones: int, fails: bool, takes_time: bool, **arguments: Any) -> ManagedSession:
    timing = Timing() if takes_time else None
    world = ManagedSession(
        TYPES,
        zones=zones,
        timing=timing,
        launches=fails_at_times if fails else None,
        **arguments,
    )
    for family, (cpu, memory) in FAMILIES.items():
        register_task(world.ecs, family, cpu, memory)
    for service, family in zip(SERVICES, ("small", "middle"), strict=True):
        world.ecs.create_service(serviceName=service, taskDefinition=family, desiredCount=0)
    return world


def everything(world: ManagedSession) -> list[Any]:
    return [world.instances(), world.tasks()]
