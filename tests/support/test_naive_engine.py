"""The naive engine by itself: each rule of the specification by an example, with its number."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import naive
import naive_engine
from naive_engine import NaiveCluster, Refused, RefusedEvent, Request, SplitMix64, parsed, truths
from placement.engine.request import BinPack, DistinctInstance, MemberOf, Random, Spread, Task

ZONE = "ecs.availability-zone"
BY_ZONE = Spread(f"attribute:{ZONE}")
BY_INSTANCE = Spread("instanceId")
FIRST: tuple[()] = ()  # no strategy at all: the instance registered first


def cluster_of(*instances: dict[str, Any], **options: Any) -> NaiveCluster:
    """Make a cluster with plenty of everything; ids are i0, i1, ..."""
    cluster = NaiveCluster(**options)
    for row, instance in enumerate(instances):
        plenty: dict[str, Any] = {"id": f"i{row}", "cpu": 4096, "memory": 8192}
        assert cluster.register(**(plenty | instance)) == row
    return cluster


def in_zones(*zones: str | None, **options: Any) -> NaiveCluster:
    """Make a cluster of one instance for each zone named; None is an instance without zone."""
    attributes = [{} if zone is None else {ZONE: zone} for zone in zones]
    return cluster_of(*({"attributes": each} for each in attributes), **options)


def reasons(
    instance: dict[str, Any], task: Task, *, group: str = "g", constraints: Any = ()
) -> list[str]:
    cluster = cluster_of(instance)
    return cluster.checks(task, 0, group, constraints)


def rows(cluster: NaiveCluster, task: Task, count: int = 1, **how: Any) -> list[int]:
    return cluster.place(task, count, **{"group": "g", "strategy": FIRST} | how).rows


def test_imports_nothing_but_the_standard_library_and_the_twin_of_the_language() -> None:
    tree = ast.parse(Path(naive_engine.__file__).read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported - sys.stdlib_module_names == {"naive"}


# --- C19: numbers ----------------------------------------------------------------------------


def test_c19_the_stream_is_that_of_the_published_splitmix64() -> None:
    stream = SplitMix64(1234567)
    assert [stream.number() for _ in range(3)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]
    assert SplitMix64(0).number() == 0xE220A8397B1DCDAF


def test_c19_a_seed_counts_modulo_two_to_the_64() -> None:
    assert SplitMix64(-1).number() == SplitMix64(2**64 - 1).number()


def test_c19_a_decision_takes_the_high_bits_of_the_product() -> None:
    assert SplitMix64(0).below(10) == 0xE220A8397B1DCDAF * 10 // 2**64


# --- 2.8: checks -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["DRAINING", "REGISTERING", "REGISTRATION_FAILED", "DEREGISTERING", "INACTIVE"]
)
def test_b18_only_active_instances_take_tasks(status: str) -> None:
    assert reasons({"status": status}, Task()) == ["INACTIVE"]


def test_agents_that_are_away_take_none() -> None:
    """2.1."""
    assert reasons({"agent_connected": False}, Task()) == ["AGENT"]


def test_b18_inactive_instances_are_no_candidates() -> None:
    cluster = cluster_of({"status": "INACTIVE"}, {"status": "DRAINING"})
    assert cluster.failures(Task()) == {1: ["INACTIVE"]}


@pytest.mark.parametrize(
    ("has", "wanted", "passes"),
    [
        ({"x": "1"}, {"x": None}, True),
        ({"x": None}, {"x": None}, True),
        ({"x": "1"}, {"x": "1"}, True),
        ({"x": "1"}, {"x": "2"}, False),
        ({"x": None}, {"x": "1"}, False),
        ({"x": None}, {"x": ""}, True),
        ({"X": "1"}, {"x": "1"}, False),
        ({}, {"x": None}, False),
        (
            {"docker-remote-api.1.21": None},
            {"docker-remote-api.1.19": None},
            False,
        ),
    ],
)
def test_required_attributes_are_there_by_name_and_value(
    has: dict[str, str | None], wanted: dict[str, str | None], passes: bool
) -> None:
    """2.7."""
    expected = [] if passes else ["ATTRIBUTE"]
    assert reasons({"attributes": has}, Task(attributes=wanted)) == expected


@pytest.mark.parametrize(
    ("task", "attributes", "passes"),
    [
        (Task(), {"ecs.capability.external": None}, False),
        (Task(launch_type="EXTERNAL"), {"ecs.capability.external": None}, True),
        (Task(launch_type="EXTERNAL"), {}, False),
    ],
)
def test_b21_launch_types_keep_apart(task: Task, attributes: Any, passes: bool) -> None:
    assert (reasons({"attributes": attributes}, task) == []) == passes


@pytest.mark.parametrize(
    ("platform", "attributes", "passes"),
    [
        ({"architecture": "ARM64"}, {"ecs.cpu-architecture": "arm64"}, True),
        ({"architecture": "ARM64"}, {"ecs.cpu-architecture": "x86_64"}, False),
        ({"architecture": "X86_64"}, {}, False),
        ({"architecture": "X86_64"}, {"ecs.cpu-architecture": "x86_64"}, True),  # B27
        ({"operating_system": "LINUX"}, {"ecs.os-type": "linux"}, True),
        ({"operating_system": "LINUX"}, {"ecs.os-type": "windows"}, False),
        (
            {"operating_system": "WINDOWS_SERVER_2022_CORE"},
            {"ecs.os-family": "WINDOWS_SERVER_2022_CORE"},
            True,
        ),
        (
            {"operating_system": "WINDOWS_SERVER_2022_CORE"},
            {"ecs.os-type": "windows", "ecs.os-family": "WINDOWS_SERVER_2022_FULL"},
            False,
        ),
        ({}, {}, True),
    ],
)
def test_a30_platforms(platform: Any, attributes: Any, passes: bool) -> None:
    expected = [] if passes else ["ATTRIBUTE"]
    assert reasons({"attributes": attributes}, Task(**platform)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"ecs.vpc-id": "v1", ZONE: "a"}, []),
        ({"ecs.vpc-id": "v1", ZONE: "b", "ecs.subnet-id": "other"}, []),
        ({"ecs.vpc-id": "v2", ZONE: "a"}, ["ATTRIBUTE"]),
        ({"ecs.vpc-id": "v1", ZONE: "c"}, ["LOCATION"]),
        ({}, ["ATTRIBUTE", "LOCATION"]),
    ],
)
def test_a29_vpc_is_an_attribute_and_zone_a_location(where: Any, expected: list[str]) -> None:
    """B22: one zone that fits is enough."""
    assert reasons({"attributes": where}, Task(vpc="v1", zones=("a", "b"))) == expected


@pytest.mark.parametrize("name", ["cpu", "memory"])
def test_what_is_left_may_be_used_up_exactly(name: str) -> None:
    """2.2: equality fits."""
    exactly: dict[str, Any] = {name: 512}
    assert reasons({name: 512}, Task(**exactly)) == []
    assert reasons({name: 511}, Task(**exactly)) == [f"RESOURCE:{name.upper()}"]


def test_a_task_that_asks_for_no_cpu_fits_on_a_full_instance() -> None:
    """2.2."""
    cluster = cluster_of({"cpu": 10})
    assert rows(cluster, Task(cpu=10)) == [0]
    assert rows(cluster, Task(cpu=0)) == [0]
    assert rows(cluster, Task(cpu=1)) == []


def test_b13_reserved_ports_are_the_agents_unless_given() -> None:
    ssh, remote_desktop = Task(tcp_ports=(22,)), Task(tcp_ports=(3389,))
    windows = {"attributes": {"ecs.os-type": "windows"}}
    assert reasons({}, ssh) == ["RESOURCE:PORTS"]
    assert reasons({}, remote_desktop) == []
    assert reasons(windows, ssh) == []
    assert reasons(windows, remote_desktop) == ["RESOURCE:PORTS"]
    assert reasons({"tcp_ports": ()}, ssh) == []
    assert reasons({"udp_ports": (53,)}, ssh) == ["RESOURCE:PORTS"]  # tcp still by default
    assert reasons({}, Task(udp_ports=(22,))) == []  # none of udp by default


def test_a_port_is_held_once_for_each_protocol() -> None:
    """2.3."""
    cluster = cluster_of({})
    assert rows(cluster, Task(tcp_ports=(80,)), 2) == [0]
    assert rows(cluster, Task(udp_ports=(80,)), 2) == [0]
    assert cluster.checks(Task(tcp_ports=(81,), udp_ports=(80,)), 0) == ["RESOURCE:PORTS"]


def test_dynamic_ports_neither_conflict_nor_count() -> None:
    """2.3."""
    cluster = cluster_of({"tcp_ports": range(1, 102)})  # more than the limit
    assert rows(cluster, Task(dynamic_ports=500), 3) == [0, 0, 0]


@pytest.mark.parametrize(("reserved", "fits"), [(98, True), (99, False)])
def test_b20_a_hundred_ports_tcp_and_udp_together_reserved_ones_included(
    reserved: int, fits: bool
) -> None:
    instance = {"tcp_ports": range(1, 51), "udp_ports": range(1, reserved - 49)}
    task = Task(tcp_ports=(8080,), udp_ports=(8080,))
    assert reasons(instance, task) == ([] if fits else ["RESOURCE:PORTS"])
    assert reasons(instance, Task()) == []


def test_a_task_with_an_interface_of_its_own_needs_the_attribute_and_room() -> None:
    """2.4, C12."""
    eni = {"attributes": {"ecs.capability.task-eni": None}, "network_interfaces": 2}
    task = Task(network_interface=True)
    assert rows(cluster_of(eni), task, 3) == [0, 0]
    assert reasons({"network_interfaces": 2}, task) == ["ATTRIBUTE"]
    assert reasons(eni | {"network_interfaces": 0}, task) == ["RESOURCE:ENI"]
    assert reasons(eni | {"network_interfaces": 0}, Task()) == []


def test_a28_an_unknown_number_of_interfaces_is_not_checked() -> None:
    cluster = cluster_of({"attributes": {"ecs.capability.task-eni": None}})
    assert len(rows(cluster, Task(network_interface=True), 50)) == 50


def test_c12_the_capacity_may_come_from_elsewhere() -> None:
    class ByType(NaiveCluster):
        def capacity_of(self, node: naive_engine.Node) -> int | None:
            return {"c5.large": 1}.get(node.attributes.get("ecs.instance-type") or "")

    cluster = ByType()
    attributes = {"ecs.capability.task-eni": None, "ecs.instance-type": "c5.large"}
    cluster.register(id="i", attributes=attributes)
    assert rows(cluster, Task(network_interface=True), 2) == [0]
    cluster.put_attributes("i", {"ecs.instance-type": "x.unknown"})
    assert rows(cluster, Task(network_interface=True), 2) == [0, 0]


def test_gpus_are_whole_and_the_lowest_free_ones_are_taken() -> None:
    """2.2, B14."""
    cluster = cluster_of({"gpus": ["a", "b", "c"]})
    assert rows(cluster, Task(gpus=1), 2) == [0, 0]
    cluster.stop(0)
    assert rows(cluster, Task(gpus=2)) == [0]
    assert [held.gpus for held in cluster.holding(0)] == [("b",), ("a", "c")]
    assert cluster.checks(Task(gpus=1), 0) == ["RESOURCE:GPU"]


def test_c17_further_resources_are_named_and_sorted() -> None:
    instance = {"resources": {"disk": 10, "fpga": 0}}
    task = Task(resources={"zeal": 1, "fpga": 1, "disk": 10, "none": 0})
    assert reasons(instance, task) == ["RESOURCE:fpga", "RESOURCE:zeal"]


def test_a32_every_check_in_order() -> None:
    """C17."""
    cluster = cluster_of(
        {
            "status": "ACTIVE",
            "cpu": 1,
            "memory": 1,
            "network_interfaces": 0,
            "resources": {"r": 0},
        }
    )
    cluster.add_task("i0", "g")
    cluster.set_status("i0", "DRAINING")
    cluster.set_agent("i0", connected=False)
    task = Task(
        cpu=2,
        memory=2,
        gpus=1,
        tcp_ports=(22,),
        network_interface=True,
        zones=("z",),
        resources={"r": 1},
    )
    constraints = (DistinctInstance(), MemberOf("attribute:x exists"))
    assert cluster.checks(task, 0, "g", constraints) == [
        "INACTIVE",
        "AGENT",
        "ATTRIBUTE",
        "LOCATION",
        "RESOURCE:CPU",
        "RESOURCE:MEMORY",
        "RESOURCE:PORTS",
        "RESOURCE:ENI",
        "RESOURCE:GPU",
        "RESOURCE:r",
        "MEMBER_OF",
        "DISTINCT_INSTANCE",
    ]


# --- 2.6: constraints ------------------------------------------------------------------------


def test_members_of_both_levels_must_hold() -> None:
    """2.6."""
    instance = {"attributes": {"stack": "prod", "rack": "1"}}
    task = Task(constraints=[MemberOf("attribute:stack == prod")])
    assert reasons(instance, task, constraints=[MemberOf("attribute:rack == 1")]) == []
    assert reasons(instance, task, constraints=[MemberOf("attribute:rack == 2")]) == ["MEMBER_OF"]
    assert reasons({}, task, constraints=[MemberOf("attribute:rack !exists")]) == ["MEMBER_OF"]


def test_a20_tasks_placed_earlier_in_the_same_call_count() -> None:
    """The way to write anti-affinity (1.7)."""
    cluster = cluster_of({}, {})
    apart = [MemberOf("not(task:group == g)")]
    assert rows(cluster, Task(), 3, constraints=apart) == [0, 1]


def test_self_affinity_does_not_bootstrap() -> None:
    """1.7."""
    cluster = cluster_of({}, {})
    together = [MemberOf("task:group == g")]
    assert rows(cluster, Task(), constraints=together) == []
    cluster.add_task("i1", "g")
    assert rows(cluster, Task(), constraints=together) == [1]


def test_a19_the_running_count_moves_from_the_reported_number() -> None:
    cluster = cluster_of({"running_tasks": 3})
    few = [MemberOf("runningTasksCount < 5")]
    assert rows(cluster, Task(), 9, constraints=few) == [0, 0]
    cluster.stop(0)
    assert rows(cluster, Task(), 9, constraints=few) == [0]


def test_distinct_instances_go_by_the_group_over_all_calls() -> None:
    """2.6."""
    cluster = cluster_of({}, {}, {})
    distinct = [DistinctInstance()]
    assert rows(cluster, Task(), 2, constraints=distinct) == [0, 1]
    assert rows(cluster, Task(), 2, constraints=distinct) == [2]
    assert rows(cluster, Task(), 1, group="other", constraints=distinct) == [0]
    cluster.stop(1)
    assert rows(cluster, Task(), 2, constraints=distinct) == [1]


def test_c14_the_default_group_is_the_family() -> None:
    cluster = cluster_of({}, {})
    distinct = [DistinctInstance()]
    assert cluster.place(Task(family="a"), constraints=distinct, strategy=FIRST).rows == [0]
    assert cluster.place(Task(family="a"), constraints=distinct, strategy=FIRST).rows == [1]
    assert cluster.groups(0) == {"family:a": 1}


def test_c10_tasks_without_known_group_do_not_block() -> None:
    assert reasons({"running_tasks": 1}, Task(), constraints=[DistinctInstance()]) == []


@pytest.mark.parametrize(
    "how",
    [
        {"constraints": [DistinctInstance()] * 10},
        {"strategy": [BinPack("cpu")] * 6},
        {"count": -1},
    ],
)
def test_c13_what_is_refused_changes_nothing(how: dict[str, Any]) -> None:
    cluster = cluster_of({})
    before = cluster.state()
    with pytest.raises(Refused):
        cluster.place(Task(constraints=[MemberOf("attribute:x !exists")]), **how)
    assert cluster.state() == before


# --- 2.9: strategies -------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["cpu", "memory", "gpu", "disk"])
def test_binpack_takes_the_least_left_that_still_fits(field: str) -> None:
    """2.9."""
    small, large, full = ({"resources": {"disk": n}, "gpus": n} for n in (2, 9, 0))
    cluster = cluster_of(
        large | {"cpu": 900, "memory": 900},
        small | {"cpu": 200, "memory": 200},
        full | {"cpu": 50, "memory": 50},
    )
    task = Task(cpu=100, memory=100, gpus=1, resources={"disk": 1})
    assert rows(cluster, task, 4, strategy=[BinPack(field)]) == [1, 1, 0, 0]


def test_binpack_compares_units_and_not_percent() -> None:
    """2.9."""
    cluster = cluster_of({"cpu": 1000}, {"cpu": 900})
    cluster.add_task("i0", "g", Task(cpu=50))  # 95% of 1000 is more than 100% of 900
    assert rows(cluster, Task(), strategy=[BinPack("cpu")]) == [1]


def test_a35_ties_go_to_the_instance_registered_first() -> None:
    cluster = cluster_of({}, {}, {})
    assert rows(cluster, Task(), 2, strategy=[BinPack("cpu")]) == [0, 0]
    cluster.deregister("i0", force=True)
    cluster.register(id="i0", cpu=4096)
    assert rows(cluster, Task(), 2, strategy=[BinPack("cpu")]) == [1, 1]


@pytest.mark.parametrize("field", ["instanceId", "host", f"attribute:{ZONE}"])
def test_spread_takes_the_bucket_with_the_fewest_tasks(field: str) -> None:
    """2.9."""
    cluster = in_zones("a", "b", "c")
    assert rows(cluster, Task(), 5, strategy=[Spread(field)]) == [0, 1, 2, 0, 1]


def test_a33_tasks_count_wherever_they_are() -> None:
    """On full and on draining instances, of all revisions, of this group only."""
    cluster = in_zones("a", "a", "b", "b", "c")
    cluster.add_task("i1", "g", Task(cpu=4096, revision=1))
    cluster.add_task("i3", "g")
    cluster.set_status("i3", "DRAINING")
    for _ in range(5):
        cluster.add_task("i4", "other")
    assert rows(cluster, Task(cpu=1, revision=2), 4, strategy=[BY_ZONE]) == [4, 0, 2, 4]


def test_a33_buckets_are_those_of_the_eligible_instances() -> None:
    cluster = in_zones("a", "b")
    cluster.add_task("i1", "g")
    cluster.set_agent("i0", connected=False)  # zone a would be better
    assert rows(cluster, Task(), strategy=[BY_ZONE]) == [1]


def test_a33_draining_instances_and_old_revisions_need_not_count() -> None:
    cluster = in_zones("a", "a", "b", "c")
    cluster.add_task("i1", "g", Task(revision=2))
    cluster.add_task("i1", "g", Task(revision=2))
    cluster.set_status("i1", "DRAINING")
    cluster.add_task("i2", "g", Task(family="other", revision=1))
    cluster.add_task("i3", "g", Task(revision=1))
    cluster.add_task("i3", "g", Task(revision=1))
    task = Task(revision=2)

    def chosen(**options: bool) -> list[int]:
        how = [Spread(f"attribute:{ZONE}", **options)]
        return rows(cluster.copy(), task, strategy=how)

    assert chosen() == [2]
    assert chosen(count_draining=False) == [0]
    assert chosen(count_old_revisions=False) == [3]
    assert chosen(count_draining=False, count_old_revisions=False) == [0]


def test_a34_instances_without_the_attribute_are_a_bucket_that_loses_ties() -> None:
    cluster = in_zones(None, "a", None)
    assert rows(cluster, Task(), 4, strategy=[BY_ZONE]) == [1, 0, 1, 0]


def test_b15_an_attribute_without_value_is_a_bucket_of_its_own() -> None:
    cluster = cluster_of({}, {"attributes": {"x": None}}, {"attributes": {"x": ""}})
    assert rows(cluster, Task(), 3, strategy=[Spread("attribute:x")]) == [1, 0, 1]


def test_chains_narrow_and_tied_buckets_survive_together() -> None:
    """2.9, A35: a lexicographic key."""
    cluster = cluster_of(
        {"attributes": {ZONE: "a"}, "memory": 900},
        {"attributes": {ZONE: "a"}, "memory": 800},
        {"attributes": {ZONE: "b"}, "memory": 700},
        {"attributes": {ZONE: "b"}, "memory": 600},
    )
    chain = [BY_ZONE, BinPack("memory")]
    assert rows(cluster, Task(memory=1), 4, strategy=chain) == [3, 1, 3, 1]


def test_the_remainder_of_every_service_goes_to_the_same_instance() -> None:
    """2.9: strategies see only their own service's tasks."""
    cluster = in_zones("a", "b")
    chain = [BY_ZONE, BinPack("cpu")]
    landed = [rows(cluster, Task(cpu=1), group=f"service:{n}", strategy=chain) for n in range(4)]
    assert landed == [[0]] * 4


