"""How many more tasks fit, and how many machines the rest needs (C12, C45)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from placement import (
    AtMost,
    BinPack,
    Cluster,
    DistinctInstance,
    DocumentError,
    Instance,
    MemberOf,
    Reservation,
    Task,
    UsageError,
    ZoneSkew,
)
from placement.machines.ec2_types import instance_type, instance_types
from placement.planning import MachinesNeeded, NewMachine, WhyNoMachine, fit
from placement.planning import fit as fit_function
from placement.planning.fit import MAX_COUNT, MAX_MACHINES

TASK = Task(cpu=500, memory=1000, family="web", revision=1)
EU = "eu-west-1b"


def cluster(zone: str = EU) -> Cluster:
    """Two instances, with room for four tasks and for two."""
    found = Cluster()
    attributes = {"ecs.availability-zone": zone}
    found.register(Instance(id="x", cpu=2000, memory=5000, attributes=attributes))
    found.register(Instance(id="y", cpu=9000, memory=2500, attributes=attributes))
    return found


def needed(found: Any) -> MachinesNeeded:
    assert found.no_machine is None
    assert isinstance(found.machines, MachinesNeeded)
    return found.machines


def test_as_many_fit_as_can_be_placed_one_by_one_and_nothing_has_happened() -> None:
    there = cluster()
    before = there.to_ecs()
    seen = fit(there, TASK, 6)
    assert (seen.fitting, seen.machines, seen.no_machine) == (6, None, None)
    assert there.to_ecs() == before
    assert len(there.place(TASK, 7).rows) == 6


def test_why_not_one_more_is_what_it_meets_after_these() -> None:
    seen = fit(cluster(), TASK, 1)
    reasons = {one.reason: one.instances for one in seen.explanation.shortfalls}
    assert reasons == {"RESOURCE:CPU": 1, "RESOURCE:MEMORY": 1}


def test_machines_of_a_type_that_is_named() -> None:
    """An m5.large registers 2,048 CPU units: four tasks each."""
    machines = needed(fit(cluster(), TASK, 15, new_machine=NewMachine("m5.large")))
    assert (machines.count, machines.tasks_each, machines.zone) == (3, 4, EU)
    assert machines.price == Decimal("0.096")
    assert machines.total_price == Decimal("0.288")
    assert machines.region == "us-east-1"
    assert "karpenter" in machines.source


def test_c45_the_type_that_costs_least_for_the_tasks() -> None:
    """No other type costs less for the nine tasks that are missing, by arithmetic alone.

    The task has no constraints, so that CPU and memory decide.
    """
    machines = needed(fit(cluster(), TASK, 15))
    costs = {}
    for name, type in instance_types().items():
        each = min(type.cpu // 500, type.registered_memory // 1000)
        if each and type.price is not None:
            costs[name] = type.price * -(-9 // each)
    assert machines.total_price == costs[machines.instance_type] == min(costs.values())


def test_c45_a_type_without_a_price_is_never_chosen_unless_it_is_named() -> None:
    unpriced = next(name for name, one in instance_types().items() if one.price is None)
    machines = needed(fit(Cluster(), Task(cpu=1), 1, new_machine=NewMachine(unpriced)))
    assert (machines.instance_type, machines.price, machines.total_price) == (unpriced, None, None)
    assert needed(fit(Cluster(), Task(cpu=1), 1)).price is not None


def test_c45_types_are_offered_in_their_zones_of_us_east_1() -> None:
    machines = needed(fit(cluster("us-east-1e"), TASK, 15))
    assert machines.zone == "us-east-1e"
    assert "e" in instance_type(machines.instance_type).zones


def test_the_task_decides_the_architecture_and_gpus() -> None:
    arm = needed(fit(Cluster(), Task(cpu=1, memory=1, architecture="ARM64"), 1))
    assert instance_type(arm.instance_type).architecture == "arm64"
    gpus = needed(fit(Cluster(), Task(cpu=1, memory=1, gpus=2), 3))
    assert instance_type(gpus.instance_type).gpus >= 2


def test_b44_new_machines_have_the_neuron_devices_of_their_type() -> None:
    """A task takes all of a machine; the cheapest type that has any is one with Inferentia."""
    task = Task(cpu=1, memory=1, neuron_devices="ALL")
    found = needed(fit(Cluster(), task, 3))
    assert (found.instance_type, found.count, found.tasks_each) == ("inf1.xlarge", 3, 1)
    refused = fit(Cluster(), task, 1, new_machine=NewMachine(instance_type="m5.large")).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.NEVER
    assert refused.explanation is not None
    assert refused.explanation.shortfalls[0].reason == "RESOURCE:NEURON_DEVICE"


def test_zones_are_those_of_the_task_else_of_the_cluster() -> None:
    task = Task(cpu=500, zones=("eu-west-1c", "eu-west-1a"), family="web")
    assert needed(fit(cluster(), task, 20)).zone == "eu-west-1c"
    there = cluster("eu-west-1b")
    there.register(Instance(id="z", attributes={"ecs.availability-zone": "eu-west-1a"}))
    assert needed(fit(there, TASK, 20)).zone == "eu-west-1a"
    only = MemberOf("attribute:ecs.availability-zone == eu-west-1b")
    assert needed(fit(there, TASK, 20, constraints=[only])).zone == "eu-west-1b"
    own = NewMachine(zone="odd zone")
    assert needed(fit(there, TASK, 20, new_machine=own)).zone == "odd zone"


def test_b29_machines_stand_in_the_network_of_the_task() -> None:
    assert needed(fit(Cluster(), Task(cpu=1, vpc="vpc-7"), 1)).count == 1


def test_custom_attributes_satisfy_constraints_and_are_missed_by_name() -> None:
    limits = [MemberOf("attribute:stack == prod")]
    refused = fit(cluster(), TASK, 7, constraints=limits).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.NEVER
    assert refused.explanation is not None
    first = refused.explanation.shortfalls[0]
    assert (first.reason, first.instances) == ("MEMBER_OF", refused.explanation.candidates)
    own = NewMachine("m5.large", attributes={"stack": "prod"})
    seen = fit(cluster(), TASK, 7, constraints=limits, new_machine=own)
    assert (seen.fitting, needed(seen).count) == (0, 2)


def test_the_condition_that_rules_a_named_type_out_is_said() -> None:
    refused = fit(cluster(), Task(memory=10_000), 1, new_machine=NewMachine("m5.large")).no_machine
    assert refused is not None
    assert refused.explanation is not None
    assert refused.explanation.closest == f"m5.large in {EU}"
    assert refused.explanation.missing == ("RESOURCE:MEMORY: wanted 10000 MiB, 8017 MiB left",)


def test_distinct_instance_needs_a_machine_for_each_task() -> None:
    seen = fit(cluster(), TASK, 12, constraints=[DistinctInstance()])
    assert seen.fitting == 2
    assert (needed(seen).count, needed(seen).tasks_each) == (10, 1)
    assert needed(fit(cluster(), TASK, 12, constraints=[AtMost(2)])).tasks_each == 2


def test_static_ports_are_there_once_on_each_machine() -> None:
    seen = fit(cluster(), Task(cpu=1, tcp_ports=(8080,)), 5, new_machine=NewMachine("m5.large"))
    assert (seen.fitting, needed(seen).count) == (2, 3)


@pytest.mark.parametrize(("trunking", "each"), [(False, 2), (True, 10)])
def test_b48_interfaces_bind_unless_there_is_a_trunk(trunking: bool, each: int) -> None:
    """C12: an m5.large takes 2 tasks with an interface of their own, and 10 with a trunk."""
    task = Task(cpu=1, network_interface=True)
    own = NewMachine("m5.large", trunking=trunking)
    assert needed(fit(Cluster(), task, 40, new_machine=own)).tasks_each == each


def test_b48_machines_have_a_trunk_where_the_cluster_has_one() -> None:
    there = Cluster()
    there.register(Instance(id="x", attributes={"ecs.awsvpc-trunk-id": "eni-1"}))
    task, own = Task(cpu=1, network_interface=True), NewMachine("m5.large")
    assert needed(fit(there, task, 40, new_machine=own)).tasks_each == 10


def test_a45_what_is_reserved_for_daemons_is_left_free() -> None:
    there = cluster()
    there.set_reservation("x", cpu=1000)
    reserved = Reservation(cpu=100, memory=0, resources={}, interfaces=0)
    own = NewMachine("m5.large", reserved=reserved)
    seen = fit(there, TASK, 10, new_machine=own)
    assert seen.fitting == 4
    assert (needed(seen).tasks_each, needed(seen).count) == (3, 2)


def test_windows_tasks_need_a_type_that_is_named() -> None:
    """C45: prices are those of Linux; a Windows machine has none, and is never chosen."""
    task = Task(cpu=500, memory=500, operating_system="WINDOWS_SERVER_2019_FULL")
    refused = fit(Cluster(), task, 3).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.NO_OFFER
    machines = needed(fit(Cluster(), task, 3, new_machine=NewMachine("m5.large")))
    assert (machines.count, machines.price) == (1, None)


def test_external_tasks_have_no_machine_in_ec2() -> None:
    refused = fit(Cluster(), Task(cpu=1, launch_type="EXTERNAL"), 1).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.NEVER


def test_bounds_are_said() -> None:
    """A task that needs nothing fits without end; machines are named up to a number."""
    there = cluster()
    assert fit(there, Task(), 1).is_counted_out
    assert fit(there, Task(), 1).fitting == MAX_COUNT
    seen = fit(there, TASK, 6 + 4 * MAX_MACHINES, new_machine=NewMachine("m5.large"))
    assert needed(seen).count == MAX_MACHINES
    refused = fit(there, TASK, 7 + 4 * MAX_MACHINES, new_machine=NewMachine("m5.large")).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.TOO_MANY


def test_a_cluster_of_many_zones_wants_one_to_be_named() -> None:
    there = Cluster()
    for number in range(51):
        there.register(Instance(id=f"i{number}", attributes={"ecs.availability-zone": str(number)}))
    refused = fit(there, TASK, 1).no_machine
    assert refused is not None
    assert refused.why is WhyNoMachine.TOO_MANY_ZONES
    assert needed(fit(there, TASK, 1, new_machine=NewMachine(zone="7"))).count == 1


def test_machines_join_beside_instances_of_any_id() -> None:
    there = Cluster()
    for number in range(3):
        there.register(Instance(id=f"new-{number}"))
    assert needed(fit(there, TASK, 9, new_machine=NewMachine("m5.large"))).count == 3


def test_a_question_inside_a_trial_leaves_the_trial_open() -> None:
    there = cluster()
    with there.trial():
        there.place(TASK, 3)
        assert fit(there, TASK, 4, new_machine=NewMachine("m5.large")).fitting == 3
    assert fit(there, TASK, 1).fitting == 6


def test_strategies_are_checked_and_make_no_difference() -> None:
    assert fit(cluster(), TASK, 1, strategy=BinPack("memory")).fitting == 6
    wrong: Any = ["spread"]
    with pytest.raises(DocumentError):
        fit(cluster(), TASK, 1, strategy=wrong)


class OnlyEven:
    """A filter of a user's."""

    reason = "ODD"
    reads = "anything"

    def keep(self, mask: Any, rows: Any) -> None:
        mask[rows % 2 > 0] = False


