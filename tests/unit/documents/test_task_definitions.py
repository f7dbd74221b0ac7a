"""``Task.from_ecs``: what a task asks for, read from what describe-task-definition prints.

Numbers of decisions and sections are those of the specification.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import placement
from placement import DocumentError, MemberOf, Task
from placement.model.checks import MAX_AMOUNT

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "task-definition.json"


def definition(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A definition as describe-task-definition prints it; without containers one of 4 MiB."""
    return {
        "taskDefinition": {
            "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:8",
            "family": "web",
            "revision": 8,
            "containerDefinitions": list(containers) or [{"name": "app", "memory": 4}],
            **fields,
        },
        "tags": [],
    }


def read(*containers: dict[str, Any], **fields: Any) -> Task:
    return Task.from_ecs(definition(*containers, **fields))


def mapped(*mappings: dict[str, Any], **fields: Any) -> Task:
    """A task of one container with these port mappings."""
    return read({"memory": 4, "portMappings": list(mappings)}, **fields)


def refusal(document: Any) -> tuple[str, str]:
    """Message and path of the refusal of a document."""
    with pytest.raises(DocumentError) as caught:
        Task.from_ecs(document)
    return caught.value.message, caught.value.path


# The document


def test_the_example_is_read_as_what_it_says() -> None:
    task = Task.from_ecs(json.loads(EXAMPLE.read_text()))
    assert (task.family, task.revision) == ("checkout", 12)
    assert (task.cpu, task.memory, task.gpus) == (512 + 64, 1024 + 128, 0)
    assert (task.tcp_ports, task.udp_ports, task.dynamic_ports) == ((443,), (), 1)
    assert not task.network_interface
    assert (task.operating_system, task.architecture) == ("LINUX", "X86_64")
    assert len(task.attributes) == 11
    assert task.attributes["ecs.capability.container-restart-policy"] is None
    assert [str(each) for each in task.constraints] == ["memberOf(attribute:stack == prod)"]
    assert (task.launch_type, task.zones, task.vpc) == ("EC2", (), None)


def test_the_definition_alone_is_the_same() -> None:
    document = definition(cpu="256", memory="512")
    assert Task.from_ecs(document["taskDefinition"]) == Task.from_ecs(document)


def test_the_guide_s_example_is_read() -> None:
    """The two containers of the AWS CLI's reference of describe-task-definition."""
    task = read(
        {"cpu": 10, "memory": 500, "portMappings": [{"containerPort": 80, "hostPort": 80}]},
        {"cpu": 10, "memory": 500, "portMappings": []},
        volumes=[],
        status="ACTIVE",
        placementConstraints=[],
    )
    assert (task.cpu, task.memory, task.tcp_ports) == (20, 1000, (80,))


def test_what_placement_has_no_use_for_is_not_looked_at() -> None:
    assert read(volumes=5, status=[], taskRoleArn={}, pidMode="x") == read()


def test_null_is_absent() -> None:
    names = ("cpu", "memory", "networkMode", "runtimePlatform", "placementConstraints")
    assert read(requiresAttributes=None, revision=8, **dict.fromkeys(names)) == read()


@pytest.mark.parametrize(
    ("document", "message", "path"),
    [
        (None, "expected a document of describe-task-definition, not null", ""),
        ([], "expected a document of describe-task-definition, not list", ""),
        ("web:8", "expected a document of describe-task-definition, not str", ""),
        ({}, "containerDefinitions is missing", ""),
        ({"containerInstances": []}, "containerDefinitions is missing", ""),
        ({"taskDefinition": "web:8"}, "expected an object, not str", "taskDefinition"),
        ({"taskDefinition": None}, "expected an object, not null", "taskDefinition"),
        (
            {"containerDefinitions": []},
            "Container list cannot be empty",
            "containerDefinitions",
        ),
        ({"containerDefinitions": {}}, "expected a list, not dict", "containerDefinitions"),
        ({"containerDefinitions": [5]}, "expected an object, not int", "containerDefinitions[0]"),
        ({"containerDefinitions": [{"memory": 4}]}, "family is missing", ""),
        (definition(family=5), "expected text, not int 5", "family"),
        (
            definition(revision="8"),
            f"expected a whole number from 0 to {2**31 - 1}, not '8'",
            "revision",
        ),
        (definition(taskDefinitionArn=5), "expected text, not int 5", "taskDefinitionArn"),
    ],
)
def test_what_is_no_task_definition_is_refused_with_its_path(
    document: Any, message: str, path: str
) -> None:
    assert refusal(document) == (message, path)


