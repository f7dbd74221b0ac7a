"""Providers of Managed Instances and their instances from documents (C50, S12)."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from managed_session import NOON, ManagedSession, managed_provider, register_task
from placement.ecs import Session
from placement.ecs.control.capacity.managed.records import ManagedCapacity, ManagedState
from placement.errors import DocumentError

TYPES = {"allowedInstanceTypes": ["c6i.large", "m6i.large"]}


def loaded(document: dict[str, Any], **more: Any) -> ManagedSession:
    """Return the session of a document as a world of its own."""
    world = object.__new__(ManagedSession)
    world.session = Session.from_ecs(json.loads(json.dumps(document)), **more)
    world.ecs = world.session.client("ecs")
    return world


def managed_of(world: ManagedSession) -> ManagedCapacity:
    managed = world.session._account.providers["m"].managed
    assert managed is not None
    return managed


def world_with_task(**arguments: Any) -> ManagedSession:
    world = ManagedSession(TYPES, **arguments)
    register_task(world.ecs, "job", 1024, 1024)
    world.ecs.create_service(serviceName="web", taskDefinition="job", desiredCount=1)
    return world


def printed(world: ManagedSession) -> dict[str, Any]:
    """Return what the describe calls alone print."""
    document = world.session.to_ecs()
    del document["placementState"]
    return document


def provider_document(**members: Any) -> dict[str, Any]:
    provider = {
        "name": "m",
        "capacityProviderArn": "arn:aws:ecs:us-east-1:123456789012:capacity-provider/m",
        "status": "ACTIVE",
        "cluster": "default",
        "managedInstancesProvider": managed_provider(TYPES),
        **members,
    }
    return {"capacityProviders": [provider]}


def test_c50_a_service_on_managed_instances_goes_on_from_what_calls_print() -> None:
    world = world_with_task()
    world.run_until(120)
    again = loaded(printed(world))
    assert again.session._account.notes == []
    [one] = managed_of(again).instances.values()
    assert one.id == again.instances()[0]["ec2InstanceId"]
    assert (one.instance_type, one.state) == ("c6i.large", ManagedState.REGISTERED)
    assert one.price == Fraction("0.085")
    again.ecs.update_service(service="web", desiredCount=4)
    again.session.advance(600)
    assert len(again.tasks()) == 4
    again.ecs.update_service(service="web", desiredCount=0)
    again.session.advance(600)
    assert again.instances() == []


def test_c50_a_launch_under_way_begins_at_loading_for_the_same_tasks() -> None:
    world = world_with_task()
    world.run_until(10)
    again = loaded(world.session.to_ecs())
    [one] = managed_of(again).instances.values()
    assert one.state is ManagedState.LAUNCHING
    assert len(one.tasks) == 1
    again.session.advance(59)
    assert again.instances() == []
    again.session.advance(1)
    assert again.types() == ["c6i.large"], "no second launch for the same task"
    assert len(again.tasks()) == 1


def test_c50_prices_and_reserved_instances_are_written_unless_given() -> None:
    world = ManagedSession(
        TYPES,
        prices={"c6i.large": 5, "m6i.large": None},
        spot_factor=0.3,
        reserved={"m6i.large": 2, "c6i.large": 1},
    )
    document = world.session.to_ecs()
    known = loaded(document).session._account.prices
    assert known == world.session._account.prices
    assert known.reserved == (("m6i.large", 2), ("c6i.large", 1))
    other = loaded(document, prices={}, spot_factor=0.5, reserved={}).session._account.prices
    assert (other.replaced, other.spot_factor, other.reserved) == ((), Fraction(1, 2), ())


def test_a51_an_instance_that_drains_keeps_its_protected_tasks_after_loading() -> None:
    world = world_with_task()
    world.run_until(120)
    [record] = world.session._account.clusters["default"].instances.values()
    record.keeps_protected = True
    [again] = loaded(world.session.to_ecs()).session._account.clusters["default"].instances.values()
    assert again.keeps_protected


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"cluster": None}, "no document says which cluster it belongs to"),
        (
            {"managedInstancesProvider": {"infrastructureRoleArn": "r"}},
            "no document says in which subnets it launches instances",
        ),
        (
            {"managedInstancesProvider": managed_provider({"cpuManufacturers": ["intel"]})},
            "instanceLaunchTemplate.instanceRequirements.cpuManufacturers is not modelled (C45)",
        ),
    ],
)
def test_c48_a_provider_that_is_not_modelled_is_kept_as_it_came(
    members: dict[str, Any], why: str
) -> None:
    document = provider_document(**members)
    session = Session.from_ecs(document, start=NOON)
    assert [note[1:] for note in session._account.notes] == [("is kept", why)]
    [given] = document["capacityProviders"]
    kept = {name: value for name, value in given.items() if value is not None}
    assert session.to_ecs()["capacityProviders"] == [kept]


@pytest.mark.parametrize(
    ("requirements", "further", "path"),
    [
        ({"vCpuCount": {"min": "2"}}, {}, ".instanceRequirements.vCpuCount.min"),
        ({"vCpuCount": {"min": 3, "max": 2}}, {}, ".instanceRequirements.vCpuCount"),
        ({"bareMetal": 1}, {}, ".instanceRequirements.bareMetal"),
        ({"allowedInstanceTypes": [7]}, {}, ".instanceRequirements.allowedInstanceTypes[0]"),
        (None, {"capacityOptionType": "x"}, ".capacityOptionType"),
        (None, {"monitoring": []}, ".monitoring"),
    ],
)
def test_c31_a_damaged_provider_is_refused_with_its_place(
    requirements: dict[str, Any] | None, further: dict[str, Any], path: str
) -> None:
    given = managed_provider(requirements, template=further)
    with pytest.raises(DocumentError) as caught:
        Session.from_ecs(provider_document(managedInstancesProvider=given))
    whole = f"capacityProviders[0].managedInstancesProvider.instanceLaunchTemplate{path}"
    assert whole in str(caught.value)


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({"managed": {"keepsProtected": [1]}}, "managed.keepsProtected"),
        ({"managed": {"providers": {"m": {"failed": [["a"]]}}}}, "managed.providers.m.failed"),
        ({"managed": {"providers": {"m": {"lookAt": "x"}}}}, "managed.providers.m.lookAt"),
        ({"managed": {"providers": {"m": {"instances": {"i": {}}}}}}, "m.instances.i"),
        ({"prices": {"spotFactor": "0"}}, "prices"),
        ({"prices": {"perHour": {"c6i.large": "x"}}}, "prices.perHour.c6i.large"),
        ({"prices": {"reserved": [["c6i.large"]]}}, "prices.reserved"),
        ({"prices": {"unpriced": ["none"]}}, "prices"),
    ],
)
def test_c31_a_damaged_state_is_refused_with_its_place(section: dict[str, Any], path: str) -> None:
    document = ManagedSession(TYPES).session.to_ecs()
    document["placementState"] |= section
    with pytest.raises(DocumentError) as caught:
        Session.from_ecs(document)
    assert path in str(caught.value)
