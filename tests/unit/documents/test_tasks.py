"""What is read of described tasks, and how a cluster that holds them answers (C10)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import placement
from placement import Instance, Spread, Task
from placement.documents.tasks import TaskSnapshot, tasks_from_ecs

Json = dict[str, Any]

ARN = "arn:aws:ecs:us-east-1:111122223333:"
WEB = f"{ARN}task-definition/web:3"
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def described(number: int = 0, **fields: Any) -> Json:
    return {
        "taskArn": f"{ARN}task/c/t{number}",
        "containerInstanceArn": "i",
        "taskDefinitionArn": WEB,
        **fields,
    }


def defined(*containers: Json, **fields: Any) -> Json:
    named = [{"name": "ab"[n], "memory": 100, **each} for n, each in enumerate(containers)]
    fixed = {"taskDefinitionArn": WEB, "family": "web", "revision": 3}
    return {**fixed, "containerDefinitions": named or [{"name": "a", "memory": 100}], **fields}


def record(definition: Json | None = None, **fields: Any) -> TaskSnapshot:
    [found] = tasks_from_ecs([described(**fields)], [definition] if definition else [], [])
    return found


# --- Sizes -----------------------------------------------------------------------------------

TWO = ({"cpu": 10, "memory": 300, "memoryReservation": 200}, {"cpu": 20})
OWN = [{"name": "a", "cpu": "11", "memory": "310"}, {"name": "b", "cpu": "0", "memory": "0"}]
OVER = {"containerOverrides": [{"name": "a", "cpu": 12, "memoryReservation": 120}]}
WINDOWS = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}


@pytest.mark.parametrize(
    ("fields", "definition", "expected"),
    [
        ({}, None, (0, 0)),
        ({"cpu": "256", "memory": "512"}, None, (256, 512)),
        ({"cpu": ".5 vCPU", "memory": "2 GB"}, None, (512, 2048)),
        ({"cpu": "256", "overrides": {"cpu": "1 vcpu", "memory": "1GB"}}, None, (1024, 1024)),
        ({"containers": OWN}, None, (11, 310)),
        ({"containers": [{"cpu": "1", "memory": "5"}, {"cpu": "2", "memory": "6"}]}, None, (3, 11)),
        ({"containers": OWN, "overrides": OVER}, None, (12, 120)),
        ({}, defined(*TWO), (30, 300)),  # reservation before limit (2.2)
        ({}, defined(*TWO, cpu="512", memory="1024"), (512, 1024)),  # A23: the whole task's
        ({"cpu": "256", "memory": "512"}, defined(*TWO, cpu="512", memory="1024"), (256, 512)),
        ({"containers": OWN}, defined(*TWO), (11, 300)),
        ({"containers": OWN, "overrides": OVER}, defined(*TWO), (12, 220)),
        ({"containers": OWN, "overrides": OVER}, defined(*TWO, cpu="512"), (512, 220)),
        ({"cpu": "256", "memory": "512"}, defined(*TWO, **WINDOWS), (30, 300)),  # 2.2
        ({"containers": [{"name": "sidecar", "cpu": "9"}]}, defined(*TWO), (30, 300)),
    ],
)
def test_whose_size_counts(fields: Json, definition: Json | None, expected: Any) -> None:
    """C10, A23: overrides, the task, the definition; the whole task before its containers."""
    found = record(definition, **fields)
    assert (found.cpu, found.memory) == expected


# --- Ports -----------------------------------------------------------------------------------


def bound(*ports: int, protocol: str = "tcp") -> list[Json]:
    bindings = [
        {"containerPort": 80, "hostPort": port, "protocol": protocol, "bindIP": "0.0.0.0"}
        for port in ports
    ]
    return [{"name": "a", "networkBindings": bindings}]


MAPPED = {
    "portMappings": [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "hostPort": 5353, "protocol": "udp"},
        {"containerPort": 90},
        {"containerPort": 91, "hostPort": 0},
    ]
}


@pytest.mark.parametrize(
    ("fields", "definition", "expected"),
    [
        ({"containers": bound(80, 80, 81)}, None, ((80, 81), ())),  # twice: IPv4 and IPv6
        ({"containers": bound(53, protocol="udp")}, None, ((), (53,))),
        ({"containers": bound(8080, 32768)}, defined(MAPPED), ((8080,), (5353,))),
        ({}, defined(MAPPED), ((8080,), (5353,))),  # not bound yet
        ({"containers": bound(32768)}, defined(), ((), ())),
        ({}, defined({"portMappings": [{"containerPort": 80}]}, networkMode="host"), ((80,), ())),
        (
            {"containers": bound(80)},
            defined({"portMappings": [{"containerPort": 80}]}, networkMode="awsvpc"),
            ((), ()),
        ),
        (
            {"containers": [{"networkBindings": [{"hostPortRange": "49153-49155"}]}]},
            None,
            ((), ()),
        ),
    ],
)
def test_which_ports_are_static(fields: Json, definition: Json | None, expected: Any) -> None:
    """2.3, A26: a definition tells; without one every bound port may be."""
    found = record(definition, **fields)
    assert (found.tcp_ports, found.udp_ports) == expected


# --- Interfaces and GPUs ---------------------------------------------------------------------

ENI = {"type": "ElasticNetworkInterface", "status": "ATTACHED"}
AWSVPC = defined(networkMode="awsvpc")


@pytest.mark.parametrize(
    ("fields", "definition", "expected"),
    [
        ({}, None, False),
        ({"attachments": [ENI]}, None, True),
        ({"attachments": [ENI]}, defined(), True),
        ({"attachments": [ENI | {"status": "DELETED"}]}, AWSVPC, False),
        ({"attachments": [{"type": "Service Connect", "status": "ATTACHED"}]}, None, False),
        ({"containers": [{"networkInterfaces": [{"attachmentId": "x"}]}]}, None, True),
        ({"containers": [{"networkInterfaces": []}]}, defined(), False),
        ({}, AWSVPC, True),
    ],
)
def test_who_has_an_interface(fields: Json, definition: Json | None, expected: bool) -> None:
    """2.4: the task's document before the network mode."""
    assert record(definition, **fields).network_interface is expected