# Sizes, section 2.2


def test_a_number_that_is_too_large_is_refused_with_the_greatest_one() -> None:
    container = {"name": "web", "cpu": 10**30, "memory": 4}
    message, path = refusal(definition(containerDefinitions=[container]))
    assert message.startswith(f"expected a whole number from 0 to {MAX_AMOUNT}, not int 1000")
    assert path == "containerDefinitions[0].cpu"


@pytest.mark.parametrize(
    ("text", "units"),
    [("1024", 1024), ("1 vCPU", 1024), ("1 vcpu", 1024), (".5 vCPU", 512), ("0.25vCPU", 256)],
)
def test_cpu_of_the_task_comes_in_four_forms(text: str, units: int) -> None:
    assert read(cpu=text).cpu == units


@pytest.mark.parametrize(
    ("text", "mib"),
    [("1024", 1024), ("1GB", 1024), ("1 GB", 1024), (".5 GB", 512), ("30 gb", 30720)],
)
def test_memory_of_the_task_comes_in_four_forms(text: str, mib: int) -> None:
    assert read(memory=text).memory == mib


@pytest.mark.parametrize("name", ["cpu", "memory"])
@pytest.mark.parametrize(
    "value",
    [5, 1.5, True, "", " ", "-1", "1e3", "1.", "1,5", "\u0661", "1 MB", "x", "9" * 5000, [], {}],
)
def test_other_sizes_are_refused(name: str, value: Any) -> None:
    """Sizes of the task are texts in the API."""
    assert refusal(definition(**{name: value}))[1] == name


def test_a_size_in_the_other_s_unit_is_refused() -> None:
    expected = 'expected text such as "512" or ".5 {}", not {}'
    assert refusal(definition(cpu="1 GB"))[0] == expected.format("vCPU", "'1 GB'")
    assert refusal(definition(memory="1 vCPU"))[0] == expected.format("GB", "'1 vCPU'")


def test_a_size_that_is_no_whole_number_of_units_is_refused() -> None:
    assert refusal(definition(cpu=".3 vCPU"))[1] == "cpu"
    assert read(cpu=".0625 vCPU").cpu == 64


def test_a23_cpu_of_the_task_wins_over_its_containers() -> None:
    assert read({"cpu": 100, "memory": 4}, {"cpu": 200, "memory": 4}, cpu="250").cpu == 250
    assert read({"cpu": 100, "memory": 4}, {"cpu": 200, "memory": 4}).cpu == 300
    assert read({"memory": 4}).cpu == 0


def test_memory_is_the_sum_of_what_containers_reserve_else_of_their_limit() -> None:
    soft = {"memory": 300, "memoryReservation": 100}
    assert read(soft, {"memory": 50}, {"memoryReservation": 20}).memory == 170
    assert read(soft, {"memory": 50}, memory="1 GB").memory == 1024


def test_b45_sizes_of_containers_are_not_compared_with_the_task_s() -> None:
    """What ECS has registered is read; registering compares them (A24, B39)."""
    assert read({"memory": 100}, {"memory": 29}, memory="128").memory == 128
    assert read({"memory": 200}, memory="128").memory == 128
    assert read({"memory": 4, "cpu": 300}, cpu="256").cpu == 256


def test_b25_only_what_is_reserved_has_to_fit_into_the_task_s_memory() -> None:
    assert read({"memory": 4096, "memoryReservation": 64}, memory="128").memory == 128


def test_a_container_needs_memory_where_the_task_has_none() -> None:
    message, path = refusal(definition({"memory": 4}, {"cpu": 5}))
    assert message.startswith("At least one of 'memory' or 'memoryReservation' must be specified")
    assert path == "containerDefinitions[1]"
    assert read({"memory": 4}, {"cpu": 5}, memory="8").memory == 8


@pytest.mark.parametrize("reservation", [63, 64, 65])
def test_b45_any_reservation_beside_a_limit_is_read(reservation: int) -> None:
    """ECS takes equality today (B39), and one revision must not keep a dump from loading."""
    assert read({"memory": 64, "memoryReservation": reservation}).memory == reservation


@pytest.mark.parametrize("name", ["memory", "memoryReservation"])
@pytest.mark.parametrize("value", [3, 0, -1, "4", 4.0, True, 2**60])
def test_b25_a_container_has_at_least_4_mib(name: str, value: Any) -> None:
    assert refusal(definition({name: value}))[1] == f"containerDefinitions[0].{name}"