def test_c18_services_spread_by_zone_and_then_by_instance() -> None:
    cluster = in_zones("a", "a", "b")
    assert cluster.place(Task(), 6, group="service:s").rows == [0, 2, 1, 2, 0, 2]


def test_a36_spread_by_zone_alone_has_no_second_strategy() -> None:
    cluster = in_zones("a", "a", "b")
    assert rows(cluster, Task(), 4, group="service:s", strategy=[BY_ZONE]) == [0, 2, 0, 2]


def test_c18_standalone_tasks_are_placed_at_random() -> None:
    cluster, other = cluster_of({}, {}, {}), cluster_of({}, {}, {})
    placed = cluster.place(Task(), 50)
    assert placed.rows == rows(other, Task(), 50, strategy=[Random()], seed=0)
    assert set(placed.rows) == {0, 1, 2}


# --- C18, C19: random ------------------------------------------------------------------------


def test_c19_one_number_for_each_decision_among_the_survivors_in_row_order() -> None:
    cluster = in_zones("a", "b", "a", "b", "a")
    cluster.add_task("i1", "g")
    stream = SplitMix64(7)
    expected = [[0, 2, 4][stream.number() * 3 >> 64]]
    expected.append([0, 1, 2, 3, 4][stream.number() * 5 >> 64])
    assert (
        rows(cluster, Task(), 2, strategy=[BY_ZONE, Random(), BinPack("cpu")], seed=7) == expected
    )


