"""Daemons: the core looks at what has changed and does what its twin does that sees all (D54)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon_world import HEALTHY, PENDING, UNHEALTHY, DaemonWorld, Host, naive_pass
from placement.services.daemons import Fit

events = st.sampled_from(
    ["join", "leave", "fit", "class", "lose", "others", "room", "full", "deploy", "starts", "pass"]
)


def happen(world: DaemonWorld, event: str, data: st.DataObject) -> None:
    """Let something happen to the service or to an instance."""
    draw = data.draw
    number = draw(st.sampled_from(sorted(world.hosts))) if world.hosts else None
    if event == "join":
        world.join(Host(draw(st.sampled_from(Fit)), others=draw(st.integers(0, 2))))
    elif event == "deploy":
        world.deploy()
    elif event == "starts":
        world.may_start = not world.may_start
    elif event == "room":
        world.give_room()
    elif number is not None:
        host = world.hosts[number]
        happen_to: dict[str, Any] = {
            "leave": lambda: world.leave(number),
            "fit": lambda: world.set_fit(number, draw(st.sampled_from(Fit))),
            "class": lambda: world.set_class(
                number, draw(st.sampled_from([HEALTHY, PENDING, UNHEALTHY]))
            ),
            "lose": lambda: world.lose_daemon(number),
            "others": lambda: world.set_others(number, draw(st.integers(0, 2))),
            "full": lambda: setattr(host, "has_room", False),
        }
        happen_to.get(event, lambda: None)()


@settings(max_examples=300)
@given(st.integers(0, 100), st.lists(events, max_size=30), st.data())
def test_d54_d58_d106_the_core_does_what_its_twin_does(
    percent: int, listed: list[str], data: st.DataObject
) -> None:
    """And at rest there is one daemon of the latest revision on every qualifying instance."""
    world = DaemonWorld(percent)
    for _ in range(data.draw(st.integers(0, 6))):
        world.join(Host())
    for event in [*listed, "pass"]:
        happen(world, event, data)
        twin = deepcopy(world)
        assert world.run_pass()[0] == naive_pass(twin)
        assert world.hosts == twin.hosts
    world.may_start, world.minimum_percent = True, min(percent, 99)
    world.give_room()
    world.all_healthy()
    world.settle()
    check_rest(world)


def check_rest(world: DaemonWorld) -> None:
    for host in world.hosts.values():
        if host.fit is Fit.QUALIFIES:
            assert len(host.daemons) == 1
            assert host.daemons[0].revision == world.revision or not world.state.most_without
        elif host.fit is Fit.UNFIT or (host.fit is Fit.DRAINING and not host.others):
            assert host.daemons == []
        assert len(host.daemons) <= 1


@given(st.integers(0, 40), st.integers(0, 100))
def test_d54_an_update_never_leaves_more_than_the_bound_without_a_healthy_daemon(
    instances: int, percent: int
) -> None:
    world = DaemonWorld(percent)
    for _ in range(instances):
        world.join(Host())
    world.settle()
    world.deploy()
    most = world.state.most_without
    passes = 0
    while world.run_pass()[0]:
        assert world.without_healthy <= most
        assert world.looked_at <= most + 1, "an update reads no further than the bound allows"
        world.all_healthy()
        passes += 1
    assert passes == (-(-instances // most) if most else 0)


def test_d54_at_rest_a_pass_looks_at_nothing() -> None:
    """A pass costs what has changed, not the number of instances."""
    world = DaemonWorld()
    for _ in range(100):
        world.join(Host())
    world.settle()
    world.run_pass()
    assert world.looked_at == 0
    world.set_class(5, UNHEALTHY)
    assert world.run_pass()[0] == {("stop", 5, 1): 1, ("start", 5, 1): 1}
    assert world.looked_at == 1
