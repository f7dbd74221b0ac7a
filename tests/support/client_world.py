"""A small account for fuzzing ``placement.ecs.Client``, and parameters for every call of it.

``world`` makes an account with something of everything; ``parameters`` draws what botocore's model
allows for a call, with names that often hit what is there; ``damaged`` breaks it; ``remembered`` is
all that the account knows, as one value that can be compared.
"""

from __future__ import annotations

import copy
import json
import math
import random
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any

import botocore.session
import numpy as np
from botocore.model import Shape
from hypothesis import strategies as st

import placement
from managed_session import managed_provider
from placement.aws.client import ServiceClient
from placement.aws.service_model import load_service_model
from placement.ecs import Client

METHODS = sorted(load_service_model("ecs").methods)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@cache
def input_shape(method: str) -> Shape:
    """Return the shape of a method's parameters."""
    model = botocore.session.get_session().get_service_model("ecs")
    name = "".join(word.capitalize() for word in method.split("_"))
    return model.operation_model(name).input_shape


# Something of everything


def resources(cpu: int, memory: int, gpus: int = 0) -> list[dict[str, Any]]:
    ports = ["22", "2375", "2376", "51678", "51679"]
    gpu_ids = [f"gpu-{number}" for number in range(gpus)]
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ports},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        *([{"name": "GPU", "type": "STRINGSET", "stringSetValue": gpu_ids}] if gpus else []),
    ]


PAUSE: dict[str, Any] = {
    "targetType": "PAUSE",
    "lifecycleStages": ["POST_SCALE_UP"],
    "hookDetails": {"a": [1, None, {"b": 2.5}]},
}


def world() -> Client:
    """Return an account with two clusters, four instances, four families, tasks and services."""
    client = Client(seed=7, clock=lambda: NOON)
    client.create_cluster(clusterName="default")
    client.create_cluster(clusterName="prod", tags=[{"key": "a", "value": "b"}])
    for number, zone in enumerate("aabb"):
        values = {
            "ecs.availability-zone": f"us-east-1{zone}",
            "ecs.instance-type": "m5.large",
            "ecs.subnet-id": f"subnet-{zone}",
            "ecs.vpc-id": "vpc-1",
            "ecs.capability.task-eni": None,
            "com.amazonaws.ecs.capability.docker-remote-api.1.18": None,
            "stack": "prod",
        }
        client.register_container_instance(
            cluster="prod",
            instanceIdentityDocument=json.dumps({"instanceId": f"i-{number}"}),
            totalResources=resources(2048, 4096, gpus=number),
            versionInfo={"agentVersion": f"1.{number}.0"},
            attributes=[
                {"name": name} if value is None else {"name": name, "value": value}
                for name, value in values.items()
            ],
        )
    web = {"name": "web", "image": "nginx", "cpu": 256, "memory": 256}
    port = {"containerPort": 80, "hostPort": 8080}
    for _ in range(2):
        container = {**web, "portMappings": [port]}
        client.register_task_definition(family="web", containerDefinitions=[container])
    client.register_task_definition(family="job", containerDefinitions=[web])
    gpu = {**web, "resourceRequirements": [{"type": "GPU", "value": "1"}]}
    client.register_task_definition(family="gpu", containerDefinitions=[gpu])
    client.register_task_definition(
        family="net", networkMode="awsvpc", containerDefinitions=[web], cpu="256", memory="512"
    )
    client.run_task(cluster="prod", taskDefinition="web", count=3)
    client.run_task(cluster="prod", taskDefinition="job", count=2, group="night", startedBy="me")
    client.run_task(cluster="prod", taskDefinition="gpu")
    for family in ("old", "used"):
        client.register_task_definition(family=family, containerDefinitions=[web])
    client.run_task(cluster="prod", taskDefinition="used", group="night")
    for family in ("old", "used"):
        client.deregister_task_definition(taskDefinition=f"{family}:1")
    client.delete_task_definitions(taskDefinitions=["used:1"])
    client.put_account_setting(name="awsvpcTrunking", value="enabled")
    own = {"awsvpcConfiguration": {"subnets": ["subnet-b"]}}
    client.run_task(cluster="prod", taskDefinition="net", networkConfiguration=own)
    client.stop_task(cluster="prod", task=tasks_of(client)[0])
    client.create_service(
        cluster="prod",
        serviceName="shop",
        taskDefinition="job",
        desiredCount=2,
        clientToken="token",
        deploymentConfiguration={"strategy": "CANARY", "lifecycleHooks": [PAUSE]},
    )
    client.create_service(
        cluster="prod", serviceName="agent", taskDefinition="job", schedulingStrategy="DAEMON"
    )
    client.create_service(
        cluster="prod",
        serviceName="code",
        deploymentController={"type": "EXTERNAL"},
        desiredCount=1,
    )
    client.update_service(cluster="prod", service="shop", desiredCount=3, taskDefinition="job")
    client.create_service(cluster="prod", serviceName="gone", taskDefinition="job", desiredCount=0)
    client.delete_service(cluster="prod", service="gone")
    add_daemons(client)
    client.list_clusters()  # what the calls asked for is done before the next one (C40)
    return client