def test_c19_a_decision_without_survivors_draws_nothing_and_with_one_it_draws() -> None:
    cluster = cluster_of({"cpu": 1})
    fresh = cluster.random.state
    assert rows(cluster, Task(cpu=2), 3, strategy=[Random()]) == []
    assert cluster.random.state == fresh
    assert rows(cluster, Task(cpu=1), 3, strategy=[Random()]) == [0]
    assert cluster.random.state == (fresh + 0x9E3779B97F4A7C15) % 2**64


def test_c18_without_random_nothing_is_drawn() -> None:
    cluster = cluster_of({}, {})
    fresh = cluster.random.state
    rows(cluster, Task(), 5, strategy=[BY_INSTANCE])
    assert cluster.random.state == fresh


def test_c18_a_seed_leaves_the_clusters_own_stream_alone() -> None:
    one, two = cluster_of({}, {}, {}, seed=3), cluster_of({}, {}, {}, seed=3)
    rows(one, Task(), 5, strategy=[Random()], seed=99)
    assert rows(one, Task(), 20, strategy=[Random()]) == rows(two, Task(), 20, strategy=[Random()])


def test_a35_ties_may_be_broken_at_random() -> None:
    cluster = cluster_of({}, {}, {"cpu": 9999}, ties="random")
    found = Counter(rows(cluster, Task(), 200, strategy=[BinPack("cpu")]))
    assert set(found) == {0, 1}
    assert min(found.values()) > 60