def test_windows_looks_at_containers_only() -> None:
    """2.2: task-level cpu and memory are ignored there; B27 says what Windows is."""
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2019_FULL"}
    container = {"cpu": 100, "memory": 200}
    task = read(container, cpu="1 vCPU", memory="128", runtimePlatform=windows)
    assert (task.cpu, task.memory) == (100, 200)
    assert task.operating_system == "WINDOWS_SERVER_2019_FULL"


def test_gpus_are_summed_over_containers() -> None:
    def wants(count: Any) -> Any:
        return {"memory": 4, "resourceRequirements": [{"type": "GPU", "value": count}]}

    inference = {"type": "InferenceAccelerator", "value": "device_1"}
    assert (
        read(wants("1"), wants("2"), {"memory": 4, "resourceRequirements": [inference]}).gpus == 3
    )
    assert read().gpus == 0


@pytest.mark.parametrize(
    ("requirements", "gpus"),
    [
        ([{"type": "GPU", "value": "ALL"}], "ALL"),
        ([{"type": "GPU", "value": "0.5"}], 1),
        ([{"type": "GPU", "value": ".25"}], 1),
        ([{"type": "GPU", "value": "1.5"}], 2),
        ([{"type": "GPU", "value": "2.0"}], 2),
        ([{"type": "GPU", "sharingStrategy": {"nvidiaMps": {"memory": 1}}}], 1),
        ([{"type": "GPU", "value": "2", "sharingStrategy": {"nvidiaMps": {"memory": 1}}}], 2),
        ([{"type": "NeuronDevice", "value": "ALL"}], 0),
        ([{"type": "GPU", "value": "ALL"}, {"type": "GPU", "value": "1"}], "ALL"),
    ],
)
def test_b44_forms_of_a_gpu_requirement(requirements: Any, gpus: Any) -> None:
    assert read({"memory": 4, "resourceRequirements": requirements}).gpus == gpus


def test_b44_neuron_devices_of_any_container_are_those_of_the_task() -> None:
    neuron = {"memory": 4, "resourceRequirements": [{"type": "NeuronDevice", "value": "ALL"}]}
    gpu = {"memory": 4, "resourceRequirements": [{"type": "GPU", "value": "ALL"}]}
    assert read(gpu, neuron).neuron_devices == "ALL"
    assert read(gpu).neuron_devices == read().neuron_devices == 0
    task = Task(memory=4, neuron_devices="ALL", family="web", revision=8)
    assert Task.from_ecs(definition(neuron)) == task


@pytest.mark.parametrize(
    ("requirement", "path"),
    [
        ({"type": "GPU", "value": 1}, ".value"),
        ({"type": "GPU", "value": "all"}, ".value"),
        ({"type": "GPU", "value": "-1"}, ".value"),
        ({"type": "GPU"}, ""),
        ({"value": "1"}, ""),
        ({"type": "NeuronDevice", "value": "1"}, ".value"),
        ({"type": "NeuronDevice"}, ""),
        ({"type": "TPU", "value": "1"}, ".type"),
    ],
)
def test_other_requirements_are_refused(requirement: dict[str, Any], path: str) -> None:
    found = refusal(definition({"memory": 4, "resourceRequirements": [requirement]}))
    assert found[1] == f"containerDefinitions[0].resourceRequirements[0]{path}"


@pytest.mark.parametrize("requirement", [("GPU", "1"), ("NeuronDevice", "ALL")])
def test_windows_has_no_gpus(requirement: tuple[str, str]) -> None:
    requirements = [dict(zip(("type", "value"), requirement, strict=True))]
    container = {"memory": 4, "resourceRequirements": requirements}
    windows = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    message, path = refusal(definition(container, runtimePlatform=windows))
    devices = "GPUs" if requirement[0] == "GPU" else "Neuron devices"
    assert message == f"Windows tasks cannot have {devices}"
    assert path == "containerDefinitions[0].resourceRequirements[0]"


# Ports, sections 2.3 and 2.4


@pytest.mark.parametrize("mode", [{}, {"networkMode": "bridge"}, {"networkMode": "default"}])
def test_bridge_takes_the_host_ports_that_are_named_and_finds_the_others(
    mode: dict[str, Any],
) -> None:
    task = mapped(
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 80, "hostPort": 8080, "protocol": "udp"},
        {"containerPort": 81, "hostPort": 0, "protocol": "tcp"},
        {"containerPort": 82},
        **mode,
    )
    assert (task.tcp_ports, task.udp_ports, task.dynamic_ports) == ((8080,), (8080,), 2)
    assert not task.network_interface