@pytest.mark.parametrize("constraint", [ZoneSkew(1), OnlyEven()])
def test_what_looks_at_more_than_one_instance_is_refused(constraint: Any) -> None:
    """C38, C22: then the number of machines could not be searched for."""
    with pytest.raises(UsageError, match="one instance at a time"):
        fit(cluster(), TASK, 1, constraints=[constraint])


@pytest.mark.parametrize(
    "arguments",
    [
        {"cluster": 5},
        {"task": 5},
        {"count": 0},
        {"count": MAX_COUNT + 1},
        {"count": "3"},
        {"new_machine": "m5.large"},
    ],
)
def test_arguments_of_another_kind_are_refused(arguments: dict[str, Any]) -> None:
    given: dict[str, Any] = {"cluster": cluster(), "task": TASK, "count": 1, **arguments}
    with pytest.raises(UsageError):
        fit_function(**given)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"instance_type": "m5.lrage"}, DocumentError),
        ({"instance_type": 5}, DocumentError),
        ({"zone": ""}, DocumentError),
        ({"attributes": {"": "x"}}, DocumentError),
        ({"attributes": [1]}, DocumentError),
        ({"trunking": "yes"}, UsageError),
        ({"trunking": 1}, UsageError),
        ({"reserved": 5}, UsageError),
    ],
)
def test_new_machines_are_right_by_construction(
    arguments: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        NewMachine(**arguments)