# --- 2.10, C15: calls ------------------------------------------------------------------------


def test_what_fits_is_placed_and_the_rest_is_counted() -> None:
    """2.10: not atomic."""
    cluster = cluster_of({"cpu": 10}, {"cpu": 5})
    placed = cluster.place(Task(cpu=4), 5, group="g", strategy=FIRST)
    assert (placed.rows, placed.task_ids, placed.unplaced) == ([0, 0, 1], [0, 1, 2], 2)
    cluster.invariants()


def test_all_or_nothing_leaves_no_trace() -> None:
    cluster = cluster_of({"cpu": 10}, {"cpu": 5})
    before = cluster.state()
    placed = cluster.place(Task(cpu=4), 5, all_or_nothing=True)
    assert (placed.rows, placed.task_ids, placed.unplaced) == ([], [], 5)
    assert cluster.state() == before
    assert cluster.place(Task(cpu=4), 3, all_or_nothing=True).task_ids == [0, 1, 2]


def test_c15_a_stream_of_requests_sees_what_came_before() -> None:
    cluster = cluster_of({"cpu": 4}, {"cpu": 4})
    requests = [Request(Task(cpu=3), "a", (), FIRST), Request(Task(cpu=1), "b", (), FIRST)]
    found, ids = cluster.place_many(requests, [0, 0, 0, 1, 1, 1])
    assert found == [0, 1, -1, 0, 1, -1]
    assert ids == [0, 1, -1, 2, 3, -1]


