"""Every method's answers, and its errors, are what botocore's model of ECS says (point 6).

The client of these tests checks each call (``against_botocore``); what is asserted here beside that
is that everything was called, and that botocore itself would read the answers as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.parsers import create_parser

from against_botocore import Checked, check_answer, misfits, operation_of
from awaiting_hooks import HOOK_ID, pause_deployment
from managed_session import managed_provider
from placement.aws.service_model import load_service_model
from placement.ecs import Client, ClientError, ParamValidationError

METHODS = sorted(load_service_model("ecs").methods)
CLUSTER = {"cluster": "prod"}
TAGS = [{"key": "team", "value": "shop"}]


class Counting(Checked):
    """A checked client that remembers which methods have answered, and what."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.answers: list[tuple[str, dict[str, Any]]] = []

    def _checked(self, method: str, call: Callable[..., dict[str, Any]]) -> Any:
        checked = super()._checked(method, call)

        def remembering(**parameters: Any) -> dict[str, Any]:
            answer = checked(**parameters)
            self.answers.append((method, answer))
            return answer

        return remembering


def resources(gpus: int = 0) -> list[dict[str, Any]]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": 4096},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": 8192},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": ["22", "2375"]},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": []},
        {"name": "GPU", "type": "STRINGSET", "stringSetValue": [f"gpu-{n}" for n in range(gpus)]},
        {"name": "WEIGHT", "type": "DOUBLE", "doubleValue": 2.0},
        {"name": "BYTES", "type": "LONG", "longValue": 2**40},
    ]


RICH: dict[str, Any] = {
    "family": "rich",
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "networkMode": "bridge",
    "cpu": "1 vCPU",
    "memory": "2 GB",
    "tags": TAGS,
    "pidMode": "task",
    "ipcMode": "task",
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "volumes": [
        {"name": "data", "host": {"sourcePath": "/data"}},
        {
            "name": "plug",
            "dockerVolumeConfiguration": {
                "scope": "shared",
                "autoprovision": True,
                "driver": "local",
                "driverOpts": {"a": "b"},
                "labels": {"c": "d"},
            },
        },
    ],
    "placementConstraints": [{"type": "memberOf", "expression": "attribute:stack == prod"}],
    "containerDefinitions": [
        {
            "name": "web",
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1.2",
            "cpu": 256,
            "memory": 512,
            "memoryReservation": 256,
            "essential": True,
            "command": ["run"],
            "entryPoint": ["sh", "-c"],
            "environment": [{"name": "A", "value": "b"}],
            "secrets": [{"name": "S", "valueFrom": "parameter"}],
            "dockerLabels": {"a": "b"},
            "ulimits": [{"name": "nofile", "softLimit": 10, "hardLimit": 20}],
            "user": "1000",
            "workingDirectory": "/",
            "portMappings": [
                {"containerPort": 80, "hostPort": 8080, "protocol": "tcp"},
                {"containerPort": 53, "hostPort": 5353, "protocol": "udp"},
                {"containerPort": 90},
            ],
            "mountPoints": [{"sourceVolume": "data", "containerPath": "/d", "readOnly": True}],
            "healthCheck": {
                "command": ["CMD", "true"],
                "interval": 30,
                "timeout": 5,
                "retries": 3,
                "startPeriod": 10,
            },
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "g",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "p",
                },
            },
            "linuxParameters": {"initProcessEnabled": True, "sharedMemorySize": 64},
            "resourceRequirements": [{"type": "GPU", "value": "1"}],
        },
        {
            "name": "side",
            "image": "busybox",
            "memory": 128,
            "essential": False,
            "dependsOn": [{"containerName": "web", "condition": "START"}],
            "links": ["web"],
            "volumesFrom": [{"sourceContainer": "web", "readOnly": False}],
        },
    ],
}
PLAIN = {"name": "app", "image": "busybox", "memory": 64, "cpu": 64}


@pytest.fixture
def client(clock: Any) -> Counting:
    return Counting(clock=clock)


