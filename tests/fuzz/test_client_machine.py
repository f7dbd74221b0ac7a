"""Random histories of valid calls; after each, what the client says is counted again from tasks.

Nothing here knows how the client counts: sizes come from task definitions, what is taken from the
tasks that are listed.  Each answer also fits botocore's model (``Checked``).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from against_botocore import Checked
from client_world import NOON, resources
from placement.ecs import ClientError

CLUSTERS = ("red", "blue")
FAMILIES = ("web", "job", "gpu")
ZONES = ("us-east-1a", "us-east-1b")
GROUPS = (None, "night", "day")
RULES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"type": "distinctInstance"}],
    [{"type": "memberOf", "expression": "attribute:ecs.availability-zone == us-east-1a"}],
    [{"type": "memberOf", "expression": "not(task:group == night)"}],
    [{"type": "memberOf", "expression": "attribute:rack exists or runningTasksCount < 2"}],
)
CHAINS: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"type": "random"}],
    [{"type": "binpack", "field": "memory"}],
    [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
    [{"type": "spread", "field": "instanceId"}, {"type": "binpack", "field": "CPU"}],
)
FAILURES = {"RESOURCE:CPU", "RESOURCE:MEMORY", "RESOURCE:PORTS", "RESOURCE:GPU", "AGENT"} | {
    "INACTIVE",
    "MISSING",
    "MemberOf placement constraint unsatisfied.",
    "DistinctInstance placement constraint unsatisfied.",
}


def attempt(call: Any, given: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Make a call; return its answer, or None and the code of the refusal."""
    try:
        return call(**given), ""
    except ClientError as error:
        return None, str(error.response["Error"]["Code"])