def add_daemons(client: Client) -> None:
    """Add a provider of Managed Instances, and a managed daemon on it."""
    client.create_capacity_provider(
        name="managed", cluster="prod", managedInstancesProvider=managed_provider()
    )
    for family in ("agent", "agent", "old"):
        client.register_daemon_task_definition(
            family=family, containerDefinitions=[{"name": "a", "image": "a", "memory": 64}]
        )
    client.delete_daemon_task_definition(daemonTaskDefinition="old:1")
    client.create_daemon(
        clusterArn="prod",
        daemonName="logs",
        daemonTaskDefinitionArn="agent",
        capacityProviderArns=["managed"],
        clientToken="token",
    )


def tasks_of(client: Client) -> list[str]:
    return [str(arn) for arn in client.list_tasks(cluster="prod")["taskArns"]]


@cache
def known_deployments() -> tuple[list[str], list[str]]:
    """Return the ARNs of the service deployments and of the revisions of ``world``."""
    client = world()
    services = client.describe_services(cluster="prod", services=["shop", "agent"])["services"]
    return (
        [str(one["currentServiceDeployment"]) for one in services],
        [str(each["arn"]) for one in services for each in one["currentServiceRevisions"]],
    )


@cache
def known_daemon_deployments() -> tuple[list[str], list[str]]:
    """Return the ARNs of the daemon deployments and of the daemon revisions of ``world``."""
    client = world()
    found = [client.describe_daemon(daemonArn=arn)["daemon"] for arn in DAEMONS]
    return (
        [str(one["deploymentArn"]) for one in found],
        [str(each["arn"]) for one in found for each in one["currentRevisions"]],
    )


@cache
def known_ids() -> tuple[list[str], list[str]]:
    """Return the ARNs of the instances and of the tasks of ``world``, which its seed decides."""
    client = world()
    instances = client.list_container_instances(cluster="prod")["containerInstanceArns"]
    stopped = client.list_tasks(cluster="prod", desiredStatus="STOPPED")["taskArns"]
    return list(instances), [*tasks_of(client), *stopped]


# Parameters that the model allows