def capable(client: Counting, definition: dict[str, Any], gpus: int = 2, zone: str = "a") -> str:
    """Register an instance that has all attributes a definition requires; return its ARN."""
    own = {
        "ecs.availability-zone": f"us-east-1{zone}",
        "ecs.cpu-architecture": "x86_64",
        "ecs.os-type": "linux",
        "ecs.subnet-id": f"subnet-{zone}",
        "ecs.vpc-id": "vpc-1",
        "stack": "prod",
    }
    required = [*definition["requiresAttributes"], {"name": "ecs.capability.task-eni"}]
    answer = client.register_container_instance(
        **CLUSTER,
        instanceIdentityDocument=json.dumps({"instanceId": f"i-0{zone}"}),
        instanceIdentityDocumentSignature="x",
        totalResources=resources(gpus),
        versionInfo={"agentVersion": "1.90.0", "agentHash": "a", "dockerVersion": "25.0"},
        attributes=[
            *[{"name": one["name"]} for one in required],
            *[{"name": name, "value": value} for name, value in own.items()],
        ],
        platformDevices=[{"id": f"gpu-{number}", "type": "GPU"} for number in range(gpus)],
        tags=TAGS,
    )
    return str(answer["containerInstance"]["containerInstanceArn"])


RICH_SERVICE: dict[str, Any] = {
    "serviceName": "web",
    "taskDefinition": "rich:1",
    "desiredCount": 2,
    "launchType": "EC2",
    "clientToken": "token",
    "deploymentConfiguration": {
        "strategy": "CANARY",
        "minimumHealthyPercent": 50,
        "maximumPercent": 150,
        "bakeTimeInMinutes": 5,
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": {"type": "COUNT", "value": 7},
        },
        "alarms": {"alarmNames": [], "enable": False, "rollback": False},
        "canaryConfiguration": {"canaryPercent": 33.3, "canaryBakeTimeInMinutes": 1},
        "lifecycleHooks": [
            {
                "hookTargetArn": "arn:aws:lambda:us-east-1:123456789012:function:check",
                "roleArn": "arn:aws:iam::123456789012:role/hook",
                "lifecycleStages": ["PRE_SCALE_UP"],
                "hookDetails": {"a": [1, None, {"b": 2.5}]},
            },
            {
                "targetType": "PAUSE",
                "lifecycleStages": ["POST_SCALE_UP"],
                "timeoutConfiguration": {"timeoutInMinutes": 10, "action": "CONTINUE"},
            },
        ],
    },
    "placementConstraints": [{"type": "distinctInstance"}],
    "placementStrategy": [{"type": "spread", "field": "attribute:ecs.availability-zone"}],
    "healthCheckGracePeriodSeconds": 30,
    "serviceRegistries": [{"registryArn": "arn:registry", "containerName": "web"}],
    "serviceConnectConfiguration": {"enabled": True, "namespace": "shop"},
    "propagateTags": "SERVICE",
    "enableECSManagedTags": True,
    "tags": TAGS,
}


def services(client: Counting) -> None:
    """Call every method about services."""
    created = client.create_service(**CLUSTER, **RICH_SERVICE)["service"]
    client.create_service(
        **CLUSTER,
        serviceName="cloud",
        taskDefinition="cloud",
        launchType="FARGATE",
        desiredCount=1,
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )
    client.create_service(
        **CLUSTER,
        serviceName="code",
        taskDefinition="rich",
        launchType="EC2",
        desiredCount=1,
        deploymentController={"type": "CODE_DEPLOY"},
        loadBalancers=[
            {"loadBalancerName": "classic", "containerName": "web", "containerPort": 80}
        ],
    )
    client.create_service(
        **CLUSTER,
        serviceName="agent",
        taskDefinition="net",
        launchType="EC2",
        schedulingStrategy="DAEMON",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-a"]}},
    )
    early = {"enable": True, "healthyPercent": 50, "sourceServiceRevisionCleanup": "DEFERRED"}
    client.update_service(
        **CLUSTER,
        service="web",
        forceNewDeployment=True,
        deploymentConfiguration={"strategy": "ROLLING", "earlySuccessCriteria": early},
    )
    names = ["web", "cloud", "code", "agent", "none"]
    described = client.describe_services(**CLUSTER, services=names, include=["TAGS"])["services"]
    client.list_services(**CLUSTER, launchType="EC2", schedulingStrategy="REPLICA", maxResults=1)
    client.list_services_by_namespace(namespace="shop")
    listed = client.list_service_deployments(
        **CLUSTER, service="web", createdAt={"after": created["createdAt"]}, maxResults=1
    )
    newest = listed["serviceDeployments"][0]["serviceDeploymentArn"]
    pause_deployment(client.client, "prod", "web")
    client.describe_service_deployments(serviceDeploymentArns=[newest, "none"])
    client.continue_service_deployment(serviceDeploymentArn=newest, hookId=HOOK_ID)
    arns = [one["arn"] for one in described[0]["currentServiceRevisions"]]
    client.describe_service_revisions(serviceRevisionArns=[*arns, "none"])
    client.stop_service_deployment(serviceDeploymentArn=newest, stopType="ROLLBACK")
    client.describe_clusters(clusters=["prod"], include=["STATISTICS"])
    for name in names[:-1]:
        client.delete_service(**CLUSTER, service=name, force=True)