def test_c19_the_stream_goes_on_over_a_stream_of_requests() -> None:
    one, two = cluster_of(*[{}] * 7), cluster_of(*[{}] * 7)
    many = one.place_many([Request(Task()), Request(Task(), "g")], [0, 1] * 10, seed=5)
    assert many.rows == rows(two, Task(), 20, strategy=[Random()], seed=5)


@pytest.mark.parametrize("order", [[0, 1], [-1]])
def test_an_order_beyond_the_requests_is_refused(order: list[int]) -> None:
    cluster = cluster_of({})
    with pytest.raises(Refused):
        cluster.place_many([Request(Task())], order)
    assert not cluster.tasks


def test_a_stream_of_starts_and_stops_goes_on_in_pieces() -> None:
    cluster = cluster_of({"cpu": 4}, {"cpu": 4})
    requests = [Request(Task(cpu=3), "a", (), FIRST), Request(Task(cpu=5))]
    found, ids = cluster.replay(requests, [0, 0, 0, 1, ~0, 0, ~3])
    assert found == [0, 1, -1, -1, -1, 0, -1]
    assert ids == [0, 1, -1, -1, -1, 2, -1]
    found, again = cluster.replay(requests, [~5, ~2, 0], running=ids)
    assert (found, again) == ([-1, -1, 0], [-1, -1, 3])
    assert list(cluster.tasks) == [1, 3]