def wanting(count: str) -> Json:
    return {"resourceRequirements": [{"type": "GPU", "value": count}]}


@pytest.mark.parametrize(
    ("fields", "definition", "expected"),
    [
        ({"containers": [{"gpuIds": ["x"]}, {"gpuIds": ["y", "x"]}]}, None, (("x", "y"), 0)),
        ({}, defined(wanting("2")), ((), 2)),
        ({"containers": [{"name": "a", "gpuIds": ["x"]}]}, defined(wanting("2")), (("x",), 1)),
        (
            {"overrides": {"containerOverrides": [{"name": "a", **wanting("3")}]}},
            defined(wanting("2")),
            ((), 3),
        ),
    ],
)
def test_which_gpus_a_task_has(fields: Json, definition: Json | None, expected: Any) -> None:
    """2.2: the ids that containers report, and how many more are asked for."""
    found = record(definition, **fields)
    assert (found.gpu_ids, found.gpus) == expected


# --- Facts -----------------------------------------------------------------------------------


def test_facts_group_and_revision() -> None:
    """C16, C14; what is not said is assumed."""
    found = record(lastStatus="PENDING", healthStatus="UNHEALTHY", group="service:a")
    assert (found.last_status, found.health, found.group) == ("PENDING", "UNHEALTHY", "service:a")
    found = record()
    assert (found.last_status, found.health, found.group) == ("RUNNING", "UNKNOWN", "family:web")
    assert (found.counted, found.protected, found.deployment) == (True, False, 0)
    assert found.revision == ("web", 3)
    assert record(taskDefinitionArn="web").revision is None


def test_tasks_ascend_with_their_age() -> None:
    """C15, C16: the oldest has the lowest number; unknown ages come first."""
    times = ["2026-01-03T00:00:00Z", "2026-01-02T00:00:00+02:00", None, 1.0]
    tasks = [described(n, createdAt=time) for n, time in enumerate(times)]
    assert [one.arn[-1] for one in tasks_from_ecs(tasks, [], [])] == ["2", "3", "1", "0"]