def providers(client: Counting) -> None:
    """Call every method about capacity providers."""
    groups = client.session.client("autoscaling")
    groups.create_auto_scaling_group(
        AutoScalingGroupName="group",
        MinSize=0,
        MaxSize=1,
        LaunchTemplate={"LaunchTemplateName": "machines"},
        AvailabilityZones=["us-east-1a"],
        NewInstancesProtectedFromScaleIn=True,
    )
    [group] = groups.describe_auto_scaling_groups()["AutoScalingGroups"]
    scaling = {
        "status": "ENABLED",
        "targetCapacity": 90,
        "minimumScalingStepSize": 1,
        "maximumScalingStepSize": 5,
        "instanceWarmupPeriod": 60,
    }
    client.create_capacity_provider(
        name="mine",
        autoScalingGroupProvider={
            "autoScalingGroupArn": group["AutoScalingGroupARN"],
            "managedScaling": scaling,
            "managedTerminationProtection": "ENABLED",
            "managedDraining": "ENABLED",
        },
        tags=TAGS,
    )
    client.create_cluster(clusterName="mine")
    client.put_cluster_capacity_providers(
        cluster="mine",
        capacityProviders=["mine"],
        defaultCapacityProviderStrategy=[{"capacityProvider": "mine", "weight": 1, "base": 1}],
    )
    client.describe_capacity_providers(capacityProviders=["mine", "none"], include=["TAGS"])
    client.update_capacity_provider(
        name="mine", autoScalingGroupProvider={"managedTerminationProtection": "DISABLED"}
    )
    client.put_cluster_capacity_providers(
        cluster="mine", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )
    client.delete_capacity_provider(capacityProvider="mine")


def settings_and_tags(client: Counting, arns: list[str]) -> None:
    """Call every method about account settings, tags, and a cluster's configuration."""
    client.put_account_setting(name="awsvpcTrunking", value="enabled")
    client.put_account_setting_default(name="containerInsights", value="enhanced")
    client.list_account_settings(effectiveSettings=True, maxResults=2)
    client.list_account_settings(name="awsvpcTrunking", value="enabled")
    client.delete_account_setting(name="awsvpcTrunking")
    client.update_cluster(
        **CLUSTER,
        settings=[{"name": "containerInsights", "value": "disabled"}],
        configuration={"executeCommandConfiguration": {"logging": "NONE"}},
        serviceConnectDefaults={"namespace": "shop"},
    )
    for arn in arns:
        client.tag_resource(resourceArn=arn, tags=[*TAGS, {"key": "b", "value": "c"}])
        client.untag_resource(resourceArn=arn, tagKeys=["b"])
        client.list_tags_for_resource(resourceArn=arn)