@pytest.mark.parametrize(
    ("events", "running", "index", "of_task"),
    [
        ([0, 1], [], 1, False),
        ([0, ~1], [], 1, False),
        ([0, ~0, ~1], [], 2, False),
        ([~1, ~0, ~1], [-1, 0], 2, False),
        ([0, ~0], [9], 1, True),
        ([~0], [1], 0, True),
    ],
)
def test_the_first_wrong_event_is_named(
    events: list[int], running: list[int], index: int, of_task: bool
) -> None:
    cluster = cluster_of({})
    cluster.place(Task(), 2)
    cluster.stop(1)
    before = cluster.state()
    with pytest.raises(RefusedEvent) as refused:
        cluster.replay([Request(Task())], events, running)
    assert (refused.value.index, refused.value.of_task) == (index, of_task)
    assert cluster.state() == before


@pytest.mark.parametrize(("running", "refused"), [([0, 0], True), ([1, 1, -1, -1], False)])
def test_what_runs_is_listed_once(running: list[int], refused: bool) -> None:
    cluster = cluster_of({})
    cluster.place(Task(), 2)
    cluster.stop(1)
    if refused:
        with pytest.raises(Refused):
            cluster.replay([], [], running)
    else:
        assert cluster.replay([], [], running).rows == []


def test_c15_ids_ascend_and_are_never_used_again() -> None:
    cluster = cluster_of({})
    assert cluster.place(Task(), 2).task_ids == [0, 1]
    cluster.stop([0, 1])
    assert cluster.add_task("i0", "g") == 2


@pytest.mark.parametrize("ids", [[0, 9], [0, 0], 9])
@pytest.mark.parametrize("release", ["desired_status", "last_status"])
def test_c15_stopping_is_all_or_nothing(ids: Any, release: str) -> None:
    cluster = cluster_of({}, release=release)
    cluster.place(Task())
    before = cluster.state()
    with pytest.raises(Refused):
        cluster.stop(ids)
    assert cluster.state() == before


def test_c21_a_trial_is_a_copy_that_is_thrown_away() -> None:
    cluster = cluster_of({}, {"attributes": {"x": "1"}})
    cluster.place(Task(), 3)
    before, saved = cluster.state(), cluster.copy()
    cluster.place(Task(), 4)
    cluster.stop(0)
    cluster.put_attributes("i1", {"x": "2"})
    cluster.deregister("i0", force=True)
    assert cluster.state() != before
    cluster.become(saved)
    assert cluster.state() == before


# --- A25: release ----------------------------------------------------------------------------

GREEDY = Task(cpu=4096, memory=8192, gpus=1, tcp_ports=(80,), network_interface=True)
GREEDY_INSTANCE = {
    "gpus": 1,
    "network_interfaces": 1,
    "attributes": {"ecs.capability.task-eni": None},
}


def test_a25_everything_is_free_at_once() -> None:
    cluster = cluster_of(GREEDY_INSTANCE)
    rows(cluster, GREEDY)
    cluster.stop(0)
    assert cluster.checks(GREEDY, 0, "g", [DistinctInstance()]) == []
    assert cluster.running(0) == 0


def test_a25_by_last_status_resources_stay_held_and_counts_do_not() -> None:
    cluster = cluster_of(GREEDY_INSTANCE, release="last_status")
    rows(cluster, GREEDY)
    cluster.stop(0)
    held = [f"RESOURCE:{name}" for name in ("CPU", "MEMORY", "PORTS", "ENI", "GPU")]
    assert cluster.checks(GREEDY, 0, "g", [DistinctInstance()]) == held
    assert (cluster.running(0), cluster.groups(0)) == (0, {})
    cluster.set_task(0, last_status="STOPPING")
    assert cluster.checks(GREEDY, 0) == held
    cluster.set_task(0, last_status="STOPPED")
    assert cluster.checks(GREEDY, 0) == []
    cluster.invariants()


def test_a25_a_stopping_task_counts_for_no_spread() -> None:
    cluster = cluster_of({}, {}, release="last_status")
    assert rows(cluster, Task(), 2, strategy=[BY_INSTANCE]) == [0, 1]
    cluster.stop(1)
    assert rows(cluster, Task(), strategy=[BY_INSTANCE]) == [1]


# --- The cluster -----------------------------------------------------------------------------


def test_c7_rows_are_never_used_again() -> None:
    cluster = cluster_of({}, {})
    cluster.deregister("i0")
    assert cluster.register(id="i0") == 2
    with pytest.raises(Refused):
        cluster.checks(Task(), 0)