def test_deployments_by_the_age_of_their_first_tasks() -> None:
    """A39: what is placed later belongs to the newest, 0; others are below."""
    started = [("1", 5), ("2", 3), ("1", 2), ("3", 9), ("3", 8), (None, 1)]
    tasks = [
        described(n, group="service:a", createdAt=age, startedBy=name and f"ecs-svc/{name}")
        for n, (name, age) in enumerate(started)
    ]
    tasks.append(described(6, group="service:b", createdAt=0, startedBy="ecs-svc/1"))
    tasks.append(described(7, group="service:a", startedBy="ecs-svc/unknown"))
    tasks.append(described(8, group="g", createdAt=0, startedBy="somebody"))
    found = {one.arn[-1]: one.deployment for one in tasks_from_ecs(tasks, [], [])}
    assert list(map(found.get, "012345678")) == [-2, -1, -2, 0, 0, 0, 0, 0, 0]


def test_protection_stands_in_a_document_of_its_own() -> None:
    """4.7: get-task-protection."""
    protections = [
        {"taskArn": f"{ARN}task/c/t0", "protectionEnabled": True},
        {"taskArn": f"{ARN}task/c/t1", "protectionEnabled": False},
    ]
    found = tasks_from_ecs([described(0), described(1), described(2)], [], protections)
    assert [one.protected for one in found] == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"cpu": "much"}, "tasks[0].cpu"),
        ({"cpu": True}, "tasks[0].cpu"),
        ({"memory": "1.0001 GB"}, "tasks[0].memory"),
        ({"overrides": {"memory": -1}}, "tasks[0].overrides.memory"),
        ({"overrides": []}, "tasks[0].overrides"),
        ({"containers": {}}, "tasks[0].containers"),
        ({"containers": [{"cpu": "x"}]}, "tasks[0].containers[0].cpu"),
        ({"containers": [{"gpuIds": [1]}]}, "tasks[0].containers[0].gpuIds"),
        ({"containers": bound(65_536)}, "tasks[0].containers[0].networkBindings[0].hostPort"),
        (
            {"containers": bound(80, protocol="sctp")},
            "tasks[0].containers[0].networkBindings[0].protocol",
        ),
        ({"attachments": [3]}, "tasks[0].attachments[0]"),
        ({"lastStatus": "NO_ROW"}, "tasks[0].lastStatus"),
        ({"desiredStatus": "NO_ROW"}, "tasks[0].desiredStatus"),
        ({"healthStatus": []}, "tasks[0].healthStatus"),
        ({"createdAt": "soon"}, "tasks[0].createdAt"),
        ({"startedBy": 7}, "tasks[0].startedBy"),
        ({"taskArn": None}, "tasks[0]"),
        ({"taskDefinitionArn": None}, "tasks[0]"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(fields: Json, path: str) -> None:
    with pytest.raises(placement.DocumentError) as caught:
        record(**fields)
    assert caught.value.path == path


def test_a_task_stands_once_and_a_definition_may_stand_again() -> None:
    """C31: a task counted twice would be two; a revision never changes."""
    assert len(tasks_from_ecs([described(), described()], [], [])) == 1
    assert tasks_from_ecs([described()], [defined(), defined()], [])[0].memory == 100


def test_only_definitions_that_a_task_asks_for_are_read() -> None:
    broken = defined({"memory": "much"})
    assert tasks_from_ecs([described(taskDefinitionArn="other:1")], [broken], [])[0].memory == 0
    with pytest.raises(placement.DocumentError) as caught:
        record(broken)
    assert caught.value.path == "taskDefinitions[0].containerDefinitions[0].memory"


# --- A cluster of them -----------------------------------------------------------------------


def amounts(cpu: int, ports: list[str], gpus: list[str]) -> list[Json]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", *ports]},
        {"name": "GPU", "type": "STRINGSET", "stringSetValue": gpus},
    ]


def instance(id: str = "i", left: list[Json] | None = None, **fields: Any) -> Json:
    """1,024 units of cpu and the GPUs x, y, z; 400, x and z are left, 80 and 81 are taken."""
    return {
        "containerInstanceArn": id,
        "registeredResources": amounts(1024, [], ["x", "y", "z"]),
        "remainingResources": left or amounts(400, ["80", "81"], ["x", "z"]),
        **fields,
    }