class Machine(RuleBasedStateMachine):
    """An account with up to two clusters, on which everything happens."""

    instances: Bundle[tuple[str, str]] = Bundle("instances")
    tasks: Bundle[tuple[str, str]] = Bundle("tasks")

    @initialize(seed=st.integers(0, 9))
    def begin(self, seed: int) -> None:
        self.client = Checked(seed=seed, clock=lambda: NOON)
        self.versions: dict[str, int] = {}
        self.sizes: dict[str, tuple[int, int, int, list[int]]] = {}
        self.seen: set[str] = set()
        for name in CLUSTERS:
            self.client.create_cluster(clusterName=name)
        for family in FAMILIES:
            self.define(family, 256, 256, 1 if family == "gpu" else 0, [80] * (family == "web"))

    def define(self, family: str, cpu: int, memory: int, gpus: int, ports: list[int]) -> None:
        container = {
            "name": "main",
            "image": "busybox",
            "cpu": cpu,
            "memory": memory,
            "portMappings": [{"containerPort": port, "hostPort": port} for port in ports],
        }
        if gpus:
            container["resourceRequirements"] = [{"type": "GPU", "value": str(gpus)}]
        answer = self.client.register_task_definition(
            family=family, containerDefinitions=[container]
        )
        arn = answer["taskDefinition"]["taskDefinitionArn"]
        assert arn not in self.sizes, "a revision is never used again"
        self.sizes[arn] = (cpu, memory, gpus, ports)

    # What happens

    @rule(
        family=st.sampled_from(FAMILIES),
        cpu=st.sampled_from([0, 128, 1024]),
        memory=st.sampled_from([64, 2048]),
        gpus=st.integers(0, 2),
        ports=st.lists(st.sampled_from([80, 443, 8080]), max_size=2, unique=True),
    )
    def register_definition(
        self, family: str, cpu: int, memory: int, gpus: int, ports: list[int]
    ) -> None:
        self.define(family, cpu, memory, gpus, ports)

    @rule(
        target=instances,
        cluster=st.sampled_from(CLUSTERS),
        zone=st.sampled_from(ZONES),
        cpu=st.sampled_from([1024, 4096]),
        gpus=st.integers(0, 2),
    )
    def register(self, cluster: str, zone: str, cpu: int, gpus: int) -> tuple[str, str]:
        answer = self.client.register_container_instance(
            cluster=cluster,
            totalResources=resources(cpu, 4096, gpus),
            attributes=[{"name": "ecs.availability-zone", "value": zone}],
        )
        arn = answer["containerInstance"]["containerInstanceArn"]
        assert arn not in self.seen
        self.seen.add(arn)
        return cluster, arn

    @rule(instance=instances, force=st.booleans())
    def deregister(self, instance: tuple[str, str], force: bool) -> None:
        """B17: refused where tasks run, unless forced."""
        cluster, arn = instance
        busy = bool(self.running(cluster, arn))
        there = arn in self.registered(cluster)
        given = {"cluster": cluster, "containerInstance": arn, "force": force}
        answer, code = attempt(self.client.deregister_container_instance, given)
        if answer is None:
            assert code == "InvalidParameterException"
            assert not there or (busy and not force)
            return
        assert there
        assert force or not busy
        assert answer["containerInstance"]["status"] == "INACTIVE"

    @rule(instance=instances, status=st.sampled_from(["ACTIVE", "DRAINING"]))
    def change_state(self, instance: tuple[str, str], status: str) -> None:
        cluster, arn = instance
        answer = self.client.update_container_instances_state(
            cluster=cluster, containerInstances=[arn], status=status
        )
        there = arn in self.registered(cluster)
        assert [one["status"] for one in answer["containerInstances"]] == [status] * there
        assert len(answer["failures"]) == (not there)

    @rule(instance=instances, connected=st.booleans())
    def change_agent(self, instance: tuple[str, str], connected: bool) -> None:
        cluster, arn = instance
        if arn in self.registered(cluster):
            self.client.set_agent_connected(cluster, arn, connected)
            [found] = self.described(cluster, [arn])
            assert found["agentConnected"] is connected

    @rule(instance=instances, value=st.sampled_from(["r1", "r2", None]))
    def label(self, instance: tuple[str, str], value: str | None) -> None:
        cluster, arn = instance
        attribute = {"name": "rack", "targetId": arn}
        if arn not in self.registered(cluster):
            return
        if value is None:
            self.client.delete_attributes(cluster=cluster, attributes=[attribute])
        else:
            attribute["value"] = value
            self.client.put_attributes(cluster=cluster, attributes=[attribute])
        listed = self.client.list_attributes(
            cluster=cluster, targetType="container-instance", attributeName="rack"
        )["attributes"]
        found = {one["targetId"]: one["value"] for one in listed}
        assert found.get(arn) == value

    @rule(
        cluster=st.sampled_from(CLUSTERS),
        family=st.sampled_from(FAMILIES),
        count=st.integers(1, 10),
        group=st.sampled_from(GROUPS),
        constraints=st.sampled_from(RULES),
        chain=st.sampled_from(CHAINS),
    )
    def run(
        self,
        cluster: str,
        family: str,
        count: int,
        group: str | None,
        constraints: list[dict[str, str]],
        chain: list[dict[str, str]],
    ) -> None:
        before = self.counts(cluster)
        candidates = self.registered(cluster)
        given: dict[str, Any] = {"cluster": cluster, "taskDefinition": family, "count": count}
        if group is not None:
            given["group"] = group
        if constraints:
            given["placementConstraints"] = constraints
        if chain:
            given["placementStrategy"] = chain
        answer, code = attempt(self.client.run_task, given)
        if answer is None:
            assert code == "InvalidParameterException"
            assert not candidates, "the only reason to refuse it: the cluster is empty"
            return
        placed = answer["tasks"]
        assert bool(answer["failures"]) == (len(placed) < count)
        assert {failure["reason"] for failure in answer["failures"]} <= FAILURES
        assert len({failure["arn"] for failure in answer["failures"]}) == len(answer["failures"])
        assert {failure["arn"] for failure in answer["failures"]} <= set(candidates)
        self.came(cluster, placed, group or f"family:{family}")
        assert self.counts(cluster) - before == Counter(
            task["containerInstanceArn"] for task in placed
        )
        if constraints == [{"type": "distinctInstance"}]:
            assert len({task["containerInstanceArn"] for task in placed}) == len(placed)

    @rule(instance=instances, family=st.sampled_from(FAMILIES))
    def start(self, instance: tuple[str, str], family: str) -> None:
        cluster, arn = instance
        answer = self.client.start_task(
            cluster=cluster, taskDefinition=family, containerInstances=[arn]
        )
        assert len(answer["tasks"]) + len(answer["failures"]) == 1
        assert {task["containerInstanceArn"] for task in answer["tasks"]} <= {arn}
        assert {failure["reason"] for failure in answer["failures"]} <= FAILURES
        self.came(cluster, answer["tasks"], f"family:{family}")

    def came(self, cluster: str, tasks: list[dict[str, Any]], group: str) -> None:
        """Look at tasks that have just come."""
        for task in tasks:
            assert task["taskArn"] not in self.seen
            self.seen.add(task["taskArn"])
            assert task["group"] == group
            assert task["desiredStatus"] == "RUNNING"
            [found] = self.described(cluster, [task["containerInstanceArn"]])
            assert found["status"] == "ACTIVE"
            assert found["agentConnected"]

    @rule(cluster=st.sampled_from(CLUSTERS), data=st.data())
    def stop(self, cluster: str, data: st.DataObject) -> None:
        arns = self.client.list_tasks(cluster=cluster)["taskArns"]
        if arns:
            arn = data.draw(st.sampled_from(arns))
            task = self.client.stop_task(cluster=cluster, task=arn, reason="drawn")["task"]
            assert (task["desiredStatus"], task["stoppedReason"]) == ("STOPPED", "drawn")
            assert arn not in self.client.list_tasks(cluster=cluster)["taskArns"]
            again = self.client.stop_task(cluster=cluster, task=arn)["task"]
            assert again["desiredStatus"] == "STOPPED"

    # What is looked at

    def registered(self, cluster: str) -> list[str]:
        found = self.client.list_container_instances(cluster=cluster)["containerInstanceArns"]
        return [str(arn) for arn in found]

    def described(self, cluster: str, arns: list[str]) -> list[dict[str, Any]]:
        if not arns:
            return []
        answer = self.client.describe_container_instances(cluster=cluster, containerInstances=arns)
        assert answer["failures"] == []
        return list(answer["containerInstances"])

    def alive(self, cluster: str) -> list[dict[str, Any]]:
        """Return the tasks whose desired status is RUNNING."""
        pages = self.client.get_paginator("list_tasks").paginate(cluster=cluster)
        arns = [arn for page in pages for arn in page["taskArns"]]
        found = []
        for start in range(0, len(arns), 100):
            part = arns[start : start + 100]
            found += self.client.describe_tasks(cluster=cluster, tasks=part)["tasks"]
        assert [task["taskArn"] for task in found] == arns
        return found

    def running(self, cluster: str, arn: str) -> list[dict[str, Any]]:
        return [task for task in self.alive(cluster) if task["containerInstanceArn"] == arn]

    def counts(self, cluster: str) -> Counter[str]:
        return Counter(task["containerInstanceArn"] for task in self.alive(cluster))

    @invariant()
    def everything_is_what_its_tasks_say(self) -> None:
        for cluster in CLUSTERS:
            tasks = self.alive(cluster)
            instances = self.described(cluster, self.registered(cluster))
            for instance in instances:
                arn = instance["containerInstanceArn"]
                self.recount(instance, [t for t in tasks if t["containerInstanceArn"] == arn])
                self.rises(arn, instance["version"])
            for task in tasks:
                self.rises(task["taskArn"], task["version"])
            self.recount_cluster(cluster, instances, tasks)

    def recount(self, instance: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        """What is left is what was registered, less what the tasks' definitions ask for."""
        assert instance["runningTasksCount"] == len(tasks)
        total = {one["name"]: one for one in instance["registeredResources"]}
        left = {one["name"]: one for one in instance["remainingResources"]}
        asked = [self.sizes[task["taskDefinitionArn"]] for task in tasks]
        for name, held in (
            ("CPU", sum(cpu for cpu, _, _, _ in asked)),
            ("MEMORY", sum(memory for _, memory, _, _ in asked)),
        ):
            assert left[name]["integerValue"] == total[name]["integerValue"] - held
            assert left[name]["integerValue"] >= 0
        ports = [str(port) for _, _, _, wanted in asked for port in wanted]
        assert Counter(left["PORTS"]["stringSetValue"]) == Counter(
            total["PORTS"]["stringSetValue"] + ports
        )
        assert len(set(ports)) == len(ports), "no port is held twice"
        gpus = [
            gpu for task in tasks for box in task["containers"] for gpu in box.get("gpuIds", [])
        ]
        assert len(gpus) == sum(wanted for _, _, wanted, _ in asked)
        if "GPU" in total:
            assert Counter(left["GPU"]["stringSetValue"] + gpus) == Counter(
                total["GPU"]["stringSetValue"]
            )

    def recount_cluster(
        self, cluster: str, instances: list[dict[str, Any]], tasks: list[dict[str, Any]]
    ) -> None:
        """Tasks whose instance was deregistered under them count for nothing (B17)."""
        [found] = self.client.describe_clusters(clusters=[cluster])["clusters"]
        assert found["registeredContainerInstancesCount"] == len(instances)
        there = {instance["containerInstanceArn"] for instance in instances}
        statuses = Counter(
            task["lastStatus"] for task in tasks if task["containerInstanceArn"] in there
        )
        assert found["runningTasksCount"] == statuses["RUNNING"]
        assert found["pendingTasksCount"] == statuses["PENDING"]

    def rises(self, arn: str, version: int) -> None:
        assert version >= self.versions.get(arn, 1)
        self.versions[arn] = version


TestClientHistories = Machine.TestCase