def everything(client: Counting) -> None:
    """Call every method, with as much as it takes."""
    providers(client)
    client.create_cluster(
        clusterName="prod",
        tags=TAGS,
        settings=[{"name": "containerInsights", "value": "enabled"}],
        configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 2},
        ],
    )
    client.create_cluster()
    include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
    client.describe_clusters(clusters=["prod", "none"], include=include)
    client.list_clusters(maxResults=1)
    definition = client.register_task_definition(**RICH)["taskDefinition"]
    client.register_task_definition(
        family="net", networkMode="awsvpc", containerDefinitions=[PLAIN]
    )
    client.register_task_definition(
        family="cloud",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "busybox"}],
    )
    client.describe_task_definition(taskDefinition="rich", include=["TAGS"])
    client.list_task_definitions(familyPrefix="rich", status="ACTIVE", sort="DESC", maxResults=1)
    client.list_task_definition_families(familyPrefix="r", status="ALL")
    first = capable(client, definition)
    second = capable(client, definition, zone="b")
    client.describe_container_instances(
        **CLUSTER,
        containerInstances=[first, second, "none"],
        include=["TAGS", "CONTAINER_INSTANCE_HEALTH"],
    )
    client.list_container_instances(
        **CLUSTER, filter="attribute:stack == prod", status="ACTIVE", maxResults=1
    )
    rack = {"name": "rack", "value": "r1", "targetId": first}
    client.put_attributes(**CLUSTER, attributes=[rack, {"name": "bare", "targetId": second}])
    client.list_attributes(
        **CLUSTER, targetType="container-instance", attributeName="rack", attributeValue="r1"
    )
    client.delete_attributes(**CLUSTER, attributes=[rack])
    run = client.run_task(
        **CLUSTER,
        taskDefinition="rich",
        launchType="EC2",
        count=3,
        group="night",
        startedBy="me",
        tags=TAGS,
        clientToken="token",
        enableECSManagedTags=True,
        placementConstraints=[{"type": "distinctInstance"}],
        placementStrategy=[{"type": "spread", "field": "attribute:ecs.availability-zone"}],
        overrides={
            "cpu": "512",
            "containerOverrides": [
                {"name": "web", "command": ["x"], "environment": [{"name": "A", "value": "c"}]}
            ],
        },
    )
    assert (len(run["tasks"]), len(run["failures"])) == (2, 2)
    task = run["tasks"][0]["taskArn"]
    vpc = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "DISABLED"}}
    net = client.run_task(
        **CLUSTER, taskDefinition="net", launchType="EC2", networkConfiguration=vpc
    )
    assert len(net["tasks"]) == 1
    cloud = client.run_task(
        **CLUSTER, taskDefinition="cloud", launchType="FARGATE", networkConfiguration=vpc
    )
    assert len(cloud["tasks"]) == 1
    start = client.start_task(
        **CLUSTER, taskDefinition="rich", containerInstances=[first, second, "none"], tags=TAGS
    )
    assert len(start["tasks"]) + len(start["failures"]) == 3
    client.describe_tasks(**CLUSTER, tasks=[task, "none"], include=["TAGS"])
    client.list_tasks(**CLUSTER, family="rich", maxResults=1)
    client.list_tasks(**CLUSTER, containerInstance=first, desiredStatus="RUNNING")
    client.update_task_protection(**CLUSTER, tasks=[task, "none"], protectionEnabled=True)
    client.get_task_protection(**CLUSTER, tasks=[task, "none"])
    client.update_cluster_settings(
        **CLUSTER, settings=[{"name": "containerInsights", "value": "enhanced"}]
    )
    client.describe_clusters(clusters=["prod"], include=include)
    settings_and_tags(client, [first, task, definition["taskDefinitionArn"]])
    services(client)
    daemons(client)
    client.update_container_instances_state(
        **CLUSTER, containerInstances=[first, "none"], status="DRAINING"
    )
    client.stop_task(**CLUSTER, task=task, reason="enough")
    client.describe_tasks(**CLUSTER, tasks=[task])
    client.deregister_container_instance(**CLUSTER, containerInstance=first, force=True)
    client.describe_container_instances(**CLUSTER, containerInstances=[first])
    client.deregister_task_definition(taskDefinition="rich:1")
    client.delete_task_definitions(taskDefinitions=["rich:1", "net:1", "none:1"])
    client.delete_cluster(cluster="default")


def daemons(client: Counting) -> None:
    """Make every call about managed daemons, with most of their parameters."""
    name, tags = "daemons", [{"key": "a", "value": "b"}]
    client.create_capacity_provider(
        name=name, cluster="prod", managedInstancesProvider=managed_provider()
    )
    agent = {"name": "agent", "image": "agent:1", "cpu": 128, "memory": 128}
    register = {"family": "agent", "containerDefinitions": [agent], "pidMode": "shared"}
    for _ in range(2):
        client.register_daemon_task_definition(**register, cpu="256", memory="512", tags=tags)
    client.describe_daemon_task_definition(daemonTaskDefinition="agent")
    client.list_daemon_task_definitions(family="agent", status="ALL", maxResults=1)
    deployment = {"drainPercent": 50.0, "bakeTimeInMinutes": 1}
    created = client.create_daemon(
        clusterArn="prod",
        daemonName="agent",
        daemonTaskDefinitionArn="agent:1",
        capacityProviderArns=[name],
        deploymentConfiguration=deployment,
        propagateTags="DAEMON",
        enableECSManagedTags=True,
        critical=False,
        tags=tags,
    )
    arn = created["daemonArn"]
    client.list_daemons(clusterArn="prod", capacityProviderArns=[name])
    client.update_daemon(
        daemonArn=arn, daemonTaskDefinitionArn="agent:2", capacityProviderArns=[name]
    )
    daemon = client.describe_daemon(daemonArn=arn)["daemon"]
    [revision] = daemon["currentRevisions"]
    client.describe_daemon_revisions(daemonRevisionArns=[revision["arn"], "none"])
    client.list_daemon_deployments(daemonArn=arn, maxResults=1)
    client.describe_daemon_deployments(daemonDeploymentArns=[daemon["deploymentArn"], "none"])
    client.delete_daemon(daemonArn=arn)
    client.delete_daemon_task_definition(daemonTaskDefinition="agent:1")