HOLDER = described(cpu="500", containers=[{"name": "a", "gpuIds": ["y"]}, *bound(80, 33_000)])


def cluster(*tasks: Json, **options: Any) -> placement.Cluster:
    document = {"containerInstances": [instance()], "tasks": list(tasks)}
    return placement.Cluster.from_ecs(document, **options)


def test_nothing_is_subtracted_again_and_stopping_gives_back() -> None:
    """C10."""
    found = cluster(HOLDER)
    assert found.usage("i").remaining_cpu == 400
    assert found.usage("i").free_gpus == ("x", "z")
    task = found.task(0)
    assert (task.cpu, task.gpus, task.tcp_ports) == (500, ("y",), (80,))
    found.stop(0)
    usage = found.usage("i")
    assert (usage.remaining_cpu, usage.free_gpus) == (900, ("x", "y", "z"))
    assert usage.taken_tcp_ports == (22, 81)  # 81 is somebody else's
    assert (usage.running_tasks, found.task_counts("family:web").tolist()) == (0, [0])


def test_a_task_holds_only_what_is_reported_as_taken() -> None:
    """C10: documents that contradict one another never make more free than was registered."""
    greedy = described(cpu="5000", containers=[{"gpuIds": ["x", "y", "w"]}, *bound(22, 80, 90)])
    found = cluster(greedy, described(1, cpu="1", containers=bound(80)))
    first, second = found.task(0), found.task(1)
    assert (first.cpu, first.gpus, first.tcp_ports) == (624, ("y",), (80,))
    assert (second.cpu, second.tcp_ports) == (0, ())
    found.stop([0, 1])
    assert found.usage("i").remaining_cpu == 1024
    assert found.usage("i").taken_tcp_ports == (22, 81)


def test_gpus_without_ids_are_those_that_nobody_names() -> None:
    document = {
        "containerInstances": [instance(left=amounts(0, [], []))],
        "tasks": [described(0), described(1, containers=[{"name": "a", "gpuIds": ["x"]}])],
        "taskDefinitions": [defined(wanting("1"))],
    }
    found = placement.Cluster.from_ecs(document)
    assert [found.task(n).gpus for n in range(2)] == [("y",), ("x",)]


def test_interfaces_are_counted_since_nobody_reports_them() -> None:
    """2.4, C12: capacity less the tasks that have one."""
    attributes = [
        {"name": "ecs.instance-type", "value": "c5.large"},
        {"name": "ecs.capability.task-eni"},
    ]
    document = {
        "containerInstances": [instance(attributes=attributes)],
        "tasks": [described(0, attachments=[ENI]), described(1)],
    }
    found = placement.Cluster.from_ecs(document)
    assert found.usage("i").remaining_network_interfaces == 1
    found.stop(0)
    assert found.usage("i").remaining_network_interfaces == 2


def test_an_instance_with_too_many_interfaces_takes_tasks_that_need_none() -> None:
    """2.2, C12: more in use than the type has, by a document or since the type has changed."""
    attributes = [
        {"name": "ecs.instance-type", "value": "c5.large"},
        {"name": "ecs.capability.task-eni"},
    ]
    tasks = [described(n, attachments=[ENI]) for n in range(2)]
    document = {"containerInstances": [instance(attributes=attributes)], "tasks": tasks}
    found = placement.Cluster.from_ecs(document)
    found.put_attributes("i", {"ecs.instance-type": "t3.nano"})
    assert found.usage("i").remaining_network_interfaces == -1
    assert found.place(Task(network_interface=True)).unplaced == 1
    assert found.place(Task(), 2, group="service:a").instances == ["i", "i"]
    found.stop([0, 1])
    assert found.place(Task(network_interface=True)).unplaced == 0


STOPPING = HOLDER | {"desiredStatus": "STOPPED", "lastStatus": "RUNNING"}


def test_a_stopping_task_holds_until_the_release() -> None:
    """A25."""
    assert cluster(STOPPING).tasks_on("i") == []
    found = cluster(STOPPING, release="last_status")
    assert (found.usage("i").running_tasks, found.usage("i").remaining_cpu) == (0, 400)
    assert (found.task(0).stopping, found.task(0).cpu) == (True, 500)
    with pytest.raises(placement.TaskError, match="stopping already"):
        found.stop(0)
    found.set_task(0, last_status="STOPPED")
    assert found.usage("i").remaining_cpu == 900
    assert cluster(STOPPING | {"lastStatus": "STOPPED"}, release="last_status").tasks_on("i") == []


