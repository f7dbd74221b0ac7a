"""A client's cluster written as one document, and read: by a client and by a ``Cluster`` (C9, C10).

The document is what the client's own describe calls say.  After any history of calls both readers
must answer what comes next as the client itself does.
"""

from __future__ import annotations

import contextlib
import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import placement
from placement.ecs import Client, ClientError
from tasks_world import ZONE, add_machine, define

Document = dict[str, Any]

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FAMILIES = ("web", "static", "host", "own", "gpu", "pinned")
CHAINS: list[list[Document]] = [
    [],
    [{"type": "binpack", "field": "memory"}],
    [{"type": "spread", "field": f"attribute:{ZONE}"}, {"type": "binpack", "field": "cpu"}],
    [{"type": "spread", "field": "instanceId"}],
]
LIMITS: list[list[Document]] = [
    [],
    [{"type": "distinctInstance"}],
    [{"type": "memberOf", "expression": "attribute:stack != prod"}],
    [{"type": "memberOf", "expression": "not(task:group == family:web)"}],
]
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


class World:
    """A client whose time goes on by itself, and short names for what happens to it."""

    def __init__(self) -> None:
        self.time = START
        self.client = Client("eu-west-1", "111122223333", clock=self.clock)
        self.client.create_cluster(clusterName="prod", tags=[{"key": "a", "value": "b"}])
        self.instances = [self.machine(number) for number in range(3)]
        self.tasks: list[str] = []
        define_all(self.client)

    def clock(self) -> datetime:
        self.time += timedelta(seconds=1)
        return self.time

    def machine(self, number: int) -> str:
        where = {"ecs__availability-zone": f"eu-west-1{'abc'[number % 3]}"}
        where |= {"ecs__subnet-id": "subnet-1", "ecs__vpc-id": "vpc-1", "stack": "test"}
        where |= {"ecs__capability__task-eni": "", "ecs__instance-type": "m5.large"}
        return add_machine(self.client, cpu=1024, gpus=2 * (number % 2), attributes=where)

    def run(self, family: str, count: int, chain: int, limits: int, cpu: int) -> Any:
        """Run tasks without chance: where the generator stands is not written."""
        given: Document = {"networkConfiguration": NETWORK} if family == "own" else {}
        if cpu:
            name = {"containerOverrides": [{"name": "app", "cpu": cpu}]}
            given["overrides"] = name
        answer = self.client.run_task(
            cluster="prod",
            taskDefinition=family,
            count=count,
            placementConstraints=LIMITS[limits],
            placementStrategy=[*CHAINS[chain], CHAINS[-1][0]],
            **given,
        )
        self.tasks += [task["taskArn"] for task in answer["tasks"]]
        places = [task["containerInstanceArn"] for task in answer["tasks"]]
        gpus = [one.get("gpuIds") for task in answer["tasks"] for one in task["containers"]]
        return places, gpus, answer["failures"]

    def start(self, family: str, instance: int) -> Any:
        chosen = [self.instances[instance % len(self.instances)]]
        given: Document = {"networkConfiguration": NETWORK} if family == "own" else {}
        answer = self.client.start_task(
            cluster="prod",
            taskDefinition=family,
            containerInstances=chosen,
            group="batch",
            startedBy="me",
            **given,
        )
        self.tasks += [task["taskArn"] for task in answer["tasks"]]
        return len(answer["tasks"]), answer["failures"]

    def stop(self, task: int) -> Any:
        if not self.tasks:
            return None
        arn = self.tasks[task % len(self.tasks)]
        return self.client.stop_task(cluster="prod", task=arn)["task"]["desiredStatus"]

    def drain(self, instance: int, status: str) -> Any:
        arn = self.instances[instance % len(self.instances)]
        answer = self.client.update_container_instances_state(
            cluster="prod", containerInstances=[arn], status=status
        )
        return answer["failures"]

    def connect(self, instance: int, connected: bool) -> None:
        arn = self.instances[instance % len(self.instances)]
        self.client.set_agent_connected(cluster="prod", containerInstance=arn, connected=connected)

    def label(self, instance: int, value: str) -> None:
        arn = self.instances[instance % len(self.instances)]
        attributes = [{"name": "stack", "value": value, "targetId": arn}]
        self.client.put_attributes(cluster="prod", attributes=attributes)

    def leave(self, instance: int, force: bool) -> Any:
        """Deregister an instance, which later calls do not name: a dump does not have it."""
        arn = self.instances[instance % len(self.instances)]
        if len(self.instances) == 1:
            return None
        answer = self.client.deregister_container_instance(
            cluster="prod", containerInstance=arn, force=force
        )
        self.instances = [other for other in self.instances if other != arn]
        return answer["containerInstance"]["status"]

    def play(self, step: tuple[str, tuple[Any, ...]]) -> Any:
        name, arguments = step
        try:
            return getattr(self, name)(*arguments)
        except ClientError as error:
            return error.response["Error"]

    def through_json(self) -> World:
        """Return a world whose client was made of this one's document."""
        other = copy.copy(self)
        other.tasks, other.instances = list(self.tasks), list(self.instances)
        document = json.loads(json.dumps(self.client.to_ecs("prod"), allow_nan=False))
        other.client = Client.from_ecs(document, clock=other.clock)
        return other