ARN = "arn:aws:ecs:us-east-1:123456789012"
ODD = ["", " ", "nope", "a" * 300, "arn:aws:ecs", f"{ARN}:cluster/nope", "a/b", "a:b", ":", "ä"]
CLUSTERS = ["prod", "prod", "prod", "default", f"{ARN}:cluster/prod"]
DEFINITIONS = ["web", "web:1", "web:2", "job", "gpu", "net", f"{ARN}:task-definition/job:1"]
NAMES = ["web", "stack", "rack", "ecs.availability-zone", "CPU", "MEMORY", "PORTS", "GPU"]
EXPRESSIONS = [
    "attribute:stack == prod",
    "attribute:ecs.availability-zone in [us-east-1a]",
    "not(task:group == family:web)",
    "runningTasksCount < 2",
    "attribute:stack ==",
    "(" * 200,
]
SERVICES = ["shop", "shop", "agent", "code", "gone", f"{ARN}:service/prod/shop"]
DAEMONS = [f"{ARN}:daemon/prod/logs"]
DAEMON_DEFINITIONS = ["agent", "agent:1", "old:1", f"{ARN}:daemon-task-definition/agent:2"]
POOLS: dict[str, list[str]] = {
    **dict.fromkeys(("service", "services"), SERVICES),
    "serviceName": [*SERVICES, "new"],
    "clientToken": ["token", "other"],
    "lifecycleStages": ["POST_SCALE_UP", "PRE_SCALE_UP"],
    "targetType": ["container-instance", "PAUSE"],
    "hookTargetArn": ["arn:aws:lambda:us-east-1:123456789012:function:f"],
    "platformVersion": ["LATEST", "1.4.0"],
    "namespace": ["shop"],
    "hookId": ["ecs-pause-a"],
    "targetGroupArn": ["arn:group"],
    "loadBalancerName": ["classic"],
    "cluster": CLUSTERS,
    "clusters": CLUSTERS,
    "clusterName": [*CLUSTERS, "new"],
    "taskDefinition": DEFINITIONS,
    "taskDefinitions": [*DEFINITIONS, "old:1", "used:1"],
    "resourceArn": [
        f"{ARN}:cluster/prod",
        f"{ARN}:service/prod/shop",
        f"{ARN}:service/shop",
        f"{ARN}:task-definition/web:1",
        f"{ARN}:task-definition/old:1",
    ],
    "tagKeys": ["a", "b"],
    "principalArn": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:user/anna"],
    "family": ["web", "job", "new"],
    "familyPrefix": ["web", "j"],
    "name": NAMES,
    "attributeName": NAMES,
    "value": ["prod", "1", "2", "us-east-1a", ""],
    "attributeValue": ["prod", "test"],
    "containerName": ["web", "side"],
    "expression": EXPRESSIONS,
    "filter": EXPRESSIONS,
    "field": ["instanceId", "attribute:ecs.availability-zone", "memory", "CPU", "stack"],
    "group": ["night", "family:web", "service:web", "g"],
    "startedBy": ["me", "you"],
    "reason": ["because", "a" * 2000],
    "image": ["nginx", "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:b", "a b"],
    "cpu": ["256", "1 vCPU", ".5 vcpu", "-1"],
    "memory": ["512", "1GB", "2 GB", "0"],
    "networkMode": ["bridge", "host", "awsvpc", "none"],
    "type": ["INTEGER", "STRINGSET", "GPU", "memberOf", "spread", "binpack", "random"],
    "subnets": ["subnet-a", "subnet-b", "subnet-z"],
    "instanceIdentityDocument": [
        '{"instanceId": "i-9"}',
        '{"instanceId": 1}',
        "{",
        "[]",
        "[" * 9999,
    ],
    "nextToken": ["", "AAAA"],
    "status": ["ACTIVE", "DRAINING", "INACTIVE"],
    "stringSetValue": ["1", "22", "gpu-0", "70000", "x"],
    "containerPortRange": ["80-90", "90-80", "1-70000"],
    "sourceVolume": ["v", "w"],
    "clusterArn": CLUSTERS,
    "daemonName": ["logs", "new"],
    "daemonArn": DAEMONS,
    **dict.fromkeys(("daemonTaskDefinition", "daemonTaskDefinitionArn"), DAEMON_DEFINITIONS),
    "capacityProviderArns": [f"{ARN}:capacity-provider/managed", "FARGATE"],
    "alarmNames": ["nope"],
    "driver": ["json-file", "syslog"],
}
NUMBERS = [
    0,
    1,
    2,
    3,
    5,
    10,
    11,
    80,
    100,
    101,
    256,
    512,
    8080,
    65535,
    65536,
    2**31 - 1,
    -1,
    -(2**31),
]


DOCUMENTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.floats(-9, 9), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
"""What a document may hold: any JSON."""


def pool(name: str) -> st.SearchStrategy[str]:
    """Return texts for a parameter of some name: mostly such as mean something there."""
    instances, tasks = known_ids()
    deployments, revisions = known_deployments()
    of_daemons = known_daemon_deployments()
    known = {
        "daemonDeploymentArns": of_daemons[0],
        "daemonRevisionArns": of_daemons[1],
        **dict.fromkeys(("serviceDeploymentArn", "serviceDeploymentArns"), deployments),
        "serviceRevisionArns": revisions,
        **POOLS,
        **dict.fromkeys(("containerInstance", "containerInstances", "targetId"), instances),
        **dict.fromkeys(("containerInstanceArn",), instances),
        **dict.fromkeys(("task", "tasks"), tasks),
    }
    likely = known.get(name, ["a", "b"])
    short = [text.rpartition("/")[2] for text in likely]
    usual = st.sampled_from([*likely, *short])
    return st.one_of(*[usual] * 6, st.sampled_from(ODD), st.text(max_size=8))


@st.composite
def values(draw: st.DrawFn, shape: Shape, name: str) -> Any:
    """Draw what the model allows in a place."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return draw(DOCUMENTS)
    if kind == "structure":
        required = list(shape.required_members)
        others = [member for member in shape.members if member not in required]
        chosen = draw(st.lists(st.sampled_from(others), max_size=5, unique=True)) if others else []
        if shape.is_tagged_union:
            chosen = [draw(st.sampled_from(others))]
        return {key: draw(values(shape.members[key], key)) for key in [*required, *chosen]}
    if kind == "list":
        return draw(st.lists(values(shape.member, name), max_size=3))
    if kind == "map":
        pairs = st.dictionaries(pool("name"), values(shape.value, "value"), max_size=3)
        return draw(pairs)
    if kind == "string":
        return draw(st.sampled_from(shape.enum)) if shape.enum else draw(pool(name))
    if kind == "boolean":
        return draw(st.booleans())
    if kind == "double":
        return draw(st.sampled_from([0.0, 1.5, -1.0, 1e300, 10.0, 33.3]))
    if kind == "timestamp":
        return draw(st.sampled_from([NOON, NOON.replace(tzinfo=None), 0, "2026-03-01T12:00:00Z"]))
    return draw(st.sampled_from(NUMBERS))


@cache
def parameters(method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters of a call that are of the right types."""
    return values(input_shape(method), method)