def test_running_tasks_are_served_before_stopping_ones() -> None:
    """C10: what is reported as taken; in a document of ``to_ecs`` it includes stopping tasks."""
    found = cluster(STOPPING, described(1, cpu="600", containers=bound(80)), release="last_status")
    assert (found.task(1).cpu, found.task(1).tcp_ports) == (600, (80,))
    assert (found.task(0).cpu, 80 in found.task(0).tcp_ports) == (500, False)
    written = found.to_ecs()
    assert written["release"] == "last_status"
    again = placement.Cluster.from_ecs(written, release="last_status")
    assert again.usage("i") == found.usage("i")
    assert [again.task(0).cpu, again.task(1).cpu] == [500, 600]
    assert "release" not in cluster(STOPPING).to_ecs()
    with pytest.raises(placement.DocumentError) as caught:
        placement.Cluster.from_ecs(written | {"release": "soon"})
    assert caught.value.path == "release"


def test_a_reader_that_releases_at_once_gets_back_what_stopping_tasks_were_reported_with() -> None:
    """C10, A25: a document of ``last_status`` read with ``desired_status``."""
    found = placement.Cluster(release="last_status")
    found.register(placement.Instance(id="i", cpu=100, gpus=2, neuron_devices=2))
    task = Task(cpu=10, gpus=1, tcp_ports=(80,), neuron_devices="ALL")
    found.place(task)
    found.place(Task(cpu=1), 3)
    found.stop([0, 1])
    again = placement.Cluster.from_ecs(found.to_ecs())
    assert len(again.tasks_on("i")) == 2
    found.set_task(0, last_status="STOPPED")
    found.set_task(1, last_status="STOPPED")
    assert again.usage("i") == found.usage("i")
    assert again.place(task).unplaced == 0
    again.stop(again.tasks_on("i"))
    assert again.usage("i").remaining_cpu == 100


def test_a_stopping_task_holds_what_ecs_has_given_back_c10() -> None:
    """The instance reports nothing as taken; share, port and GPU come back at STOPPED only."""
    whole = amounts(1000, [], ["GPU-1", "GPU-2"])
    document = {
        "containerInstances": [
            {
                "containerInstanceArn": "i",
                "registeredResources": whole,
                "remainingResources": whole,
                "runningTasksCount": 0,
            }
        ],
        "tasks": [
            {
                "taskArn": "t",
                "containerInstanceArn": "i",
                "taskDefinitionArn": "web:1",
                "desiredStatus": "STOPPED",
                "lastStatus": "RUNNING",
                "cpu": "700",
                "memory": "50",
                "containers": [
                    {
                        "name": "a",
                        "networkBindings": [{"hostPort": 80, "protocol": "tcp"}],
                        "gpuIds": ["GPU-2"],
                    }
                ],
            }
        ],
    }
    found = placement.Cluster.from_ecs(document, release="last_status")
    held = found.task(0)
    assert (held.cpu, held.memory, held.tcp_ports, held.gpus) == (700, 50, (80,), ("GPU-2",))
    usage = found.usage("i")
    assert (usage.remaining_cpu, usage.remaining_memory) == (300, -50)
    assert (usage.taken_tcp_ports, usage.free_gpus) == ((22, 80), ("GPU-1",))
    assert found.describe("i").remaining_memory == -50
    assert found.place(Task(cpu=500)).unplaced == 1
    assert found.place(Task(tcp_ports=(80,))).unplaced == 1
    assert found.place(Task(memory=1)).unplaced == 1
    written = found.to_ecs()
    (instance,) = written["containerInstances"]
    left = {one["name"]: one["integerValue"] for one in instance["remainingResources"]}
    assert (left["CPU"], left["MEMORY"]) == (300, -50)
    again = placement.Cluster.from_ecs(written, release="last_status")
    assert again.usage("i") == usage
    for one in (found, again):
        one.set_task(0, last_status="STOPPED")
        usage = one.usage("i")
        assert (usage.remaining_cpu, usage.remaining_memory) == (1000, 0)
        assert (usage.taken_tcp_ports, usage.free_gpus) == ((22,), ("GPU-1", "GPU-2"))