def define_all(client: Client) -> None:
    """Register a definition of each kind: what they hold is told in different places."""
    define(client, "web", container_portMappings=[{"containerPort": 80}])
    define(client, "static", container_portMappings=[{"containerPort": 80, "hostPort": 8080}])
    udp = [{"containerPort": 53, "protocol": "udp"}]
    define(client, "host", networkMode="host", container_portMappings=udp)
    define(client, "own", networkMode="awsvpc", memory="512")
    gpu = [{"type": "GPU", "value": "1"}]
    define(client, "gpu", container_resourceRequirements=gpu)
    pinned = {"type": "memberOf", "expression": "attribute:stack == test"}
    define(client, "pinned", cpu=".25 vCPU", placementConstraints=[pinned])


some = st.integers(0, 5)
running = st.tuples(
    st.just("run"),
    st.tuples(
        st.sampled_from(FAMILIES),
        st.integers(1, 4),
        st.integers(0, len(CHAINS) - 1),
        st.integers(0, len(LIMITS) - 1),
        st.sampled_from([0, 0, 300]),
    ),
)
steps = st.one_of(
    running,
    running,
    st.tuples(st.just("start"), st.tuples(st.sampled_from(FAMILIES), some)),
    st.tuples(st.just("stop"), st.tuples(some)),
    st.tuples(st.just("drain"), st.tuples(some, st.sampled_from(["ACTIVE", "DRAINING"]))),
    st.tuples(st.just("connect"), st.tuples(some, st.booleans())),
    st.tuples(st.just("label"), st.tuples(some, st.sampled_from(["prod", "test"]))),
    st.tuples(st.just("leave"), st.tuples(some, st.booleans())),
)


def played(history: list[Any]) -> World:
    world = World()
    for step in history:
        world.play(step)
    return world


def engine_facts(cluster: placement.Cluster) -> list[Any]:
    """Return what an engine knows, tasks in the order of their numbers.

    The last status of tasks is the client's: its engine has the one that they were placed with.
    """
    found = []
    for id in filter(None, cluster.ids):
        known = [cluster.task(task) for task in cluster.tasks_on(id)]
        tasks = [attrs.asdict(task) | {"id": None, "last_status": None} for task in known]
        found.append((cluster.describe(id), cluster.usage(id), tasks))
    return found


@given(st.lists(steps, max_size=8))
def test_what_a_client_describes_loads_into_a_cluster_with_nothing_lost(history: list[Any]) -> None:
    """The three describe calls say all that placement uses: C10, B14, A20, B17."""
    world = played(history)
    loaded = placement.Cluster.from_ecs(json.loads(json.dumps(world.client.to_ecs("prod"))))
    assert engine_facts(loaded) == engine_facts(world.client._account.clusters["prod"].engine)


