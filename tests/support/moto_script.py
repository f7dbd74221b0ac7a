"""One script of calls, for moto under boto3 and for the client: what was answered, step by step.

``play`` makes the calls and writes down each answer, or the code of the error, under the step's
name.  ``plain`` takes out what chance and time have decided, so that two runs can be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

ID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}")
NOBODY = "0123456789abcdef0123456789abcdef"
PORTS = ["22", "2376", "2375", "51678", "51679"]
TOTAL: list[dict[str, Any]] = [
    {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
    {"name": "MEMORY", "type": "INTEGER", "integerValue": 7482},
    {"name": "PORTS", "type": "STRINGSET", "stringSetValue": PORTS},
    {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
]
"""What moto gives to every container instance, whatever is registered."""
VERSION = {
    "agentVersion": "1.0.0",
    "agentHash": "4023248",
    "dockerVersion": "DockerVersion: 1.5.0",
}
WEB: list[dict[str, Any]] = [
    {
        "name": "web",
        "image": "nginx:1.27",
        "cpu": 512,
        "memory": 1024,
        "essential": True,
        "portMappings": [{"containerPort": 80, "hostPort": 8080, "protocol": "tcp"}],
        "environment": [{"name": "STAGE", "value": "test"}],
    }
]
BATCH: list[dict[str, Any]] = [{"name": "batch", "image": "busybox", "cpu": 256, "memory": 300}]
SPREAD = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]

Step = dict[str, Any]


class Recorder:
    """Makes calls of a client and writes down what comes of them.

    Args:
        client: boto3's, or ours.
        errors: What it raises where the service refuses.
        careful: Leave out the calls that end moto in an exception of Python's own.
    """

    def __init__(self, client: Any, errors: type[Exception], *, careful: bool) -> None:
        self._client = client
        self._errors = errors
        self._careful = careful
        self.steps: dict[str, Step] = {}
        self.metadata: dict[str, dict[str, Any]] = {}

    def __call__(self, step: str, method: str, **parameters: Any) -> Any:
        """Make a call; return its answer, None where it is refused."""
        assert step not in self.steps
        try:
            answer = getattr(self._client, method)(**parameters)
        except self._errors as error:
            response: Any = vars(error)["response"]
            self.steps[step] = {"error": response["Error"]["Code"], "class": type(error).__name__}
            return None
        self.metadata[step] = answer.pop("ResponseMetadata")
        self.steps[step] = answer
        return answer

    def not_of_moto(self, step: str, method: str, **parameters: Any) -> None:
        """Make a call that moto does not survive."""
        if not self._careful:
            self(step, method, **parameters)


def play(ask: Recorder, identities: Sequence[str], attributes: Sequence[dict[str, str]]) -> None:
    """Make the calls; ``identities`` and ``attributes`` are those of two instances of EC2."""
    clusters(ask)
    definitions(ask)
    instance = register(ask, "first instance", identities[0], attributes[0])
    instances(ask, instance)
    attributes_of(ask, instance)
    tasks(ask, instance)
    second = register(ask, "second instance", identities[1], attributes[1])
    placements(ask, instance, second)
    wrong(ask, instance)
    end(ask, [instance, second])


def clusters(ask: Recorder) -> None:
    tags = [{"key": "team", "value": "shop"}]
    ask("create a cluster", "create_cluster", clusterName="prod", tags=tags)
    ask("create default", "create_cluster")
    ask("list clusters", "list_clusters")
    ask("describe clusters", "describe_clusters", clusters=["prod", "nope"], include=["TAGS"])
    ask("describe default", "describe_clusters")


def definitions(ask: Recorder) -> None:
    web = {"family": "web", "containerDefinitions": WEB, "networkMode": "bridge"}
    tags = [{"key": "team", "value": "shop"}]
    ask("register web:1", "register_task_definition", **web)
    ask("register web:2", "register_task_definition", **web, tags=tags)
    ask(
        "register batch",
        "register_task_definition",
        family="batch",
        containerDefinitions=BATCH,
        cpu="256",
        memory="512",
        requiresCompatibilities=["EC2"],
        placementConstraints=[{"type": "memberOf", "expression": "attribute:rack exists"}],
    )
    ask("describe the latest web", "describe_task_definition", taskDefinition="web")
    ask("describe web:1", "describe_task_definition", taskDefinition="web:1", include=["TAGS"])
    ask("describe web:7", "describe_task_definition", taskDefinition="web:7")
    ask("describe no family", "describe_task_definition", taskDefinition="nope")
    ask("list definitions", "list_task_definitions")
    ask("list definitions of web", "list_task_definitions", familyPrefix="web")
    ask("list families", "list_task_definition_families")
    ask("list families in w", "list_task_definition_families", familyPrefix="w")
    ask("deregister web:1", "deregister_task_definition", taskDefinition="web:1")
    ask("list active definitions", "list_task_definitions", status="ACTIVE")
    ask("list inactive definitions", "list_task_definitions", status="INACTIVE")
    ask("deregister without revision", "deregister_task_definition", taskDefinition="web")
    ask("deregister web:7", "deregister_task_definition", taskDefinition="web:7")
    ask(
        "register without memory",
        "register_task_definition",
        family="web",
        containerDefinitions=[{"name": "a", "image": "b", "cpu": 1}],
    )
    ask(
        "register without name",
        "register_task_definition",
        family="web",
        containerDefinitions=[{"image": "b", "memory": 10}],
    )


def register(ask: Recorder, step: str, identity: str, attributes: dict[str, str]) -> str:
    answer = ask(
        f"register the {step}",
        "register_container_instance",
        cluster="prod",
        instanceIdentityDocument=identity,
        instanceIdentityDocumentSignature="signed",
        totalResources=TOTAL,
        versionInfo=VERSION,
        attributes=[{"name": name, "value": value} for name, value in attributes.items()],
    )
    return str(answer["containerInstance"]["containerInstanceArn"])


def instances(ask: Recorder, instance: str) -> None:
    ask("list instances", "list_container_instances", cluster="prod")
    ask(
        "describe instances",
        "describe_container_instances",
        cluster="prod",
        containerInstances=[instance, NOBODY],
    )
    short = instance.rpartition("/")[2]
    ask(
        "describe by id",
        "describe_container_instances",
        cluster="prod",
        containerInstances=[short],
    )


def attributes_of(ask: Recorder, instance: str) -> None:
    short = instance.rpartition("/")[2]
    put = [
        {"name": "stack", "value": "prod", "targetId": instance},
        {"name": "rack", "targetId": short, "targetType": "container-instance"},
    ]
    ask("put attributes", "put_attributes", cluster="prod", attributes=put)
    listed = {"cluster": "prod", "targetType": "container-instance"}
    ask("list attributes", "list_attributes", **listed)
    ask(
        "list one attribute",
        "list_attributes",
        **listed,
        attributeName="stack",
        attributeValue="prod",
    )
    ask(
        "put on nobody",
        "put_attributes",
        cluster="prod",
        attributes=[{"name": "stack", "value": "prod", "targetId": NOBODY}],
    )
    ask("delete an attribute", "delete_attributes", cluster="prod", attributes=put[:1])
    ask("list attributes afterwards", "list_attributes", **listed)


def tasks(ask: Recorder, instance: str) -> None:
    where = {"cluster": "prod"}
    answer = ask(
        "run web",
        "run_task",
        **where,
        taskDefinition="web",
        startedBy="test",
        launchType="EC2",
        tags=[{"key": "team", "value": "shop"}],
        overrides={"containerOverrides": [{"name": "web", "command": ["true"]}]},
    )
    task = answer["tasks"][0]["taskArn"]
    # The whole ARN, the id alone.
    ask("describe the task", "describe_tasks", **where, tasks=[task], include=["TAGS"])
    ask("describe the task by id", "describe_tasks", **where, tasks=[task.rpartition("/")[2]])
    ask("list tasks", "list_tasks", **where)
    ask("list tasks of web", "list_tasks", **where, family="web")
    ask("list tasks of batch", "list_tasks", **where, family="batch")
    ask("list tasks by starter", "list_tasks", **where, startedBy="test")
    ask("list tasks by another", "list_tasks", **where, startedBy="nobody")
    ask("list tasks on it", "list_tasks", **where, containerInstance=instance)
    ask("list running tasks", "list_tasks", **where, desiredStatus="RUNNING")
    ask(
        "describe it with a task",
        "describe_container_instances",
        **where,
        containerInstances=[instance],
    )
    ask("describe prod with a task", "describe_clusters", clusters=["prod"])
    ask(
        "deregister it with a task",
        "deregister_container_instance",
        **where,
        containerInstance=instance,
    )
    ask("stop the task", "stop_task", **where, task=task, reason="enough")
    ask("describe the stopped task", "describe_tasks", **where, tasks=[task])
    ask("list stopped tasks", "list_tasks", **where, desiredStatus="STOPPED")
    ask("list tasks after the stop", "list_tasks", **where)
    ask(
        "describe it without tasks",
        "describe_container_instances",
        **where,
        containerInstances=[instance],
    )


def placements(ask: Recorder, first: str, second: str) -> None:
    run = {"cluster": "prod", "taskDefinition": "web"}
    one = ask("spread over zones", "run_task", **run, count=2, placementStrategy=SPREAD)
    ask("no room", "run_task", **run)
    for number, task in enumerate(one["tasks"]):
        ask(f"stop spread task {number}", "stop_task", cluster="prod", task=task["taskArn"])
    member = [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1b"}]
    two = ask("member of a zone", "run_task", **run, placementConstraints=member)
    ask("stop member", "stop_task", cluster="prod", task=two["tasks"][0]["taskArn"])
    batch = {"cluster": "prod", "taskDefinition": "batch", "group": "night"}
    three = ask("constraint of the definition", "run_task", **batch, count=3)
    for number, task in enumerate(three["tasks"]):
        ask(f"stop batch task {number}", "stop_task", cluster="prod", task=task["taskArn"])
    started = ask("start a task", "start_task", **run, containerInstances=[second])
    ask(
        "drain",
        "update_container_instances_state",
        cluster="prod",
        containerInstances=[second, NOBODY],
        status="DRAINING",
    )
    ask("list draining", "list_container_instances", cluster="prod", status="DRAINING")
    ask("list active", "list_container_instances", cluster="prod", status="ACTIVE")
    four = ask("run while one drains", "run_task", **run, count=2)
    ask("stop the started one", "stop_task", cluster="prod", task=started["tasks"][0]["taskArn"])
    ask("stop the last one", "stop_task", cluster="prod", task=four["tasks"][0]["taskArn"])
    states = {"cluster": "prod", "containerInstances": [first]}
    ask("a state there is not", "update_container_instances_state", **states, status="TIRED")
    ask("active again", "update_container_instances_state", **states, status="ACTIVE")


def wrong(ask: Recorder, instance: str) -> None:
    run: dict[str, Any] = {"cluster": "prod", "taskDefinition": "web"}
    ask("run in no cluster", "run_task", cluster="nope", taskDefinition="web")
    ask("run no definition", "run_task", cluster="prod", taskDefinition="nope")
    ask(
        "run with type and provider",
        "run_task",
        **run,
        launchType="EC2",
        capacityProviderStrategy=[{"capacityProvider": "FARGATE"}],
    )
    ask("run for a type there is not", "run_task", **run, launchType="MOON")
    ask("describe no tasks", "describe_tasks", cluster="prod", tasks=[])
    ask("describe tasks in no cluster", "describe_tasks", cluster="nope", tasks=["a"])
    ask("list tasks in no cluster", "list_tasks", cluster="nope")
    ask("stop a task in no cluster", "stop_task", cluster="nope", task="a")
    ask(
        "describe no instances",
        "describe_container_instances",
        cluster="prod",
        containerInstances=[],
    )
    ask(
        "describe instances in no cluster",
        "describe_container_instances",
        cluster="nope",
        containerInstances=["a"],
    )
    ask(
        "put on no cluster",
        "put_attributes",
        cluster="nope",
        attributes=[{"name": "a", "targetId": instance}],
    )
    ask("list attributes of nothing", "list_attributes", cluster="prod", targetType="task")
    ask("delete no cluster", "delete_cluster", cluster="nope")
    ask.not_of_moto("run in an empty cluster", "run_task", cluster="default", taskDefinition="web")
    ask.not_of_moto("stop no task", "stop_task", cluster="prod", task=NOBODY)
    ask.not_of_moto(
        "deregister no instance",
        "deregister_container_instance",
        cluster="prod",
        containerInstance=NOBODY,
    )
    ask.not_of_moto("register in no cluster", "register_container_instance", cluster="nope")
    ask.not_of_moto("start on no instance", "start_task", **run, containerInstances=[NOBODY])
    ask.not_of_moto(
        "run a revision that is none", "run_task", cluster="prod", taskDefinition="web:x"
    )
    ask.not_of_moto(
        "drain in default",
        "update_container_instances_state",
        cluster="default",
        containerInstances=["a"],
        status="DRAINING",
    )


def end(ask: Recorder, machines: Sequence[str]) -> None:
    for number, machine in enumerate(machines):
        ask(
            f"deregister {number}",
            "deregister_container_instance",
            cluster="prod",
            containerInstance=machine,
            force=bool(number),
        )
    ask("list no instances", "list_container_instances", cluster="prod")
    ask("delete the cluster", "delete_cluster", cluster="prod")
    ask("describe the deleted cluster", "describe_clusters", clusters=["prod"])


# What two runs have in common


def plain(value: Any) -> Any:
    """Return an answer without what chance, time and order have decided."""
    if isinstance(value, dict):
        return {
            name: sorted(part) if name == "stringSetValue" else plain(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, datetime):
        return "TIME"
    return ID.sub("ID", value) if isinstance(value, str) else value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and value of everything in an answer that holds nothing itself."""
    parts = (
        [(f"{path}.{name}" if path else name, part) for name, part in value.items()]
        if isinstance(value, dict)
        else [(f"{path}[{number}]", part) for number, part in enumerate(value)]
        if isinstance(value, list)
        else []
    )
    if not parts:
        yield path, value
    for name, part in parts:
        yield from leaves(part, name)