def test_every_method_answers_as_the_model_says(client: Counting) -> None:
    everything(client)
    assert sorted({method for method, _ in client.answers}) == METHODS


def test_botocore_reads_the_answers_as_they_are(client: Counting) -> None:
    """What goes over the wire and through botocore's parser comes back the same."""
    everything(client)
    parser = create_parser("json")
    for method, answer in client.answers:
        body = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        wire = {
            "body": json.dumps(body, default=datetime.timestamp).encode(),
            "headers": {},
            "status_code": 200,
        }
        read = parser.parse(wire, operation_of(method).output_shape)
        del read["ResponseMetadata"]
        assert read == body, method


def test_the_same_calls_give_the_same_answers(clock: Any) -> None:
    """Ids and chance come from the seed, time from the clock."""
    runs = [Counting(seed=5, clock=type(clock)()) for _ in range(2)]
    for client in runs:
        everything(client)
    assert runs[0].answers == runs[1].answers
    other = Counting(seed=6, clock=type(clock)())
    everything(other)
    assert other.answers != runs[0].answers


REFUSALS: dict[str, dict[str, Any]] = {
    "create_capacity_provider": {"name": "aws-mine"},
    "delete_capacity_provider": {"capacityProvider": "none"},
    "describe_capacity_providers": {"include": ["NONE"]},
    "put_cluster_capacity_providers": {
        "cluster": "prod",
        "capacityProviders": ["none"],
        "defaultCapacityProviderStrategy": [],
    },
    "update_capacity_provider": {"name": "none"},
    "create_daemon": {
        "daemonName": "a b",
        "clusterArn": "prod",
        "daemonTaskDefinitionArn": "none",
        "capacityProviderArns": [],
    },
    "delete_daemon": {"daemonArn": "none"},
    "delete_daemon_task_definition": {"daemonTaskDefinition": "none"},
    "describe_daemon": {"daemonArn": "none"},
    "describe_daemon_deployments": {"daemonDeploymentArns": []},
    "describe_daemon_revisions": {"daemonRevisionArns": []},
    "describe_daemon_task_definition": {"daemonTaskDefinition": "none"},
    "list_daemon_deployments": {"daemonArn": "none"},
    "list_daemon_task_definitions": {"maxResults": 101},
    "list_daemons": {"clusterArn": "none"},
    "register_daemon_task_definition": {"family": "a", "containerDefinitions": []},
    "update_daemon": {
        "daemonArn": "none",
        "daemonTaskDefinitionArn": "none",
        "capacityProviderArns": [],
    },
    "delete_account_setting": {"name": "none"},
    "delete_task_definitions": {"taskDefinitions": []},
    "list_account_settings": {"name": "none"},
    "list_tags_for_resource": {"resourceArn": "none"},
    "put_account_setting": {"name": "awsvpcTrunking", "value": "on"},
    "put_account_setting_default": {"name": "none", "value": "on"},
    "tag_resource": {"resourceArn": "none", "tags": []},
    "untag_resource": {"resourceArn": "none", "tagKeys": []},
    "update_cluster": {"cluster": "none"},
    "continue_service_deployment": {"serviceDeploymentArn": "none", "hookId": "none"},
    "create_service": {"cluster": "prod", "serviceName": "a b"},
    "delete_service": {"cluster": "prod", "service": "none"},
    "describe_service_deployments": {"serviceDeploymentArns": []},
    "describe_service_revisions": {"serviceRevisionArns": []},
    "describe_services": {"cluster": "prod", "services": []},
    "list_service_deployments": {"cluster": "prod", "service": "none"},
    "list_services": {"cluster": "prod", "maxResults": 101},
    "list_services_by_namespace": {"namespace": "none", "maxResults": 0},
    "stop_service_deployment": {"serviceDeploymentArn": "none"},
    "update_service": {"cluster": "prod", "service": "none"},
    "create_cluster": {"clusterName": "a b"},
    "delete_attributes": {"cluster": "none", "attributes": []},
    "delete_cluster": {"cluster": "none"},
    "deregister_container_instance": {"cluster": "prod", "containerInstance": "none"},
    "deregister_task_definition": {"taskDefinition": "none"},
    "describe_clusters": {"include": ["NONE"]},
    "describe_container_instances": {"cluster": "prod", "containerInstances": []},
    "describe_task_definition": {"taskDefinition": "none"},
    "describe_tasks": {"cluster": "prod", "tasks": []},
    "get_task_protection": {"cluster": "none"},
    "list_attributes": {"cluster": "prod", "targetType": "none"},
    "list_clusters": {"maxResults": 0},
    "list_container_instances": {"cluster": "prod", "filter": "zone == a"},
    "list_task_definition_families": {"maxResults": 101},
    "list_task_definitions": {"nextToken": "none"},
    "list_tasks": {"cluster": "prod", "desiredStatus": "NONE"},
    "put_attributes": {"cluster": "prod", "attributes": [{"name": "a", "targetId": "none"}]},
    "register_container_instance": {"cluster": "none"},
    "register_task_definition": {"family": "a", "containerDefinitions": []},
    "run_task": {"cluster": "prod", "taskDefinition": "none"},
    "start_task": {"cluster": "prod", "taskDefinition": "none", "containerInstances": ["a"]},
    "stop_task": {"cluster": "prod", "task": "none"},
    "update_cluster_settings": {"cluster": "none", "settings": []},
    "update_container_instances_state": {
        "cluster": "prod",
        "containerInstances": ["a"],
        "status": "NONE",
    },
    "update_task_protection": {"cluster": "prod", "tasks": [], "protectionEnabled": True},
}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_with_an_error_of_the_model(client: Counting, method: str) -> None:
    """``Checked`` looks at the code, the class, the operation's name and the text (C23)."""
    client.create_cluster(clusterName="prod")
    with pytest.raises(ClientError) as caught:
        getattr(client, method)(**REFUSALS[method])
    code = caught.value.response["Error"]["Code"]
    assert isinstance(caught.value, getattr(client.exceptions, code))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_a_parameter_that_it_has_not(client: Counting, method: str) -> None:
    with pytest.raises(ParamValidationError, match="Unknown parameter in input"):
        getattr(client, method)(**REFUSALS[method], nothing=1)