@given(st.lists(steps, max_size=6), st.lists(steps, max_size=5))
def test_a_loaded_client_answers_as_the_one_that_was_dumped(
    history: list[Any], later: list[Any]
) -> None:
    """Places, failures, refusals, and what is described in the end, but for ids that are new."""
    one = played(history)
    two = one.through_json()
    assert in_order(two.client.to_ecs("prod")) == in_order(one.client.to_ecs("prod"))
    for step in later:
        assert two.play(step) == one.play(step), step
    assert [instances(two)] == [instances(one)]


def in_order(document: Document) -> Document:
    """Return a document with the attributes of instances in an order; they are a set.

    Without ``placementState``, which has the time: the clocks of these clients tick at each look.
    """
    document.pop("placementState")
    for instance in document["containerInstances"]:
        instance["attributes"].sort(key=lambda one: one["name"])
    return document


def instances(world: World) -> list[Document]:
    document = in_order(world.client.to_ecs("prod"))
    return [{**one, "registeredAt": None} for one in document["containerInstances"]]


@pytest.fixture
def world() -> World:
    world = World()
    world.play(("run", ("web", 4, 2, 0, 0)))
    world.play(("run", ("own", 2, 3, 0, 0)))
    world.play(("run", ("gpu", 1, 3, 0, 0)))
    return world


def test_pages_of_the_describe_calls_are_enough(world: World) -> None:
    """As a user of the AWS CLI has them: one file a call, each with what it prints."""
    client = world.client
    arns = client.list_container_instances(cluster="prod")["containerInstanceArns"]
    tasks = client.list_tasks(cluster="prod")["taskArns"]
    pages = [
        *[
            client.describe_container_instances(cluster="prod", containerInstances=[arn])
            for arn in arns
        ],
        client.describe_tasks(cluster="prod", tasks=tasks),
        *[client.describe_task_definition(taskDefinition=family) for family in FAMILIES],
        client.describe_clusters(clusters=["prod"]),
    ]
    loaded = placement.Cluster.from_ecs(pages)
    assert engine_facts(loaded) == engine_facts(client._account.clusters["prod"].engine)
    again = Client.from_ecs(pages)
    found = again.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
    assert found == client.describe_tasks(cluster="prod", tasks=tasks)["tasks"]


def test_region_account_and_cluster_are_those_of_the_arns(world: World) -> None:
    client = Client.from_ecs(world.client.to_ecs("prod"))
    assert client.meta.region_name == "eu-west-1"
    (arn,) = client.list_clusters()["clusterArns"]
    assert arn == "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"
    (cluster,) = client.describe_clusters(clusters=["prod"], include=["TAGS"])["clusters"]
    assert cluster["tags"] == [{"key": "a", "value": "b"}]


def test_new_ids_are_none_that_were_loaded(world: World) -> None:
    """The same seed as before the dump; the ids drawn then are taken."""
    known = set(world.tasks)
    other = world.through_json()
    other.play(("run", ("web", 4, 2, 0, 0)))
    assert len(other.tasks) > len(known)
    assert len(set(other.tasks)) == len(other.tasks)


def test_a_family_counts_on_from_the_revision_that_is_there(world: World) -> None:
    """A dump has the revisions that tasks use, perhaps not the first."""
    define(world.client, "web")
    define(world.client, "web")
    document = world.client.to_ecs("prod")
    document["taskDefinitions"] = [
        one for one in document["taskDefinitions"] if one["revision"] == 3
    ]
    document["tasks"] = []
    client = Client.from_ecs(document)
    assert client.describe_task_definition(taskDefinition="web")["taskDefinition"]["revision"] == 3
    with pytest.raises(client.exceptions.ClientException):
        client.describe_task_definition(taskDefinition="web:1")
    assert define(client, "web")["revision"] == 4