def test_what_running_tasks_leave_belongs_to_those_nobody_knows_c10() -> None:
    """The instance reports one running task more than there is: a stopping one finds nothing."""
    report = {"runningTasksCount": 1}
    known = cluster(STOPPING, release="last_status")
    document = cluster(STOPPING).to_ecs()
    document["containerInstances"][0] |= report
    document["tasks"] = [STOPPING]
    found = placement.Cluster.from_ecs(document, release="last_status")
    assert known.usage("i").remaining_cpu == 400
    assert found.usage("i").remaining_cpu == -100
    found.set_task(0, last_status="STOPPED")
    assert found.usage("i").remaining_cpu == 400


def test_options_of_the_class_go_with_a_document() -> None:
    """C16, C18."""
    found = cluster(seed=7, release="last_status", ties="random")
    assert (found.store.tasks.random_state, found.release, found.ties) == (
        7,
        "last_status",
        "random",
    )
    with pytest.raises(placement.UsageError, match="release"):
        cluster(release="sometimes")


def test_tasks_are_found_by_their_arns() -> None:
    found = cluster(HOLDER, described(1, cpu="1"))
    arn = f"{ARN}task/c/t1"
    assert found.task_by_arn(arn) == found.task_by_arn("t1") == 1
    assert found.task_arn(1) == arn
    assert found.task_arn(found.add_task("i", "g")) is None
    copies = [found.copy()]
    with found.trial():
        found.stop(1)
        with pytest.raises(placement.TaskError):
            found.task_by_arn(arn)
    assert [each.task_by_arn(arn) for each in (found, *copies)] == [1, 1]
    found.deregister("i", force=True)
    calls: list[tuple[Callable[[Any], Any], Any]] = [
        (found.task_by_arn, arn),
        (found.task_by_arn, f"{ARN}task/other/t1"),
        (copies[0].task_by_arn, f"{ARN}task/other/t1"),
        (copies[0].task_by_arn, 1),
        (found.task_arn, 1),
        (found.task_arn, "t1"),
    ]
    for call, name in calls:
        with pytest.raises(placement.TaskError):
            call(name)


def test_arns_survive_compact() -> None:
    """C7: rows are void then, tasks are not."""
    document = {"containerInstances": [instance("gone"), instance()], "tasks": [HOLDER]}
    found = placement.Cluster.from_ecs(document)
    found.deregister("gone")
    found.compact()
    assert found.task(found.task_by_arn("t0")).instance == "i"


@pytest.mark.parametrize(
    ("port", "holder"),
    [
        (80, "tcp port 80 is held by task t0 of family:web"),
        (81, "tcp port 81 is held by a task that is not known here"),
        (22, "tcp port 22 is reserved"),
    ],
)
def test_explain_names_who_holds_a_port(port: int, holder: str) -> None:
    """C20, A41; only what is reserved for good is never free."""
    why = cluster(HOLDER).explain(Task(tcp_ports=(port,)))
    assert why.missing == (f"RESOURCE:PORTS: {holder}",)
    assert why.never_fits == (port == 22)


def test_explain_says_that_groups_are_known_in_part() -> None:
    """C10."""
    document = {"containerInstances": [instance(runningTasksCount=3)], "tasks": [HOLDER]}
    found = placement.Cluster.from_ecs(document)
    why = found.explain(Task())
    assert why.unknown_tasks == 2
    assert "2 running tasks have no known group: task:group, spread and distinct" in str(why)
    codes = [warning.code for warning in placement.lint("task:group == g", found)]
    assert "groups-partly-known" in codes
    assert "known group" not in str(cluster(HOLDER).explain(Task()))


