"""Histories of a service as data: steps of two numbers each, so that any list of them is one.

What the numbers pick among depends on what there is (the task, the revision); a step that finds
nothing to act on does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import attrs

from naive_rolling import NaiveService, NaiveTask
from rolling_world import RollingWorld

Step = tuple[str, int, int]

PERCENTS = (
    (100, 200),
    (50, 100),
    (50, 200),
    (100, 150),
    (0, 100),
    (75, 125),
    (60, 140),
    (100, 100),
)


def tasks_in(world: RollingWorld, *classes: str) -> list[NaiveTask]:
    return [task for task in world.naive.tasks if world.naive.class_of(task) in classes]


def each(world: RollingWorld, number: int, count: int, *classes: str) -> list[NaiveTask]:
    """Return up to three tasks of the classes, from one that ``number`` picks."""
    there = tasks_in(world, *classes)
    if not there:
        return []
    start = number % len(there)
    return there[start : start + 1 + count % 3]


def deploy(world: RollingWorld, _: int, __: int) -> None:
    naive = world.naive
    world.deploy(max([naive.primary, *naive.sources()]) + 1)


def roll_back(world: RollingWorld, number: int, is_failed: int) -> None:
    older = list(range(1, world.naive.primary))[-3:]
    if older:
        if is_failed % 2:
            world.naive.failed.add(world.naive.primary)
        world.deploy(older[number % len(older)])


def fail(world: RollingWorld, _: int, __: int) -> None:
    world.fail()


def scale(world: RollingWorld, desired: int, _: int) -> None:
    world.scale(desired % 11)


def change_percents(world: RollingWorld, number: int, _: int) -> None:
    naive = world.naive
    naive.minimum, naive.maximum = PERCENTS[number % len(PERCENTS)]
    world.state = attrs.evolve(
        world.state, minimum_percent=naive.minimum, maximum_percent=naive.maximum
    )


def end(world: RollingWorld, number: int, count: int) -> None:
    """Tasks die: containers exit, hosts are lost."""
    ended = each(world, number, count, "pending", "warming", "healthy", "unhealthy", "draining")
    world.naive.tasks = [task for task in world.naive.tasks if task not in ended]


def change_status(old: tuple[str, ...], new: str) -> Callable[[RollingWorld, int, int], None]:
    def step(world: RollingWorld, number: int, count: int) -> None:
        for task in each(world, number, count, *old):
            task.status = new

    return step


def drain(world: RollingWorld, number: int, count: int) -> None:
    """Instances become DRAINING; their pending tasks stop at once (S8)."""
    for task in each(world, number, count, "pending", "warming", "healthy", "unhealthy"):
        task.draining = True
    gone = tasks_in(world, "pending", "draining")
    gone = [task for task in gone if task.draining and task.status == "pending"]
    world.naive.tasks = [task for task in world.naive.tasks if all(task is not one for one in gone)]


def undrain(world: RollingWorld, number: int, count: int) -> None:
    for task in each(world, number, count, "draining", "draining_warming"):
        task.draining = False


def protect(world: RollingWorld, number: int, count: int) -> None:
    for task in each(world, number, count, "pending", "warming", "healthy", "unhealthy"):
        task.protected = True


def unprotect(world: RollingWorld, _: int, __: int) -> None:
    for task in world.naive.tasks:
        task.protected = False


def hold(world: RollingWorld, number: int, _: int) -> None:
    """The throttle holds a revision, or lets it go."""
    world.naive.held ^= {[world.naive.primary, *world.naive.sources()][number % 2 - 1]}


def limit_room(world: RollingWorld, number: int, is_limited: int) -> None:
    world.holds = number % 14 if is_limited % 2 else None


def limit_revision(world: RollingWorld, _: int, is_limited: int) -> None:
    """No instance fits the primary revision."""
    world.unplaceable = {world.naive.primary} if is_limited % 2 else set()


def rebalance(world: RollingWorld, number: int, _: int) -> None:
    """A zone rebalancing has started so many tasks of the primary revision beyond its slots."""
    world.naive.extras = number % 3


def settle(world: RollingWorld, _: int, __: int) -> None:
    world.settle()


STEPS: dict[str, Callable[[RollingWorld, int, int], None]] = {
    "deploy": deploy,
    "roll back": roll_back,
    "fail": fail,
    "scale": scale,
    "percents": change_percents,
    "end": end,
    "warm": change_status(("pending",), "warming"),
    "heal": change_status(("pending", "warming", "draining_warming"), "healthy"),
    "sicken": change_status(("warming", "healthy", "draining"), "unhealthy"),
    "recover": change_status(("unhealthy",), "healthy"),
    "drain": drain,
    "undrain": undrain,
    "protect": protect,
    "unprotect": unprotect,
    "hold": hold,
    "room": limit_room,
    "fit": limit_revision,
    "rebalance": rebalance,
    "settle": settle,
}


def play(naive: NaiveService, steps: Iterable[Step]) -> RollingWorld:
    """Play a history with a pass after each step, and return what has become of the service."""
    world = RollingWorld(naive)
    world.run_pass()
    for name, first, second in steps:
        STEPS[name](world, first, second)
        world.run_pass()
    return world


def let_settle(world: RollingWorld) -> None:
    """Take away everything that hinders, and run passes until one does nothing."""
    naive = world.naive
    unprotect(world, 0, 0)
    world.holds, world.unplaceable = None, set()
    naive.held.clear()
    naive.extras = 0
    if naive.primary in naive.failed:
        deploy(world, 0, 0)
    for _ in range(200):
        world.settle()
        if not world.run_pass():
            return
    raise AssertionError("a service is still moving after 200 passes")


def is_steady(world: RollingWorld) -> bool:
    """Whether the primary revision has the desired tasks, all healthy, and there are no others."""
    naive = world.naive
    healthy = [task for task in naive.tasks if naive.class_of(task) == "healthy"]
    mine = [task for task in healthy if task.revision == naive.primary]
    return len(mine) == len(naive.tasks) == naive.desired
