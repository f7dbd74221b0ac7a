"""What instances keep free for daemons still to start (A45, D106), as the engine has it."""

from __future__ import annotations

from session_cluster import SIZE, SessionCluster


def reserved(world: SessionCluster) -> list[int]:
    """Return the CPU units that each registered instance keeps free."""
    engine = world.cluster.engine
    return [
        engine.reservation(one.id).cpu
        for one in world.cluster.instances.values()
        if one.is_registered
    ]


def test_a45_only_where_a_daemon_has_still_to_start() -> None:
    world = SessionCluster()
    world.instance(tasks=2)
    world.instance(tasks=4)
    world.daemon(size=3)
    world.session.advance(0)
    assert reserved(world) == [3 * SIZE, 0]


def test_a45_every_daemon_service_counts() -> None:
    world = SessionCluster()
    world.instance(tasks=1)
    world.daemon("one", size=2)
    world.daemon("two", size=3)
    world.session.advance(0)
    assert reserved(world) == [5 * SIZE]
    world.client.delete_service(service="one")
    world.session.advance(0)
    assert reserved(world) == [3 * SIZE]


def test_d106_in_an_update_to_a_larger_size_the_difference() -> None:
    """Likewise when it comes back to the smaller one: nothing."""
    world = SessionCluster(allow_blocking_percents=True)
    for _ in range(2):
        world.instance(tasks=4)
    world.daemon(size=1, minimum=100)
    world.settle()
    assert reserved(world) == [0, 0]
    world.deploy("agent", size=3)
    world.session.advance(0)
    assert reserved(world) == [2 * SIZE, 2 * SIZE]
    world.deploy("agent", size=1)
    world.session.advance(0)
    assert reserved(world) == [0, 0]


def test_nothing_where_no_daemon_starts() -> None:
    """DRAINING, disconnected, and other attributes (B34)."""
    world = SessionCluster()
    ids = [world.instance(tasks=1, attributes={"role": "edge"}) for _ in range(4)]
    edge = [{"type": "memberOf", "expression": "attribute:role == edge"}]
    world.daemon(size=2, placementConstraints=edge)
    world.session.advance(0)
    assert reserved(world) == [2 * SIZE] * 4
    world.drain(ids[0])
    world.session.set_agent(ids[1], connected=False)
    world.client.put_attributes(
        attributes=[
            {
                "name": "role",
                "value": "core",
                "targetId": ids[2],
                "targetType": "container-instance",
            }
        ]
    )
    world.session.advance(0)
    assert reserved(world) == [0, 0, 0, 2 * SIZE]
    world.client.deregister_container_instance(containerInstance=ids[3])
    world.session.advance(0)
    index = world.record("agent").daemons
    assert index is not None
    assert not index.needs


def test_network_interfaces_are_kept_too() -> None:
    """A45 names CPU, memory and interfaces."""
    world = SessionCluster()
    world.client.register_subnet(subnetId="subnet-a", vpcId="vpc-1", availabilityZone="us-east-1a")
    vpc = {
        "ecs.vpc-id": "vpc-1",
        "ecs.instance-type": "m5.large",
        "ecs.capability.task-eni": "",
    }
    id = world.instance(tasks=1, attributes=vpc)
    world.client.create_service(
        serviceName="agent",
        taskDefinition=world.define("agent", 2, networkMode="awsvpc"),
        schedulingStrategy="DAEMON",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )
    world.session.advance(0)
    found = world.cluster.engine.reservation(id)
    assert (found.cpu, found.memory, found.interfaces) == (2 * SIZE, 2 * SIZE, 1)