# Parameters that it does not allow


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def looped() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["value"] = value
    return value


JUNK: list[Any] = [
    *(None, 0, -1, True, 2**31, 2**63, 10**5000, math.nan, math.inf, 1j, b"a", bytearray(b"a")),
    *(
        "",
        "\0",
        "\n",
        "\x1b[2J",
        "\u202e",
        "\ud800",
        "a" * 100_000,
        "\U0001f4a9" * 3000,
        "(" * 5000,
    ),
    *([], {}, (), {1}, [None], [[]], {"": ""}, {1: 2}, {"\ud800": 1}, ["\ud800"], ["a"] * 3000),
    *(
        object(),
        Client,
        len,
        NOON,
        np.int64(1),
        np.str_("web"),
        np.zeros(3),
        Ellipsis,
        ValueError("x"),
    ),
    *(nested(100_000), looped()),
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every place in nested parameters: the dict or list, and the key or number."""
    found: list[tuple[Any, Any]] = []
    parts = [value]
    while parts:
        part = parts.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part))
        found += [(part, key) for key in keys]
        parts += [part[key] for key in keys if type(part[key]) in (dict, list)]
    return found


def damaged(method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return parameters of a call that are broken in one to three places."""
    return broken(parameters(method))


@st.composite
def broken(draw: st.DrawFn, right: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    """Draw parameters and break them in one to three places."""
    given = copy.deepcopy(draw(right))
    for _ in range(draw(st.integers(1, 3))):
        found = places(given)
        kind = draw(st.sampled_from(["junk", "missing", "unknown", "twice"]))
        if kind == "unknown" or not found:
            given[draw(st.sampled_from(["", "Cluster", "count ", "\ud800", "count"]))] = 1
            continue
        part, key = draw(st.sampled_from(found))
        if kind == "missing":
            del part[key]
        elif kind == "twice" and isinstance(part, list):
            part.extend(part * draw(st.sampled_from([1, 10, 60])))
        else:
            part[key] = draw(st.sampled_from(JUNK))
            if type(part[key]) in (dict, list):
                return given
    return given


# What an account knows


SCALARS = frozenset({str, int, float, bool, bytes, type(None)})

DERIVED = ("variants", "_datetime", "plan")
"""What is worked out again when it is asked for."""

MOVED_BY_CLOCKS = ("now", "start", "_has_begun")
"""Model time, which with a clock of the caller's moves at every call, refused ones included."""


def remembered(client: ServiceClient) -> Any:
    """Return all that an account knows, engines, ids to come and chance included.

    What earlier calls asked for is done first, as any further call would do (C40).
    """
    if isinstance(client, Client):
        client.list_clusters()
    return plain(vars(client._account), {})


def plain(value: Any, seen: dict[int, int]) -> Any:
    """Return a value as lists and scalars that compare.

    Records refer to one another: one that was met before (``seen``) stands there by its number.
    """
    if type(value) in SCALARS or isinstance(value, Enum):
        return value
    if isinstance(value, placement.Cluster):
        return engine(value)
    if isinstance(value, random.Random):
        return value.getstate()
    if isinstance(value, Mapping):
        return [(plain(key, seen), plain(part, seen)) for key, part in value.items()]
    if isinstance(value, (list, tuple, deque)):
        return [plain(part, seen) for part in value]
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, np.ndarray):
        return value.tolist()
    if type(value).__module__.startswith("placement."):
        if id(value) in seen:
            return seen[id(value)]
        seen[id(value)] = len(seen)
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        names = [*slots, *getattr(value, "__dict__", ())]
        return [
            (name, plain(getattr(value, name), seen))
            for name in names
            if name not in ("__weakref__", *DERIVED, *MOVED_BY_CLOCKS)
        ]
    return value


def engine(cluster: placement.Cluster) -> Any:
    """Return what can be asked of an engine: each row, its tasks, and chance."""
    rows = [
        id
        and {
            "instance": plain(cluster.describe(id), {}),
            "usage": plain(cluster.usage(id), {}),
            "tasks": [(task, plain(cluster.task(task), {})) for task in cluster.tasks_on(id)],
        }
        for id in cluster.ids
    ]
    return rows, cluster.store.tasks.number, cluster.store.tasks.random_state
