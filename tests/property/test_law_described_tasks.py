"""Tasks that come in documents hold what they hold (C10).

Two questions: is a cluster that is written as documents and read again the same cluster, and does
the engine read any documents, contradicting ones too, as its naive twin does?
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import naive_documents
import placement
from engine_players import Engine, Twin, reserve_as, started
from engine_scenarios import (
    GROUPS,
    IDS,
    Scenario,
    Step,
    attributes,
    changes,
    decisions,
    histories,
    instances,
    mostly,
    often,
    requests,
)
from naive_engine import Request
from placement.kernels.fields import CPU, GPU, MEMORY, RESERVED
from placement.model import UDP
from placement.state.row_record import RowRecord

Json = dict[str, Any]

ARN = "arn:aws:ecs:us-east-1:111122223333:"
TYPES = [*naive_documents.INTERFACES, "unheard.of"]
START = datetime(2026, 1, 1, tzinfo=UTC)


# --- A cluster as documents ------------------------------------------------------------------


def written(cluster: placement.Cluster, styles: list[int]) -> Json:
    """Return what describe-* would print of a cluster; ``styles`` vary where sizes are told."""
    ids = [id for id in cluster.ids if id is not None]
    tasks = [cluster.task(number) for id in ids for number in cluster.tasks_on(id)]
    shapes: dict[Any, set[Any]] = {}
    for task in tasks:
        shapes.setdefault((task.family, task.revision), set()).add(shape_of(task))
    definitions, documents = {}, []
    for place, task in enumerate(tasks):
        style = styles[place % len(styles)]
        both = task.network_interface and (task.tcp_ports or task.udp_ports)
        if len(shapes[task.family, task.revision]) > 1 or task.family is None or both:
            style %= 2  # no definition can tell two sizes, or host ports in awsvpc
        if style >= 2:
            definition = definition_of(task)
            definitions[definition["taskDefinitionArn"]] = definition
        documents.append(task_document(task, style))
    return {
        "containerInstances": [instance_document(cluster, id) for id in ids],
        "tasks": documents,
        "taskDefinitions": list(definitions.values()),
        "protectedTasks": [
            {"taskArn": arn_of(task.id), "protectionEnabled": task.protected} for task in tasks
        ],
        "release": cluster.release,  # what is left excludes what stopping tasks hold (C10)
    }


def shape_of(task: Any) -> tuple[Any, ...]:
    ports = task.tcp_ports, task.udp_ports
    return task.cpu, task.memory, len(task.gpus), *ports, task.network_interface


def arn_of(number: int) -> str:
    return f"{ARN}task/c/t{number}"


def instance_document(cluster: placement.Cluster, id: str) -> Json:
    store, row = cluster.store, cluster.row(id)
    record, usage = RowRecord(store, row), cluster.usage(id)
    columns = store.tasks.resources
    registered = dict(zip(columns.names, columns.registered[row], strict=True))
    further = {name: int(registered[name]) for _, name in columns.further() if registered[name]}
    left = usage.remaining_resources
    reserved = ports_of(store.tasks, row)
    tcp = [port for port in reserved if port < UDP]
    udp = [port - UDP for port in reserved if port >= UDP]
    amounts = {"CPU": int(registered["cpu"]), "MEMORY": int(registered["memory"])}
    remaining = {"CPU": usage.remaining_cpu, "MEMORY": usage.remaining_memory}
    neuron = cluster.describe(id).neuron_devices
    if neuron is not None:  # B44
        amounts["NEURON_DEVICE"] = neuron
        remaining["NEURON_DEVICE"] = usage.remaining_neuron_devices or 0
    texts = {name: record.text(f"attribute:{name}") for name in store.attributes}
    return {
        "containerInstanceArn": id,
        "ec2InstanceId": record.text("ec2InstanceId"),
        "status": record.text("status"),
        "agentConnected": record.text("agentConnected") == "true",
        "versionInfo": {"agentVersion": record.text("agentVersion")},
        "runningTasksCount": usage.running_tasks,
        "attributes": [
            {"name": name, "value": text} for name, text in texts.items() if text is not None
        ],
        "registeredResources": listed({**amounts, **further}, store.gpu_ids.get(row, ()), tcp, udp),
        "remainingResources": listed(
            {**remaining, **{name: left[name] for name in further}},
            usage.free_gpus,
            usage.taken_tcp_ports,
            usage.taken_udp_ports,
        ),
    }


def ports_of(tasks: Any, row: int) -> list[int]:
    """Return the ports that a row has reserved for itself."""
    return [port for port in tasks.ports.taken_on(row) if tasks.ports.owner(row, port) == RESERVED]


def listed(amounts: dict[str, int], gpus: Any, tcp: Any, udp: Any) -> list[Json]:
    sets = {"GPU": gpus, "PORTS": map(str, tcp), "PORTS_UDP": map(str, udp)}
    return [
        *({"name": name, "type": "INTEGER", "integerValue": n} for name, n in amounts.items()),
        *(
            {"name": n, "type": "STRINGSET", "stringSetValue": [*texts]}
            for n, texts in sets.items()
        ),
    ]


def task_document(task: Any, style: int) -> Json:
    """Return a task; its sizes stand with it (0), its containers (1), or only as defined (2, 3)."""
    bindings = [
        {"containerPort": port, "hostPort": port, "protocol": "tcp"} for port in task.tcp_ports
    ]
    bindings += [
        {"containerPort": port, "hostPort": port, "protocol": "udp"} for port in task.udp_ports
    ]
    dynamic = {"containerPort": 7, "hostPort": 33_000 + task.id, "protocol": "tcp"}
    document: Json = {
        "taskArn": arn_of(task.id),
        "containerInstanceArn": task.instance,
        "group": task.group,
        "desiredStatus": "STOPPED" if task.stopping else "RUNNING",
        "lastStatus": task.last_status,
        "healthStatus": task.health,
        "startedBy": f"ecs-svc/{task.deployment}",
        "createdAt": (START + timedelta(minutes=task.id)).isoformat(),
        "containers": [{"name": "a"}, {"name": "b"}],
    }
    if task.family is not None:
        document["taskDefinitionArn"] = definition_arn(task)
    if style == 0:
        document |= {"cpu": str(task.cpu), "memory": str(task.memory)}
    elif style == 1:
        half = task.memory // 2
        document["containers"][0] |= {"cpu": str(task.cpu)}
        if half:
            document["containers"][0] |= {"memoryReservation": str(half), "memory": "60000"}
        document["containers"][1] |= {"cpu": "0", "memory": str(task.memory - half)}
    if style != 2:
        document["containers"][1] |= {"networkBindings": [dynamic, *bindings]}
    document["containers"][0] |= {"gpuIds": list(task.gpus)}  # nothing else tells which
    if task.neuron_devices:
        wish = {"type": "NeuronDevice", "value": "ALL"}
        override = {"name": "a", "resourceRequirements": [wish]}
        document["overrides"] = {"containerOverrides": [override]}
    if task.network_interface and style != 2:
        document["attachments"] = [{"type": "ElasticNetworkInterface", "status": "ATTACHED"}]
    return document


def definition_arn(task: Any) -> str:
    return f"{ARN}task-definition/{task.family}:{task.revision}"


def definition_of(task: Any) -> Json:
    """Return a definition that asks for what a task holds, in two containers."""
    wishes = [{"type": "GPU", "value": str(len(task.gpus))}] if task.gpus else []
    mappings: list[Json] = [{"containerPort": 7, "hostPort": 0}]
    mappings += [{"containerPort": port, "hostPort": port} for port in task.tcp_ports]
    mappings += [
        {"containerPort": port, "hostPort": port, "protocol": "udp"} for port in task.udp_ports
    ]
    return {
        "taskDefinitionArn": definition_arn(task),
        "family": task.family,
        "revision": task.revision,
        "cpu": str(task.cpu),
        "memory": str(task.memory),
        "networkMode": "awsvpc" if task.network_interface else "bridge",
        "containerDefinitions": [
            {"name": "a", "resourceRequirements": wishes},
            {"name": "b", "portMappings": [] if task.network_interface else mappings},
        ],
    }


class Named(Engine):
    """An engine that calls a task by its place in its history: numbers differ after reading."""

    def register(self, id: str, instance: Json) -> int:
        """Register an instance of which documents tell everything: interfaces go by type (C12)."""
        return super().register(id, instance | {"network_interfaces": None})

    def name(self, ids: list[int]) -> list[int]:
        return [self.ids.index(id) if id >= 0 else -1 for id in ids]

    def place(self, request: int, **how: Any) -> Any:
        rows, ids, unplaced = super().place(request, **how)
        return rows, self.name(ids), unplaced

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:
        rows, ids = super().place_many(order, seed, prepared)
        return rows, self.name(ids)

    def place_on(self, id: str, request: int, use_reserved: bool) -> int | list[str]:
        placed = super().place_on(id, request, use_reserved)
        return self.name([placed])[0] if isinstance(placed, int) else placed

    def choose_to_stop(self, *what: Any, **how: Any) -> list[int]:
        return self.name(super().choose_to_stop(*what, **how))

    def add_task(self, id: str, group: str) -> int:
        super().add_task(id, group)
        return len(self.ids)


def typed_instances() -> st.SearchStrategy[Json]:
    return st.builds(
        lambda instance, type: (
            instance | {"attributes": instance["attributes"] | {"ecs.instance-type": type}}
        ),
        instances(),
        st.sampled_from(TYPES),
    )


def plain_requests() -> st.SearchStrategy[Request]:
    """Draw requests of which documents tell everything: no task in ECS has further resources."""
    return requests().map(
        lambda request: request._replace(task=attrs.evolve(request.task, resources={}))
    )


def scenarios() -> st.SearchStrategy[Scenario]:
    return st.builds(
        Scenario,
        options(),
        st.lists(typed_instances(), min_size=2, max_size=6),
        st.lists(plain_requests(), min_size=1, max_size=4),
        histories(),
    )


def options() -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(
        {
            "seed": st.integers(0, 3),
            "release": often("desired_status", st.just("last_status")),
            "ties": mostly("registered", st.just("random")),
        }
    )


STYLES = st.lists(st.integers(0, 3), min_size=1, max_size=5)


@given(scenarios(), STYLES, st.lists(decisions() | changes(), max_size=8))
def test_a_cluster_written_as_documents_and_read_again_goes_on_as_it_was(
    scenario: Scenario, styles: list[int], later: list[Step]
) -> None:
    """C10: the same left, the same victims, the same further decisions."""
    one, two = started(Named(scenario), scenario), Named(scenario)
    for step in scenario.steps:
        one.play(step)
    one.compact()
    before = one.cluster
    settle_deployments(before)
    document = written(before, styles)
    seed = before.store.tasks.random_state
    after = placement.Cluster.from_ecs(document, **scenario.options | {"seed": seed})
    two.cluster = after
    reserve_as(after, before)
    one.ids = [
        number for number in sorted(set(one.ids)) if before.store.tasks.position_of(number) >= 0
    ]
    two.ids = [after.task_by_arn(arn_of(number)) for number in one.ids]
    assert two.ids == list(range(len(one.ids))), "numbered in order of age"
    assert [after.task_arn(number) for number in two.ids] == list(map(arn_of, one.ids))
    assert list(after.ids) == list(before.ids)
    ids = [id for id in before.ids if id is not None]
    assert list(map(after.usage, ids)) == list(map(before.usage, ids))
    assert [told(after.task(number)) for number in two.ids] == [
        told(before.task(number)) for number in one.ids
    ]
    for group in GROUPS:
        victims = [engine.cluster.choose_to_stop(group, 8, seed=1) for engine in (one, two)]
        assert one.name(victims[0]) == two.name(victims[1]), group
    for step in later:
        if step.name != "trial":
            assert one.play(step) == two.play(step), step
    assert list(map(after.usage, filter(None, after.ids))) == list(
        map(before.usage, filter(None, before.ids))
    )
    stop_everything(two)


def told(task: Any) -> Any:
    return attrs.evolve(task, id=0)


def settle_deployments(cluster: placement.Cluster) -> None:
    """Number deployments as documents can tell them: by their first tasks, the newest being 0."""
    numbers = sorted(number for id in filter(None, cluster.ids) for number in cluster.tasks_on(id))
    firsts: dict[str, list[int]] = {}
    for number in numbers:
        task = cluster.task(number)
        known = firsts.setdefault(task.group, [])
        if task.deployment not in known:
            known.append(task.deployment)
    for number in numbers:
        task = cluster.task(number)
        known = firsts[task.group]
        cluster.set_task(number, deployment=1 + known.index(task.deployment) - len(known))


def stop_everything(engine: Engine) -> None:
    """Stop every task and hold what is left to what was registered."""
    cluster = engine.cluster
    for id in filter(None, cluster.ids):
        for number in cluster.tasks_on(id):
            cluster.set_task(number, last_status="STOPPED")
    tasks, rows = cluster.store.tasks, cluster.rows
    remaining = tasks.resources.remaining(slice(rows))
    assert np.array_equal(remaining, tasks.resources.registered[:rows])
    for row, id in enumerate(cluster.ids):
        if id is not None:
            usage = cluster.usage(id)
            ports = [*usage.taken_tcp_ports, *[port + UDP for port in usage.taken_udp_ports]]
            assert sorted(ports_of(tasks, row)) == ports
            assert tasks.ports.taken[row] == len(ports)
            assert usage.free_gpus == cluster.store.gpu_ids.get(row, ())


# --- Any documents ---------------------------------------------------------------------------

GPUS = ("x", "y", "z")
RESERVED_PORTS = ["22", "2375"]
PORTS = ["80", "81", "82"]
FAMILIES = ["task:0", "task:1", "other:0"]


@st.composite
def reported(draw: st.DrawFn, id: str) -> Json:
    """Draw an instance; not everything is reported, and counts are too small now and then."""
    cpu, memory = draw(st.sampled_from([(2048, 4096), (1000, 500)]))
    gpus = GPUS[: draw(st.integers(0, 3))]
    some = st.sampled_from
    registered = listed({"CPU": cpu, "MEMORY": memory, "disk": 3}, gpus, RESERVED_PORTS, ())
    left = {"CPU": draw(some([0, 300, cpu])), "MEMORY": draw(some([0, 100, memory])), "disk": 1}
    free = draw(st.lists(some(gpus), unique=True)) if gpus else []
    tcp = [*RESERVED_PORTS, *draw(st.lists(some(PORTS), unique=True))]
    remaining = listed(left, free, tcp, draw(st.lists(some(PORTS), unique=True)))
    type = draw(some(TYPES))
    found = {**draw(attributes()), "ecs.instance-type": type}
    return {
        "containerInstanceArn": f"{ARN}container-instance/c/{id}",
        "runningTasksCount": draw(st.integers(0, 4)),
        "attributes": [pair(name, value) for name, value in found.items()],
        "registeredResources": registered,
        "remainingResources": [one for one in remaining if draw(mostly(True, st.booleans()))],
    }


def pair(name: str, value: str | None) -> Json:
    return {"name": name} if value is None else {"name": name, "value": value}


@st.composite
def defined(draw: st.DrawFn, name: str) -> Json:
    """Draw a task definition of one or two containers."""
    tcp, udp = (draw(st.lists(st.sampled_from(PORTS), unique=True, max_size=2)) for _ in "tu")
    mappings: list[Json] = [{"containerPort": int(port), "hostPort": int(port)} for port in tcp]
    mappings += [
        {"containerPort": int(port) + 1000, "hostPort": int(port), "protocol": "udp"}
        for port in udp
    ]
    mappings.append({"containerPort": 7})  # dynamic
    mode = draw(st.sampled_from(["bridge", "awsvpc"]))
    one: Json = {"name": "a", "cpu": draw(st.sampled_from([0, 100])), "memory": 300}
    two: Json = {"name": "b", "memoryReservation": 100, "memory": draw(st.sampled_from([200, 400]))}
    if mode == "bridge":
        one["portMappings"] = mappings
    if draw(st.booleans()):
        two["resourceRequirements"] = [{"type": "GPU", "value": "1"}]
    whole = draw(st.sampled_from([{}, {}, {"cpu": "512", "memory": "1024"}]))
    return {
        "taskDefinitionArn": f"{ARN}task-definition/{name}",
        "family": name.partition(":")[0],
        "revision": int(name.partition(":")[2]),
        "networkMode": mode,
        "containerDefinitions": [one, two],
        **whole,
    }


def containers() -> st.SearchStrategy[list[Json]]:
    """Draw what a task says of its containers."""
    binding = st.builds(
        lambda port, protocol: {"containerPort": port, "hostPort": port, "protocol": protocol},
        st.sampled_from([80, 81, 33_000]),
        st.sampled_from(["tcp", "udp"]),
    )
    optional = {
        "cpu": st.sampled_from(["0", "128"]),
        "memory": st.sampled_from(["700", "800"]),
        "memoryReservation": st.sampled_from(["64", "90"]),
        "gpuIds": st.lists(st.sampled_from([*GPUS, "w"]), max_size=2, unique=True),
        "networkBindings": st.lists(binding, max_size=3),
        "networkInterfaces": st.sampled_from([[], [{"attachmentId": "a"}]]),
    }
    one = st.fixed_dictionaries({}, optional=optional)
    return st.tuples(one, one).map(lambda both: [{"name": "a"} | both[0], {"name": "b"} | both[1]])


def described(arns: list[str | None]) -> st.SearchStrategy[Json]:
    """Draw a task's document without its ARN and age."""
    overrides = {
        "cpu": st.just("64"),
        "containerOverrides": st.just(
            [{"name": "b", "cpu": 32}, {"name": "a", "memory": 999, "memoryReservation": 50}]
        ),
    }
    attachment = st.builds(
        lambda type, status: {"type": type, "status": status},
        st.sampled_from(["ElasticNetworkInterface", "Service Connect"]),
        st.sampled_from(["ATTACHED", "DELETED"]),
    )
    return st.fixed_dictionaries(
        {
            "taskDefinitionArn": st.sampled_from([f"{ARN}task-definition/{f}" for f in FAMILIES]),
            "containerInstanceArn": st.sampled_from(arns),
        },
        optional={
            "group": st.sampled_from(GROUPS),
            "desiredStatus": st.sampled_from(["RUNNING", "STOPPED"]),
            "lastStatus": st.sampled_from(["PENDING", "RUNNING", "DEPROVISIONING", "STOPPED"]),
            "healthStatus": st.sampled_from(["HEALTHY", "UNHEALTHY"]),
            "startedBy": st.sampled_from(["ecs-svc/1", "ecs-svc/2", "ecs-svc/3", "someone"]),
            "cpu": st.sampled_from(["128", "256"]),
            "memory": st.sampled_from(["128", "256"]),
            "overrides": st.fixed_dictionaries({}, optional=overrides),
            "containers": containers(),
            "attachments": st.lists(attachment, max_size=1),
        },
    )


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Draw a whole document in which nothing need agree with anything."""
    ids = IDS[: draw(st.integers(1, 4))]
    found = [draw(reported(id)) for id in ids]
    arns = [each["containerInstanceArn"] for each in found] * 3
    tasks = draw(st.lists(described([*arns, f"{ARN}container-instance/c/gone", None]), max_size=8))
    ages = draw(st.permutations(range(len(tasks))))
    named = [
        task | {"taskArn": arn_of(n), "createdAt": (START + timedelta(hours=age)).isoformat()}
        for n, (task, age) in enumerate(zip(tasks, ages, strict=True))
    ]
    protected = draw(st.lists(st.sampled_from(range(9)), max_size=2, unique=True))
    return {
        "containerInstances": found,
        "tasks": named,
        "taskDefinitions": [draw(defined(name)) for name in FAMILIES if draw(st.booleans())],
        "protectedTasks": [
            {"taskArn": arn_of(n), "protectionEnabled": draw(st.booleans())} for n in protected
        ],
        "release": draw(st.sampled_from(["desired_status", "last_status"])),
    }


def later_steps() -> st.SearchStrategy[list[Step]]:
    one = (decisions() | changes()).filter(lambda step: step.name != "trial")
    return st.lists(one, max_size=8)


@given(documents(), options(), st.lists(plain_requests(), min_size=1, max_size=3), later_steps())
def test_documents_are_read_as_the_twin_reads_them(
    document: Json, options: Json, wanted: list[Request], steps: list[Step]
) -> None:
    """C10, A25: also where instances, tasks and definitions contradict one another."""
    scenario = Scenario(options, [], wanted, steps)
    engine, twin = Engine(scenario), Twin(scenario)
    engine.cluster = placement.Cluster.from_ecs(document, **options)
    twin.cluster = naive_documents.read(document, **options)
    tasks = engine.cluster.store.tasks
    engine.ids = [id for id in range(tasks.number) if tasks.position_of(id) >= 0]
    twin.ids = sorted(twin.cluster.tasks)
    assert engine.ids == twin.ids
    assert list(held(engine.cluster, engine.ids)) == list(twin_held(twin.cluster))
    assert engine.cluster.store.tasks.running[: engine.cluster.rows].tolist() == [
        twin.cluster.running(node.row) for node in twin.cluster.registered()
    ]
    for number, step in enumerate(steps):
        for asked in (step, Step("explain", {"request": number})):
            expected = twin.play(asked)
            assert engine.play(asked) == expected, f"step {number}: {asked}"
    tasks, rows = engine.cluster.store.tasks, engine.cluster.rows
    amounts = [CPU, MEMORY, GPU]
    remaining = tasks.resources.remaining(slice(rows))
    assert (remaining[:, amounts] <= tasks.resources.registered[:rows][:, amounts]).all()


def held(cluster: placement.Cluster, ids: list[int]) -> Iterator[Any]:
    for number in ids:
        task = cluster.task(number)
        ports = sorted(task.tcp_ports), sorted(task.udp_ports)
        facts = task.last_status, task.health, task.protected, task.deployment
        revision = task.family, task.revision
        amounts = task.cpu, task.memory, task.gpus, task.network_interface
        yield task.instance, task.group, task.stopping, *amounts, *ports, *facts, *revision


def twin_held(cluster: Any) -> Iterator[Any]:
    for one in cluster.tasks.values():
        ports = sorted(one.task.tcp_ports), sorted(one.task.udp_ports)
        facts = one.last_status, one.health, one.protected, one.deployment
        gpus = tuple(gpu for gpu in cluster.node(one.row).gpus if gpu in one.gpus)
        amounts = one.task.cpu, one.task.memory, gpus, one.task.network_interface
        stopping = one.desired == "STOPPED"
        revision = one.task.family, one.task.revision
        node = cluster.node(one.row)
        yield node.id, one.group, stopping, *amounts, *ports, *facts, *revision


def test_the_laws_are_not_about_nothing() -> None:
    """A refusal is an answer too; here is one history in which tasks of a document do hold."""
    document = {
        "containerInstances": [
            {
                "containerInstanceArn": "i0",
                "registeredResources": listed({"CPU": 1024, "MEMORY": 1024}, (), ["22"], ()),
                "remainingResources": listed({"CPU": 512, "MEMORY": 1024}, (), ["22", "80"], ()),
            }
        ],
        "tasks": [
            {
                "taskArn": arn_of(0),
                "containerInstanceArn": "i0",
                "group": "g",
                "cpu": "512",
                "containers": [{"name": "a", "networkBindings": [{"hostPort": 80}]}],
            }
        ],
    }
    engine = Engine(Scenario({}, [], [Request(placement.Task(cpu=1024, tcp_ports=(80,)))], []))
    engine.cluster = placement.Cluster.from_ecs(document)
    asked = Step("place", {"request": 0, "count": 1})
    assert engine.play(asked) == ([], [], 1)
    engine.cluster.stop(0)
    assert engine.play(asked) == ([0], [1], 0)