def test_ports_that_were_chosen_are_not_chosen_again(world: World) -> None:
    """2.3: two tasks of an instance never share a host port, loaded or not."""
    other = world.through_json()
    other.play(("run", ("web", 4, 1, 0, 0)))
    found = other.client.describe_tasks(cluster="prod", tasks=other.tasks)["tasks"]
    bound = [
        (task["containerInstanceArn"], binding["hostPort"])
        for task in found
        for container in task["containers"]
        for binding in container["networkBindings"]
    ]
    assert len(bound) >= 5
    assert len(set(bound)) == len(bound)


def test_protection_is_loaded_with_its_end(world: World) -> None:
    """4.7, C16: in the client with its date, in the engine as a fact."""
    (arn,) = world.client.start_task(
        cluster="prod", taskDefinition="web", containerInstances=world.instances[:1], group="g"
    )["tasks"][:1]
    document = world.client.to_ecs("prod")
    (task,) = [one for one in document["tasks"] if one["taskArn"] == arn["taskArn"]]
    task["group"] = "service:web"
    until = START + timedelta(hours=5)
    document["protectedTasks"] = [
        {
            "taskArn": task["taskArn"],
            "protectionEnabled": True,
            "expirationDate": until.isoformat(),
        }
    ]
    client = Client.from_ecs(document, clock=world.clock)
    (found,) = client.get_task_protection(cluster="prod", tasks=[task["taskArn"]])["protectedTasks"]
    assert (found["protectionEnabled"], found["expirationDate"]) == (True, until)
    engine = client._account.clusters["prod"].engine
    assert engine.task(engine.task_by_arn(task["taskArn"])).protected
    world.time = until
    (found,) = client.get_task_protection(cluster="prod", tasks=[task["taskArn"]])["protectedTasks"]
    assert not found["protectionEnabled"]