def test_a26_host_mode_takes_the_container_s_ports() -> None:
    task = mapped(
        {"containerPort": 80},
        {"containerPort": 81, "hostPort": 0},
        {"containerPort": 53, "hostPort": 53, "protocol": "udp"},
        networkMode="host",
    )
    assert (task.tcp_ports, task.udp_ports, task.dynamic_ports) == ((80, 81), (53,), 0)


def test_awsvpc_takes_an_interface_and_no_port_of_the_host() -> None:
    task = mapped(
        {"containerPort": 80}, {"containerPort": 81, "hostPort": 81}, networkMode="awsvpc"
    )
    assert (task.tcp_ports, task.dynamic_ports, task.network_interface) == ((), 0, True)


@pytest.mark.parametrize("mode", ["host", "awsvpc"])
def test_host_and_awsvpc_cannot_map_a_port_to_another(mode: str) -> None:
    document = definition(
        {"memory": 4},
        {"memory": 4, "portMappings": [{"containerPort": 80, "hostPort": 8080}]},
        networkMode=mode,
    )
    message, path = refusal(document)
    assert message == (
        f"When networkMode={mode}, the host ports and container ports in port mappings must match."
        " The containerPort is 80, the hostPort 8080"
    )
    assert path == "containerDefinitions[1].portMappings[0].hostPort"


def test_mode_none_has_no_port_mappings() -> None:
    assert mapped(networkMode="none").tcp_ports == ()
    document = definition(
        {"memory": 4, "portMappings": [{"containerPort": 80}]}, networkMode="none"
    )
    assert refusal(document)[1] == "containerDefinitions[0].portMappings[0]"


def test_a27_one_task_cannot_take_a_port_twice() -> None:
    first = {"containerPort": 80, "hostPort": 8080}
    document = definition(
        {"memory": 4, "portMappings": [first]},
        {"memory": 4, "portMappings": [{"containerPort": 1}, {**first, "containerPort": 90}]},
    )
    message, path = refusal(document)
    assert message == (
        "tcp port 8080 is taken by containerDefinitions[0].portMappings[0] already (A27)"
    )
    assert path == "containerDefinitions[1].portMappings[1].hostPort"


def test_a_range_of_ports_is_dynamic() -> None:
    range_of_ten = {"containerPortRange": "8000-8009", "protocol": "tcp"}
    assert mapped(range_of_ten, {"containerPort": 1}).dynamic_ports == 11
    assert mapped(range_of_ten, networkMode="awsvpc").dynamic_ports == 0
    document = definition({"memory": 4, "portMappings": [range_of_ten]}, networkMode="host")
    assert refusal(document)[1] == "containerDefinitions[0].portMappings[0].containerPortRange"


@pytest.mark.parametrize(
    ("mapping", "path"),
    [
        ({}, ""),
        ({"hostPort": 80}, ""),
        ({"containerPort": 0}, ".containerPort"),
        ({"containerPort": 65536}, ".containerPort"),
        ({"containerPort": "80"}, ".containerPort"),
        ({"containerPort": True}, ".containerPort"),
        ({"containerPort": 80, "hostPort": -1}, ".hostPort"),
        ({"containerPort": 80, "hostPort": 65536}, ".hostPort"),
        ({"containerPort": 80, "hostPort": "80"}, ".hostPort"),
        ({"containerPort": 80, "protocol": "TCP"}, ".protocol"),
        ({"containerPort": 80, "protocol": ["tcp"]}, ".protocol"),
        ({"containerPortRange": "80-90", "containerPort": 80}, ".containerPort"),
        ({"containerPortRange": "80-90", "hostPort": 80}, ".hostPort"),
        ({"containerPortRange": "90-80"}, ".containerPortRange"),
        ({"containerPortRange": "80-80"}, ".containerPortRange"),
        ({"containerPortRange": "0-80"}, ".containerPortRange"),
        ({"containerPortRange": "80-65536"}, ".containerPortRange"),
        ({"containerPortRange": "80"}, ".containerPortRange"),
        ({"containerPortRange": 80}, ".containerPortRange"),
    ],
)
def test_other_mappings_are_refused(mapping: dict[str, Any], path: str) -> None:
    found = refusal(definition({"memory": 4, "portMappings": [mapping]}))
    assert found[1] == f"containerDefinitions[0].portMappings[0]{path}"