def test_scale_in_knows_what_documents_tell() -> None:
    """A39: protected, older deployment, not yet running, unhealthy."""
    service = {"group": "service:a", "startedBy": "ecs-svc/2"}
    tasks = [
        described(0, **service, createdAt=10),
        described(1, **service, createdAt=10, healthStatus="UNHEALTHY"),
        described(2, **service, createdAt=10, lastStatus="PENDING"),
        described(3, group="service:a", createdAt=5, startedBy="ecs-svc/1"),
        described(4, **service, createdAt=10),
    ]
    protections = [{"taskArn": f"{ARN}task/c/t0", "protectionEnabled": True}]
    document = {
        "containerInstances": [instance()],
        "tasks": tasks,
        "protectedTasks": protections,
    }
    found = placement.Cluster.from_ecs(document)
    victims = found.choose_to_stop("service:a", 9)
    assert [str(found.task_arn(number))[-2:] for number in victims] == ["t3", "t2", "t1", "t4"]


def test_old_revisions_are_told_apart() -> None:
    """A33."""
    tasks = [described(n, group="service:web") for n in range(2)]
    document = {
        "containerInstances": [instance(id) for id in ("i", "j")],
        "tasks": [*tasks, described(2, containerInstanceArn="j", group="service:web")],
    }
    found = placement.Cluster.from_ecs(document)
    new = Task(family="web", revision=4)
    every, newest = Spread("instanceId"), Spread("instanceId", count_old_revisions=False)
    assert found.place(new, group="service:web", strategy=[every]).instances == ["j"]
    assert found.place(new, group="service:web", strategy=[newest]).instances == ["i"]


def test_pages_of_every_kind() -> None:
    """C10, C11: what each call printed, one after the other."""
    pages = [
        {"containerInstances": [instance("j")]},
        {"tasks": [HOLDER | {"cpu": None}], "failures": []},
        {"taskDefinition": defined({"cpu": 44}), "tags": []},
        {"containerInstances": [instance()]},
        {"protectedTasks": [{"taskArn": HOLDER["taskArn"], "protectionEnabled": True}]},
    ]
    found = placement.Cluster.from_ecs(pages)
    assert (found.task(0).cpu, found.task(0).protected) == (44, True)
    assert list(found.ids) == ["j", "i"]


def test_the_example_cluster_is_empty_once_its_tasks_stop() -> None:
    """C10 on the documents in examples/."""
    pages = [json.loads((EXAMPLES / name).read_text()) for name in ("cluster.json", "tasks.json")]
    found = placement.Cluster.from_ecs(pages)
    registered = placement.Cluster()
    for document in pages[0]["containerInstances"]:
        left = document["registeredResources"]
        registered.register(document | {"remainingResources": left, "runningTasksCount": 0})
    ids = [id for id in found.ids if id is not None]
    before = list(map(found.usage, ids))
    for id in ids:
        found.stop(found.tasks_on(id))
    assert list(registered.ids) == ids
    assert list(map(found.usage, ids)) == list(map(registered.usage, ids))
    assert before != list(map(found.usage, ids))


# --- Names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CPU", "cpu", "Memory", "GPU", "PORTS", "ports_udp", "ENI"])
@pytest.mark.parametrize("field", ["resources", "remaining_resources"])
def test_further_resources_are_not_named_like_built_in_ones(name: str, field: str) -> None:
    options: dict[str, Any] = {field: {name: 1}}
    with pytest.raises(placement.DocumentError, match=name) as caught:
        Instance(id="i", **options)
    assert caught.value.path == field
    with pytest.raises(placement.DocumentError) as caught:
        Task(resources={name: 1})
    assert caught.value.path == "resources"


def test_a_document_with_such_a_resource_is_refused_by_its_path() -> None:
    entry: Any = {"name": "cpu", "type": "INTEGER", "integerValue": 3}
    for field in ("registeredResources", "remainingResources"):
        with pytest.raises(placement.DocumentError) as caught:
            placement.Cluster.from_ecs([instance() | {field: [entry]}])
        assert caught.value.path == f"[0].{field}"


def test_gpus_of_a_deregistered_instance_do_not_come_back() -> None:
    """C7: compact twice, and every instance still has its own."""
    found = placement.Cluster()
    found.register(Instance(id="a", gpus=("a",), network_interfaces=1))
    found.register(Instance(id="b", gpus=("b", "c"), network_interfaces=2))
    found.deregister("b")
    found.compact()
    found.compact()
    usage = found.usage("a")
    assert (usage.free_gpus, usage.remaining_network_interfaces) == (("a",), 1)
