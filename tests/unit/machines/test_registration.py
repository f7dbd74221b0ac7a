"""Machines of named EC2 types, as ECS-optimised AMIs register them (2.2, 2.3, 3.1, C12)."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import make_types
from placement import Cluster, DocumentError, InstanceError, Task, UsageError
from placement.ecs import (
    Client,
    external_machine,
    instance_type,
    instance_types,
    machine,
    registered_instance,
)
from placement.machines.capabilities import P1, P2
from placement.machines.ec2_types import MEASURED, kernel_leaves
from placement.machines.eni_limits import interfaces_of
from placement.model.instance import LINUX_PORTS, WINDOWS_PORTS

ZONE = "us-east-1a"
LIMITS = Path(make_types.TARGET).parent


def resources(arguments: Any) -> Any:
    """Return the resources by name, their values only."""
    return {
        resource["name"]: resource.get("integerValue", resource.get("stringSetValue"))
        for resource in arguments["totalResources"]
    }


def attributes(arguments: Any) -> Any:
    names = [one["name"] for one in arguments["attributes"]]
    assert len(set(names)) == len(names)
    return {one["name"]: one.get("value") for one in arguments["attributes"]}


# Resources


@pytest.mark.parametrize(
    ("name", "cpu", "memory"),
    [("m4.large", 2048, 7985), ("c4.large", 2048, 3768), ("c4.4xlarge", 16384, 30158)],
)
def test_cpu_and_memory_are_those_that_the_guide_shows(name: str, cpu: int, memory: int) -> None:
    """2.2: memory-management.md and cloudwatch-metrics.md."""
    found = resources(machine(name, ZONE))
    assert (found["CPU"], found["MEMORY"]) == (cpu, memory)


def test_the_formula_is_as_far_off_as_its_docstring_says() -> None:
    errors = [kernel_leaves(instance_type(name).memory) - seen for name, seen in MEASURED.items()]
    assert max(map(abs, errors)) == 35


@given(st.sampled_from(sorted(instance_types())))
def test_every_type_registers_less_memory_than_it_has(name: Any) -> None:
    type = instance_type(name)
    found = resources(machine(name, ZONE))
    assert 0 < found["MEMORY"] < type.memory
    assert found["CPU"] == type.vcpus * 1024 > 0
    assert len(found.get("GPU", ())) == type.gpus
    assert attributes(machine(name, ZONE))["ecs.cpu-architecture"] in ("x86_64", "arm64")


def test_gpus_have_ids_that_differ_between_machines() -> None:
    first, second = (machine("g4dn.12xlarge", ZONE, instance_id=id) for id in ("i-1", "i-2"))
    assert len({*resources(first)["GPU"], *resources(second)["GPU"]}) == 8
    assert "GPU" not in resources(machine("m5.large", ZONE))


def test_gpus_need_support_and_linux() -> None:
    """Section 7: ECS_ENABLE_GPU_SUPPORT; 2.2: not on Windows."""
    off = machine("g4dn.xlarge", ZONE, config="ECS_ENABLE_GPU_SUPPORT=false")
    windows = machine("g4dn.xlarge", ZONE, operating_system="windows", gpu_driver_version="1")
    for arguments in (off, windows):
        assert "GPU" not in resources(arguments)
        assert not any("gpu" in name or "nvidia" in name for name in attributes(arguments))


def test_a_driver_is_two_capabilities() -> None:
    found = attributes(machine("g4dn.xlarge", ZONE, gpu_driver_version="570.1"))
    assert found[f"{P2}gpu-driver-version"] == "570.1"
    assert f"{P2}nvidia-driver-version.570.1" in found
    none = attributes(machine("m5.large", ZONE, gpu_driver_version="570.1"))
    assert f"{P2}gpu-driver-version" not in none


def test_reserved_memory_is_taken_off_and_more_than_there_is_refused() -> None:
    less = machine("m4.large", ZONE, config="ECS_RESERVED_MEMORY=985")
    assert resources(less)["MEMORY"] == 7000
    assert resources(machine("m4.large", ZONE, config="ECS_RESERVED_MEMORY=7985"))["MEMORY"] == 0
    with pytest.raises(DocumentError, match=r"7986 MiB are reserved.*only 7985") as error:
        machine("m4.large", ZONE, config="ECS_RESERVED_MEMORY=7986")
    assert error.value.path == "ECS_RESERVED_MEMORY"


def test_ports_are_the_agents_or_those_of_the_file() -> None:
    """2.3, A67: the list replaces the default; metrics reserve one more."""
    assert resources(machine("m5.large", ZONE))["PORTS"] == list(map(str, LINUX_PORTS))
    windows = machine("m5.large", ZONE, operating_system="windows")
    assert resources(windows)["PORTS"] == list(map(str, WINDOWS_PORTS))
    text = "ECS_RESERVED_PORTS=[22]\nECS_ENABLE_PROMETHEUS_METRICS=1\nECS_RESERVED_PORTS_UDP=[53]"
    found = resources(machine("m5.large", ZONE, config=text))
    assert (found["PORTS"], found["PORTS_UDP"]) == (["22", "51680"], ["53"])


# Attributes


def test_standard_attributes_are_there_and_only_those_that_are_known() -> None:
    """1.5, B12."""
    bare = attributes(machine("m6g.large", ZONE))
    assert bare["ecs.availability-zone"] == ZONE
    assert bare["ecs.instance-type"] == "m6g.large"
    assert bare["ecs.os-type"] == "linux"
    assert bare["ecs.os-family"] == "LINUX"
    assert bare["ecs.cpu-architecture"] == "arm64"
    optional = {"ecs.ami-id", "ecs.vpc-id", "ecs.subnet-id", "ecs.awsvpc-trunk-id"}
    assert not optional & set(bare)
    full = machine(
        "m6g.large", ZONE, ami_id="ami-1", vpc_id="vpc-1", subnet_id="subnet-1", trunk_id="eni-1"
    )
    assert {attributes(full)[name] for name in optional} == {
        "ami-1",
        "vpc-1",
        "subnet-1",
        "eni-1",
    }


def test_the_identity_document_names_the_machine() -> None:
    arguments = machine("m5.large", ZONE, instance_id="i-1", account_id="123456789012")
    identity = json.loads(arguments["instanceIdentityDocument"])
    assert identity["instanceId"] == "i-1"
    assert identity["accountId"] == "123456789012"
    assert identity["region"] == "us-east-1"
    assert "instanceIdentityDocument" not in machine("m5.large", ZONE)


LINUX_ONLY = {
    f"{P2}aws-appmesh",
    f"{P2}task-eia",
    f"{P2}firelens.fluentd",
    f"{P2}firelens.fluentbit",
    f"{P2}firelens.non-root-user",
    f"{P2}firelens.options.config.file",
    f"{P2}firelens.options.config.s3",
    f"{P2}logging-driver.awsfirelens.log-driver-buffer-limit",
    f"{P2}efs",
    f"{P1}logging-driver.awsfirelens",
    f"{P2}pid-ipc-namespace-sharing",
}


def test_capabilities_of_linux_and_windows_differ_as_the_agents_do() -> None:
    """3.1, last line."""
    linux = attributes(machine("m5.large", ZONE))
    windows = attributes(
        machine("m5.large", ZONE, operating_system="windows", os_family="WINDOWS_SERVER_2019_CORE")
    )
    assert set(linux) >= LINUX_ONLY
    assert not set(windows) & LINUX_ONLY
    assert f"{P2}fsxWindowsFileServer" in windows
    assert f"{P2}fsxWindowsFileServer" not in linux
    assert windows["ecs.os-family"] == "WINDOWS_SERVER_2019_CORE"
    assert f"{P2}full-sync" in windows
    assert f"{P2}task-cpu-mem-limit" not in windows


def test_the_api_versions_are_those_that_todays_agent_registers() -> None:
    """3.1: from 1.17 to 1.32 without 1.26, 1.27 and 1.31."""
    found = attributes(machine("m5.large", ZONE))
    prefix = f"{P1}docker-remote-api.1."
    minors = {int(name.removeprefix(prefix)) for name in found if name.startswith(prefix)}
    assert minors == set(range(17, 33)) - {26, 27, 31}


def test_plugins_with_the_tag_latest_have_two_names() -> None:
    """3.1; in a name a period stands for a colon (section 3)."""
    found = attributes(machine("m5.large", ZONE, volume_plugins=["rexray/ebs:latest", "a:1"]))
    plugins = {name for name in found if "docker-plugin" in name}
    expected = ("local", "rexray/ebs", "rexray/ebs.latest", "a.1")
    assert plugins == {f"{P2}docker-plugin.{name}" for name in expected}


def test_own_attributes_are_added() -> None:
    text = 'ECS_INSTANCE_ATTRIBUTES={"stack":"prod"}\nECS_CLUSTER=prod'
    arguments = machine("m5.large", ZONE, config=text)
    assert attributes(arguments)["stack"] == "prod"
    assert arguments["cluster"] == "prod"
    assert "cluster" not in machine("m5.large", ZONE)


# Network interfaces


@pytest.mark.parametrize(
    ("name", "trunk_id", "fit"),
    [
        ("c5.large", None, 2),
        ("c5.large", "eni-1", 10),
        ("t3.small", None, 2),
        ("p5.48xlarge", None, 63),
        ("p2.xlarge", None, 70),
        ("c8ib.large", "eni-1", 10),
    ],
)
def test_interfaces_follow_the_type_and_the_trunk(
    name: str, trunk_id: str | None, fit: int
) -> None:
    """A28, C12: the table; without trunk figure the largest number less one; else unchecked."""
    cluster = Cluster()
    cluster.register(registered_instance(machine(name, ZONE, trunk_id=trunk_id), "a"))
    task = Task(cpu=1, memory=1, network_interface=True)
    assert len(cluster.place(task, 70).rows) == fit


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("t3.small", {}, "t3.small does not support trunk"),
        ("c5.large", {"config": "ECS_ENABLE_TASK_ENI=false"}, "not both on"),
        ("c5.large", {"operating_system": "windows"}, "only Linux"),
    ],
)
def test_a_trunk_where_ecs_would_attach_none_is_refused(
    name: str, options: dict[str, Any], reason: str
) -> None:
    """2.4."""
    with pytest.raises(UsageError, match=reason):
        machine(name, ZONE, trunk_id="eni-1", **options)


def test_b48_trunking_gives_a_trunk_to_the_types_that_can_have_one() -> None:
    def trunk(name: str, **more: Any) -> str | None:
        found = machine(name, ZONE, instance_id="i-1", trunking=True, **more)["attributes"]
        named = {one["name"]: one.get("value") for one in found}
        return named.get("ecs.awsvpc-trunk-id")

    assert trunk("c5.large") == "eni-1"
    assert trunk("c5.large", trunk_id="eni-9") == "eni-9"
    assert trunk("t3.small") is None
    assert trunk("c5.large", config="ECS_ENABLE_TASK_ENI=false") is None
    assert trunk("c5.large", operating_system="windows") is None
    wrong: Any = 1
    with pytest.raises(UsageError, match="trunking is true or false"):
        machine("c5.large", ZONE, trunking=wrong)


def test_a28_a_trunk_on_a_type_that_cannot_have_one_is_no_number() -> None:
    """Never the plain number: the instance is another one than the table knows."""
    assert interfaces_of("t3.small", False) == 2
    assert interfaces_of("t3.small", True) is None
    assert interfaces_of("nobody.knows", True) is None


def test_a28_the_table_has_every_type_and_a_trunk_number_of_those_that_can_have_one() -> None:
    """C12: data/README.md says which 106 cannot have one."""
    rows = (LIMITS / "eni_limits.csv").read_text().splitlines()[1:]
    names = [row.partition(",")[0] for row in rows]
    trunked = [name for name in names if interfaces_of(name, True) is not None]
    assert len(names) == len(set(names)) == 1272
    assert len(trunked) == 1166
    assert all(interfaces_of(name, False) is not None for name in names)


# The way into a cluster


@given(
    st.sampled_from(sorted(instance_types())),
    st.sampled_from(["linux", "windows"]),
    st.sampled_from([None, "i-0123456789abcdef0"]),
)
def test_the_client_and_the_engine_take_every_machine(
    name: Any, operating_system: Any, instance_id: Any
) -> None:
    arguments = machine(name, ZONE, operating_system=operating_system, instance_id=instance_id)
    client = Client()
    client.create_cluster(clusterName="prod")
    answer = client.register_container_instance(cluster="prod", **arguments)["containerInstance"]
    instance = registered_instance(arguments, answer["containerInstanceArn"])
    shown = {one["name"]: one for one in answer["registeredResources"]}
    assert shown["CPU"]["integerValue"] == instance.cpu
    assert shown["MEMORY"]["integerValue"] == instance.memory
    assert shown.get("GPU", {"stringSetValue": []})["stringSetValue"] == list(instance.gpu_ids)
    assert answer.get("ec2InstanceId") == instance.ec2_instance_id == instance_id
    assert {one["name"]: one.get("value") for one in answer["attributes"]} == instance.attributes


def test_the_same_id_twice_is_refused_as_ever() -> None:
    cluster = Cluster()
    instance = registered_instance(machine("m5.large", ZONE), "a")
    cluster.register(instance)
    with pytest.raises(InstanceError):
        cluster.register(instance)


# ECS Anywhere


def test_an_external_machine_has_neither_type_nor_zone_and_can_do_less() -> None:
    """1.5 and 3.1: External instances."""
    arguments = external_machine(4, 8000, instance_id="mi-1", config="ECS_RESERVED_MEMORY=500")
    found = attributes(arguments)
    assert f"{P2}external" in found
    assert {"ecs.os-type", "ecs.os-family", "ecs.cpu-architecture"} <= set(found)
    place = {"ecs.availability-zone", "ecs.instance-type", "ecs.ami-id", "ecs.vpc-id"}
    assert not place & set(found)
    left_out = ("task-eni", "cni-plugin", "aws-appmesh", "task-eia", "service-connect", "storage")
    assert not any(name.startswith(tuple(P2 + one for one in left_out)) for name in found)
    assert f"{P2}execution-role-awslogs" in found
    assert (resources(arguments)["CPU"], resources(arguments)["MEMORY"]) == (4096, 7500)
    instance = registered_instance(arguments, "a")
    assert instance.ec2_instance_id == "mi-1"


def test_gpus_of_an_external_machine_are_named() -> None:
    found = external_machine(4, 8000, gpus=["GPU-a", "GPU-b"], gpu_driver_version="570.1")
    assert resources(found)["GPU"] == ["GPU-a", "GPU-b"]
    assert attributes(found)[f"{P2}gpu-driver-version"] == "570.1"
    windows = external_machine(4, 8000, gpus=["GPU-a"], operating_system="windows")
    assert "GPU" not in resources(windows)


@pytest.mark.parametrize(
    "options",
    [
        {"vcpus": -1},
        {"vcpus": True},
        {"memory": 1.5},
        {"architecture": "mips"},
        {"gpus": "GPU-a"},
        {"instance_id": ""},
        {"config": 5},
    ],
    ids=str,
)
def test_arguments_of_an_external_machine_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        external_machine(**{"vcpus": 1, "memory": 1, **options})


# What is refused


def test_a_type_that_nobody_knows_is_refused_with_a_guess() -> None:
    with pytest.raises(DocumentError, match=r"no EC2 instance type 'm5\.larg' .*did you mean m5"):
        machine("m5.larg", ZONE)
    others: list[Any] = [None, 5, "x" * 10_000, ["m5.large"]]
    for wrong in others:
        with pytest.raises(DocumentError, match="no EC2 instance type"):
            machine(wrong, ZONE)


@pytest.mark.parametrize(
    "options",
    [
        {"availability_zone": "us-east-1"},
        {"availability_zone": None},
        {"region": "eu-west-1"},
        {"vpc_id": ""},
        {"instance_id": 5},
        {"config": 5},
        {"operating_system": "plan9"},
        {"operating_system": None},
        {"agent_version": None},
        {"os_family": ()},
        {"volume_plugins": 5},
        {"volume_plugins": "local"},
        {"volume_plugins": [5]},
    ],
    ids=str,
)
def test_arguments_of_a_wrong_kind_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        machine(**{"instance_type": "m5.large", "availability_zone": ZONE, **options})


@pytest.mark.parametrize("zone", ["us-west-2-lax-1a", "us-east-1-wl1-bos-wlz-1", "cn-north-1b"])
def test_zones_of_every_kind_belong_to_a_region(zone: str) -> None:
    identity = machine("m5.large", zone, instance_id="i-1")["instanceIdentityDocument"]
    assert zone.startswith(json.loads(identity)["region"])


@pytest.mark.parametrize(
    "document", ["{", "[]", None, "[" * 100_000], ids=lambda text: str(text)[:5]
)
def test_an_identity_document_that_is_none_is_refused(document: str | None) -> None:
    arguments = {**machine("m5.large", ZONE), "instanceIdentityDocument": document}
    with pytest.raises(DocumentError, match="instanceIdentityDocument"):
        registered_instance(arguments, "a")


# The table


def test_the_table_has_what_the_guide_says_of_gpus() -> None:
    """Appendix B."""
    for name, (vcpus, memory, gpus) in make_types.documented().items():
        type = instance_type(name)
        assert (type.vcpus, type.memory, type.gpus) == (vcpus, memory, gpus), name


def test_the_script_packs_a_table_as_the_package_has_it() -> None:
    source = (
        f"family,{','.join(make_types.SOURCE_COLUMNS)}\n"
        "m6g,m6g.large,2,8192,arm64,0,,0,0,0,0,false,false,true,a|b|c|d|f,0.077\n"
        "t2,t2.micro,1,1024,i386|x86_64,,,,,,,false,true,true,a|b|c|d|e|f,0.0116\n"
        "mac2,mac2.metal,8,16384,arm64_mac,0,,0,0,0,0,true,false,true,a|b|c|d,\n"
        "g5,g5.xlarge,4,16384,x86_64,1,22888,1,0,0,250,false,false,true,a|b|c|d|f,1.006\n"
        "inf1,inf1.xlarge,4,8192,x86_64,0,,0,1,1,0,false,false,true,a|b|c|d|f,0.228\n"
    )
    lines = make_types.packed(source).splitlines()
    assert lines[0] == ",".join(make_types.COLUMNS)
    own = {"m6g.large", "t2.micro", "mac2.metal", "g5.xlarge", "inf1.xlarge"}
    packaged = set(make_types.TARGET.read_text().splitlines())
    assert {line for line in lines if line.split(",")[0] in own} <= packaged
    assert {line.split(",")[0] for line in lines[1:]} == own | set(make_types.documented())
    assert lines[1:] == sorted(lines[1:], key=lambda line: line.split(",")[0])


def test_the_table_has_what_managed_instances_are_chosen_by() -> None:
    """C45: prices, zones, generation, bare metal, burstable, storage, accelerators."""
    chip = instance_type("inf1.xlarge")
    assert (chip.price, chip.accelerator, chip.accelerators) == (Decimal("0.228"), "inference", 1)
    part = instance_type("g6f.large")
    assert (part.gpus, part.accelerator, part.accelerators) == (0, "gpu", 1)
    assert part.accelerator_memory == 2861
    assert part.storage_gb == 100
    mac = instance_type("mac2.metal")
    assert (mac.bare_metal, mac.price) == (True, None)
    assert instance_type("t2.micro").burstable
    assert not instance_type("p3.2xlarge").current_generation
    assert instance_type("m6g.large").accelerator is None


def test_zones_are_known_for_one_region() -> None:
    """C45: elsewhere every type is offered everywhere."""
    type = instance_type("trn1.2xlarge")
    assert type.is_offered_in("us-east-1c")
    assert not type.is_offered_in("us-east-1a")
    assert type.is_offered_in("eu-west-1a")