def test_an_unknown_network_mode_is_refused() -> None:
    message, path = refusal(definition(networkMode="Bridge"))
    assert message == "expected one of bridge, host, awsvpc, none, default, not 'Bridge'"
    assert path == "networkMode"


# Where it may run, sections 2.5 to 2.7


def test_required_attributes_are_taken_as_listed() -> None:
    task = read(
        requiresAttributes=[
            {"name": "ecs.capability.task-eni"},
            {"name": "ecs.os-type", "value": "linux", "targetType": "container-instance"},
            {"name": "ecs.capability.task-eni"},
        ]
    )
    assert dict(task.attributes) == {"ecs.capability.task-eni": None, "ecs.os-type": "linux"}


@pytest.mark.parametrize(
    ("attributes", "path"),
    [
        ("x", ""),
        (["x"], "[0]"),
        ([{}], "[0]"),
        ([{"name": ""}], "[0].name"),
        ([{"name": "a"}, {"name": "b", "value": 5}], "[1].value"),
        ([{"name": "a"}, {"name": "a", "value": "b"}], "[1].name"),
    ],
)
def test_other_attributes_are_refused(attributes: Any, path: str) -> None:
    assert refusal(definition(requiresAttributes=attributes))[1] == f"requiresAttributes{path}"


def test_a30_the_platform_is_what_the_instance_must_be() -> None:
    task = read(runtimePlatform={"cpuArchitecture": "ARM64"})
    assert (task.operating_system, task.architecture) == (None, "ARM64")
    task = read(runtimePlatform={"operatingSystemFamily": "LINUX", "cpuArchitecture": None})
    assert (task.operating_system, task.architecture) == ("LINUX", None)
    assert (read().operating_system, read().architecture) == (None, None)


@pytest.mark.parametrize(
    ("platform", "path"),
    [
        ("LINUX", ""),
        ({"operatingSystemFamily": "linux"}, ".operatingSystemFamily"),
        ({"operatingSystemFamily": 5}, ".operatingSystemFamily"),
        ({"cpuArchitecture": "x86_64"}, ".cpuArchitecture"),
        ({"cpuArchitecture": []}, ".cpuArchitecture"),
    ],
)
def test_other_platforms_are_refused(platform: dict[str, Any] | str, path: str) -> None:
    assert refusal(definition(runtimePlatform=platform))[1] == f"runtimePlatform{path}"


def test_constraints_are_expressions() -> None:
    texts = ["attribute:stack == prod", "attribute:a in [b, c] or\n\tattribute:d exists"]
    items = [{"type": "memberOf", "expression": text} for text in texts]
    assert read(placementConstraints=items).constraints == tuple(map(MemberOf, texts))


@pytest.mark.parametrize(
    ("constraint", "path"),
    [
        ({"type": "distinctInstance"}, ".type"),
        ({"type": "MemberOf", "expression": "attribute:a == b"}, ".type"),
        ({"expression": "attribute:a == b"}, ""),
        ({"type": "memberOf"}, ""),
        ({"type": "memberOf", "expression": ["attribute:a == b"]}, ".expression"),
    ],
)
def test_a_task_definition_takes_no_other_constraint(constraint: dict[str, Any], path: str) -> None:
    """2.6: the API refuses distinctInstance there."""
    found = refusal(definition(placementConstraints=[constraint]))
    assert found[1] == f"placementConstraints[0]{path}"


def test_more_than_ten_constraints_are_refused() -> None:
    item = {"type": "memberOf", "expression": "attribute:a == b"}
    assert len(read(placementConstraints=[item] * 10).constraints) == 10
    message, path = refusal(definition(placementConstraints=[item] * 11))
    assert message == "at most 10 constraints are allowed, not 11"
    assert path == "placementConstraints"


def test_an_expression_that_is_not_valid_shows_its_place() -> None:
    items = [{"type": "memberOf", "expression": "attribute:stack = prod"}]
    with pytest.raises(placement.CqlError) as caught:
        read(placementConstraints=items)
    assert caught.value.source == "attribute:stack = prod"


def test_a_task_that_was_read_is_placed() -> None:
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="small", cpu=100, memory=100))
    cluster.register(placement.Instance(id="large", cpu=2048, memory=4096))
    task = Task.from_ecs(json.loads(EXAMPLE.read_text()) | {"tags": []})
    assert cluster.explain(task).failures[0][0] == "ATTRIBUTE"
    assert cluster.place(read({"cpu": 200, "memory": 200})).instances == ["large"]