def test_c7_compacting_removes_the_holes_and_keeps_ids() -> None:
    cluster = cluster_of({}, {}, {})
    rows(cluster, Task(), 3, strategy=[BY_INSTANCE])
    cluster.deregister("i1", force=True)
    assert cluster.compact() == [0, -1, 1]
    assert [held.row for held in cluster.live()] == [0, 1]
    assert rows(cluster, Task(), 2, strategy=[BY_INSTANCE]) == [0, 1]
    cluster.invariants()


def test_c9_an_id_is_refused_unless_it_is_inactive() -> None:
    cluster = cluster_of({})
    with pytest.raises(Refused):
        cluster.register(id="i0")
    cluster.set_status("i0", "INACTIVE")
    assert cluster.register(id="i0") == 1


def test_b17_deregistered_tasks_count_for_nothing() -> None:
    cluster = in_zones("a", "a", "b")
    cluster.place(Task(), 4, group="g", strategy=[BY_INSTANCE])
    with pytest.raises(Refused):
        cluster.deregister("i0")
    cluster.deregister("i0", force=True)
    assert cluster.count(BY_ZONE, "a", "g", None) == 1
    with pytest.raises(Refused):
        cluster.stop(0)
    cluster.invariants()


def test_c10_a_task_of_which_only_the_group_is_known_holds_nothing() -> None:
    cluster = cluster_of({"cpu": 1})
    cluster.add_task("i0", "g")
    assert cluster.left(0, "cpu") == 1
    assert (cluster.running(0), cluster.groups(0)) == (1, {"g": 1})
    cluster.remove_task(0)
    assert cluster.running(0) == 0


@pytest.mark.parametrize(
    "break_it",
    [
        {"cpu": 99999},
        {"tcp_ports": (22,)},
        {"gpus": 1},
        {"network_interface": True},
    ],
)
def test_the_invariants_notice(break_it: dict[str, Any]) -> None:
    cluster = cluster_of({"network_interfaces": 0})
    cluster.invariants()
    cluster.commit(Request(Task(**break_it)), 0)
    with pytest.raises(AssertionError):
        cluster.invariants()


# --- 2.11: scale-in --------------------------------------------------------------------------


def running(cluster: NaiveCluster, *instances: str, task: Task | None = None) -> None:
    """Add tasks of the group, each on the instance named; their ids are 0, 1, ..."""
    for id in instances:
        cluster.add_task(id, "g", task)


def test_without_strategy_the_fullest_zone_and_then_the_fullest_instance() -> None:
    """2.11."""
    cluster = in_zones("a", "a", "b")
    running(cluster, "i2", "i2", "i0", "i1", "i1")
    assert cluster.choose_to_stop("g", 5) == [3, 0, 2, 1, 4]


def test_b29_binpack_drains_where_the_most_will_be_left() -> None:
    cluster = cluster_of({"cpu": 1000}, {"cpu": 1000})
    for id, cpu in [("i0", 500), ("i0", 100), ("i1", 300), ("i1", 350)]:
        cluster.add_task(id, "g", Task(cpu=cpu))
    # Left now: 400 and 350; after each task's end: 900, 500, 650, 700.
    assert cluster.choose_to_stop("g", 4, [BinPack("cpu")]) == [0, 1, 3, 2]


@pytest.mark.parametrize("release", ["desired_status", "last_status"])
def test_b29_victims_before_are_seen_as_gone(release: str) -> None:
    """Whatever A25's option; nothing is stopped by choosing."""
    cluster = cluster_of({"cpu": 1000}, {"cpu": 1000}, release=release)
    for id, cpu in [("i0", 200), ("i0", 400), ("i1", 300), ("i1", 200)]:
        cluster.add_task(id, "g", Task(cpu=cpu))
    before = cluster.state()
    # Left now: 400 and 500.  After each: 600, 800, 800, 700; then i0 has 800 left.
    assert cluster.choose_to_stop("g", 4, [BinPack("cpu")]) == [1, 0, 2, 3]
    assert cluster.state() == before


def test_chains_are_a_lexicographic_maximum() -> None:
    """2.11."""
    cluster = cluster_of(
        {"attributes": {ZONE: "a"}, "cpu": 100},
        {"attributes": {ZONE: "a"}, "cpu": 200},
        {"attributes": {ZONE: "b"}, "cpu": 900},
    )
    running(cluster, "i0", "i1", "i2", task=Task(cpu=1))
    assert cluster.choose_to_stop("g", 3, [BY_ZONE, BinPack("cpu")]) == [1, 2, 0]


def test_a34_of_equal_buckets_the_missing_one_loses_its_task() -> None:
    cluster = in_zones("a", None, "b")
    running(cluster, "i0", "i1", "i2")
    assert cluster.choose_to_stop("g", 3, [BY_ZONE]) == [1, 0, 2]


def test_a39_protected_tasks_are_never_stopped() -> None:
    cluster = cluster_of({}, {})
    running(cluster, "i0", "i0", "i1")
    cluster.set_task(0, protected=True)
    assert cluster.choose_to_stop("g", 3) == [1, 2]