def test_a_cluster_without_arns_becomes_a_client_with_arns() -> None:
    """``Cluster.to_ecs`` of instances with bare ids; the cluster is ``default``, or as named."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="a", cpu=1000, memory=1000, network_interfaces=3))
    cluster.add_task("a", "g", placement.Task(cpu=100, tcp_ports=(80,)))
    client = Client.from_ecs(cluster.to_ecs(), cluster="test")
    (arn,) = client.list_container_instances(cluster="test")["containerInstanceArns"]
    assert arn == "arn:aws:ecs:us-east-1:123456789012:container-instance/test/a"
    (task,) = client.list_tasks(cluster="test")["taskArns"]
    client.stop_task(cluster="test", task=task)
    (found,) = client.describe_container_instances(cluster="test", containerInstances=["a"])[
        "containerInstances"
    ]
    left = {one["name"]: one for one in found["remainingResources"]}
    assert left["CPU"]["integerValue"] == 1000
    assert "80" not in left["PORTS"]["stringSetValue"]


def test_an_inactive_instance_is_described_and_counts_for_nothing(world: World) -> None:
    """B17, B18: a dump may hold instances that were deregistered while it was made."""
    document = world.client.to_ecs("prod")
    document["containerInstances"][0]["status"] = "INACTIVE"
    gone = document["containerInstances"][0]["containerInstanceArn"]
    client = Client.from_ecs(document)
    assert gone not in client.list_container_instances(cluster="prod")["containerInstanceArns"]
    (found,) = client.describe_container_instances(cluster="prod", containerInstances=[gone])[
        "containerInstances"
    ]
    assert found["status"] == "INACTIVE"


def test_a_cluster_that_is_not_there_is_refused() -> None:
    with pytest.raises(ClientError) as caught:
        Client().to_ecs("nowhere")
    assert caught.value.response["Error"]["Code"] == "ClusterNotFoundException"


def damage(document: Document, path: list[Any], value: Any) -> Document:
    for part in path[:-1]:
        document = document[part]
    document[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["containerInstances", 0], 7, "containerInstances[0]"),
        (["containerInstances", 0, "version"], "x", "containerInstances[0].version"),
        (["containerInstances", 0, "registeredAt"], "x", "containerInstances[0].registeredAt"),
        (["containerInstances", 0, "tags"], 7, "containerInstances[0].tags"),
        (["tasks", 0, "taskArn"], None, "tasks[0]"),
        (["tasks", 0, "containers"], [7], "tasks[0].containers[0]"),
        (["tasks", 0, "version"], -1, "tasks[0].version"),
        (["tasks", 0, "launchType"], 7, "tasks[0].launchType"),
        (["tasks", 0, "createdAt"], [], "tasks[0].createdAt"),
        (
            ["tasks", 0, "containers", 0, "networkBindings", 0, "hostPort"],
            70_000,
            "tasks[0].containers[0].networkBindings[0].hostPort",
        ),
        (
            ["tasks", 0, "containers", 0, "networkBindings", 0, "hostPortRange"],
            "a-b",
            "tasks[0].containers[0].networkBindings[0].hostPortRange",
        ),
        (["tasks", 0, "clusterArn"], "arn:aws:ecs:x:y:cluster/other", "tasks[0].clusterArn"),
        (["taskDefinitions", 0, "revision"], 9, "taskDefinitions[0]"),
        (
            ["taskDefinitions", 0, "taskDefinitionArn"],
            "web:1",
            "taskDefinitions[0].taskDefinitionArn",
        ),
        (
            ["taskDefinitions", 0, "taskDefinitionArn"],
            "arn:aws:ecs:us-east-1:111122223333:task-definition/web:1",
            "taskDefinitions[0].taskDefinitionArn",
        ),
        (
            ["taskDefinitions", 0, "containerDefinitions", 0, "memory"],
            "x",
            "taskDefinitions[0].containerDefinitions[0].memory",
        ),
        (["protectedTasks"], [{"taskArn": 7}], "protectedTasks[0].taskArn"),
        (["clusters", 0, "clusterArn"], 7, "clusters[0].clusterArn"),
        (["clusters", 0, "status"], "TIRED", "clusters[0].status"),
        (["clusters", 0, "tags"], [7], "clusters[0].tags[0]"),
        (["clusters", 0, "capacityProviders"], [7], "clusters[0].capacityProviders[0]"),
        (["clusters", 0, "configuration"], [], "clusters[0].configuration"),
    ],
)
def test_what_is_wrong_in_a_document_is_named(
    world: World, path: list[Any], value: Any, where: str
) -> None:
    """Each with its path, whether the engine would look at it or not."""
    document = world.client.to_ecs("prod")
    damage(document, path, value)
    with pytest.raises(placement.DocumentError) as caught:
        Client.from_ecs(document)
    assert caught.value.path == where


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)


simple = st.none() | st.booleans() | st.integers(-1, 2**70) | st.text(max_size=3) | st.floats()
junk = simple | nested(simple) | nested(nested(simple))


@given(st.data(), junk)
def test_a_damaged_document_is_refused_or_read(data: st.DataObject, value: Any) -> None:
    """Whatever stands somewhere in it: an error of ours, or a client that can be asked."""
    world = played([("run", ("web", 2, 2, 0, 300)), ("run", ("own", 1, 3, 0, 0))])
    document = world.client.to_ecs("prod")
    here: Any = document
    path: list[Any] = []
    while isinstance(here, (dict, list)) and here:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        path.append(data.draw(st.sampled_from(keys)))
        here = here[path[-1]]
        if len(path) > 1 and data.draw(st.integers(0, 3)) == 0:
            break
    damage(document, path, value)
    try:
        client = Client.from_ecs(document)
    except placement.PlacementError:
        return
    (name,) = [arn.rpartition("/")[2] for arn in client.list_clusters()["clusterArns"]]
    json.dumps(client.to_ecs(name))
    with contextlib.suppress(ClientError):
        client.run_task(cluster=name, taskDefinition="web")
    arns = client.list_tasks(cluster=name)["taskArns"]
    for arn in arns:
        client.stop_task(cluster=name, task=arn)
    if path[:2] != ["placementState", "timing"]:  # else tasks may take time to stop
        assert client.describe_clusters(clusters=[name])["clusters"][0]["runningTasksCount"] == 0