# The check itself sees what is wrong


NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "answer", "words"),
    [
        ("list_clusters", {"clusters": []}, "which ListClustersResponse has not"),
        ("list_clusters", {"clusterArns": None}, "is no list"),
        ("list_clusters", {"clusterArns": ("a",)}, "is no list"),
        ("list_clusters", {"clusterArns": [1]}, "is no string"),
        ("list_clusters", {"nextToken": None}, "is no string"),
        ("stop_task", {"task": {"cpu": 256}}, "is no string"),
        ("stop_task", {"task": {"version": True}}, "is no long"),
        ("stop_task", {"task": {"version": 2**63}}, "is no long"),
        ("stop_task", {"task": {"launchType": ""}}, "is no string of LaunchType"),
        ("stop_task", {"task": {"createdAt": NOON.replace(tzinfo=None)}}, "is no timestamp"),
        ("stop_task", {"task": {"createdAt": "2026-03-01"}}, "is no timestamp"),
        ("stop_task", {"task": []}, "is no dict"),
    ],
)
def test_what_is_wrong_with_an_answer_is_seen(
    method: str, answer: dict[str, Any], words: str
) -> None:
    [found] = misfits(answer, operation_of(method).output_shape)
    assert words in found
    with pytest.raises(AssertionError):
        check_answer(method, {**answer, "ResponseMetadata": {"HTTPStatusCode": 200}})


class Careless(Client):
    """A client that takes whatever it gets."""

    def list_clusters(self, **_: Any) -> dict[str, Any]:
        return {"clusterArns": [], "ResponseMetadata": {"HTTPStatusCode": 200}}


def test_parameters_that_a_client_should_have_refused_are_seen() -> None:
    checked = Checked(Careless())
    assert checked.list_clusters()["clusterArns"] == []
    with pytest.raises(AssertionError, match="did not see"):
        checked.list_clusters(maxResults="1")