def test_a39_the_whole_order() -> None:
    cluster = cluster_of({}, {}, {})
    tasks: list[dict[str, Any]] = [  # from the last to be stopped to the first
        {"at": "i0", "deployment": 1, "last_status": "RUNNING", "health": "HEALTHY"},
        {"at": "i1", "deployment": 1, "last_status": "RUNNING", "health": "HEALTHY"},
        {"at": "i2", "deployment": 1, "last_status": "RUNNING", "health": "HEALTHY"},
        {"at": "i0", "deployment": 1, "last_status": "RUNNING", "health": "UNHEALTHY"},
        {"at": "i0", "deployment": 1, "last_status": "PENDING", "health": "UNKNOWN"},
        {"at": "i0", "deployment": 0, "last_status": "RUNNING", "health": "HEALTHY"},
    ]
    for task in tasks:
        facts = dict(task)
        cluster.set_task(cluster.add_task(facts.pop("at"), "g"), **facts)
    cluster.add_task("i1", "other")
    cluster.set_status("i2", "DRAINING")
    assert cluster.choose_to_stop("g", 6, [BY_INSTANCE]) == [5, 4, 3, 2, 0, 1]


@pytest.mark.parametrize(("tie", "first"), [("task_id", 0), ("oldest", 0), ("newest", 2)])
def test_c16_ties(tie: str, first: int) -> None:
    cluster = cluster_of({}, {}, {})
    running(cluster, "i2", "i1", "i0")
    assert cluster.choose_to_stop("g", 1, tie=tie) == [first]


def test_random_victims_by_the_seed() -> None:
    """2.11, C19."""
    cluster = in_zones("a", "b")
    running(cluster, "i0", "i0", "i0", "i1")
    stream = SplitMix64(11)
    first = [0, 1, 2][stream.below(3)]
    rest = [task for task in (0, 1, 2) if task != first]
    second = rest[stream.below(2)]
    assert cluster.choose_to_stop("g", 2, [BY_ZONE, Random()], seed=11) == [first, second]


# --- A41, C20: explanations ------------------------------------------------------------------


def test_a41_the_longest_passed_prefix_comes_first() -> None:
    cluster = cluster_of({"cpu": 0}, {"agent_connected": False}, {"memory": 0, "gpus": 0})
    assert cluster.closest(Task(cpu=1, memory=1, gpus=1)) == 2


def test_a41_then_the_fewest_failed_checks() -> None:
    cluster = cluster_of({"cpu": 90, "memory": 0}, {"cpu": 10})
    assert cluster.closest(Task(cpu=100, memory=1)) == 1


def test_a41_then_the_smallest_relative_shortfall() -> None:
    cluster = cluster_of({"cpu": 10}, {"cpu": 90}, {"cpu": 90})
    assert cluster.closest(Task(cpu=100)) == 1
    further = cluster_of({"resources": {"disk": 10}}, {"resources": {"disk": 90}})
    assert further.closest(Task(resources={"disk": 100})) == 1


def test_a41_or_the_fewest_attributes_or_ports() -> None:
    wanted = Task(attributes={"x": None, "y": None})
    assert cluster_of({}, {"attributes": {"y": None}}).closest(wanted) == 1
    ports = Task(tcp_ports=(80,), udp_ports=(81,))
    busy = cluster_of({"tcp_ports": [80], "udp_ports": [81]}, {"udp_ports": [81]})
    assert busy.closest(ports) == 1


def test_b18_the_closest_is_a_candidate() -> None:
    assert cluster_of({"status": "INACTIVE"}).closest(Task()) is None
    assert cluster_of({"status": "INACTIVE"}, {"cpu": 0}).closest(Task(cpu=1)) == 1


def test_c20_not_now_is_told_from_not_ever() -> None:
    cluster = cluster_of({"cpu": 10, "running_tasks": 7, "status": "DRAINING"})
    cluster.add_task("i0", "g", Task(cpu=10, tcp_ports=(80,)))
    assert not cluster.never_fits(Task(cpu=10, tcp_ports=(80,)), "g", [DistinctInstance()])
    assert cluster.never_fits(Task(cpu=11))
    assert cluster.never_fits(Task(tcp_ports=(22,)))  # reserved, not held
    assert cluster.never_fits(Task(), "g", [MemberOf("attribute:x exists")])


@pytest.mark.parametrize(
    ("text", "ever"),
    [
        ("task:group == never-seen", True),
        ("not(task:group == x)", True),
        ("runningTasksCount > 5", True),
        ("not(runningTasksCount > 5) and attribute:x == 1", True),
        ("runningTasksCount > 5 and attribute:x == 2", False),
        ("runningTasksCount > 5 or attribute:x == 2", True),
        ("not(task:group == x or attribute:x == 1)", False),
        ("not(task:group == x and attribute:x == 1)", True),
        ("task:group == x and not(task:group == x)", True),
        ("agentConnected == true", True),
        ("agentConnected == false", False),
    ],
)
def test_c20_tests_on_what_runs_are_satisfiable(text: str, ever: bool) -> None:
    cluster = cluster_of({"attributes": {"x": "1"}, "agent_connected": False})
    assert cluster.never_fits(Task(), "g", [MemberOf(text)]) != ever


def test_truths_of_what_is_known_are_the_truth() -> None:
    instance = cluster_of({"attributes": {"x": "1"}}).instance(0)
    for text in (
        "attribute:x == 1",
        "attribute:x != 1",
        "not(attribute:x > 0 or attribute:y !in [a])",
    ):
        assert truths(parsed(text), instance) == {naive.holds(naive.parse(text), instance)}
