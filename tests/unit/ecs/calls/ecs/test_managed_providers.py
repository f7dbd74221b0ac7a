"""Calls about providers of Managed Instances: shapes, checks, strategies (S11.1, S12.1, C48)."""

from __future__ import annotations

from typing import Any

import pytest

from managed_session import WEIGHT, ManagedSession, managed_provider, register_task
from placement.ecs import ClientError, Session

LARGE = {"allowedInstanceTypes": ["c6i.large"]}
PREFIX = "managedInstancesProvider.instanceLaunchTemplate"
REQUIREMENTS = f"{PREFIX}.instanceRequirements"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-a"]}}


def client_of() -> Any:
    """Return the ECS client of a session with a cluster."""
    client = Session().client("ecs")
    client.create_cluster()
    return client


def create(client: Any, provider: dict[str, Any], **further: Any) -> Any:
    arguments = {"name": "m", "cluster": "default", **further}
    return client.create_capacity_provider(managedInstancesProvider=provider, **arguments)


def refused(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    """Return code and message of a call that is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


# Create and describe

EVERYTHING = {
    "vCpuCount": {"min": 2, "max": 64},
    "memoryMiB": {"min": 1024, "max": 262_144},
    "memoryGiBPerVCpu": {"min": 1.5, "max": 8.0},
    "instanceGenerations": ["current"],
    "allowedInstanceTypes": ["c*", "m6i.*"],
    "bareMetal": "included",
    "burstablePerformance": "included",
    "localStorage": "excluded",
    "totalLocalStorageGB": {"min": 0.0},
    "networkInterfaceCount": {"min": 2},
    "acceleratorTypes": ["gpu", "inference"],
    "acceleratorCount": {"max": 4},
    "acceleratorTotalMemoryMiB": {"max": 65_536},
    "onDemandMaxPricePercentageOverLowestPrice": 500,
}


def test_a_provider_is_described_as_it_was_given_and_belongs_to_its_cluster_d71() -> None:
    """D71, S11.1.2: associated by itself, of use at once; every requirement is kept."""
    client = client_of()
    given = managed_provider(
        EVERYTHING,
        template={
            "storageConfiguration": {"storageSizeGiB": 100},
            "monitoring": "DETAILED",
            "instanceMetadataTagsPropagation": True,
            "localStorageConfiguration": {"useLocalStorage": True},
            "fipsEnabled": True,
        },
        propagateTags="CAPACITY_PROVIDER",
        infrastructureOptimization={"scaleInAfter": 600},
        autoRepairConfiguration={"actionsStatus": "DISABLED"},
    )
    tags = [{"key": "team", "value": "web"}]
    answer = create(client, given, tags=tags)["capacityProvider"]
    assert answer["type"] == "MANAGED_INSTANCES"
    assert (answer["status"], answer["updateStatus"]) == ("ACTIVE", "CREATE_COMPLETE")
    assert answer["cluster"] == "default"
    shown = client.describe_capacity_providers(capacityProviders=["m"], include=["TAGS"])
    assert shown["capacityProviders"] == [answer]
    assert answer["tags"] == tags
    template = {**given["instanceLaunchTemplate"], "capacityOptionType": "ON_DEMAND"}
    assert answer["managedInstancesProvider"] == {**given, "instanceLaunchTemplate": template}
    [cluster] = client.describe_clusters()["clusters"]
    assert cluster["capacityProviders"] == ["m"]
    there = client.describe_capacity_providers(cluster="default")["capacityProviders"]
    assert [one["name"] for one in there] == ["m"]


def test_an_update_keeps_what_it_does_not_give() -> None:
    """D71, S12.1: fields of the launch template one by one; complete when time moves."""
    client = client_of()
    spot = {"capacityOptionType": "SPOT", "monitoring": "BASIC"}
    given = managed_provider(LARGE, template=spot, infrastructureOptimization={"scaleInAfter": 60})
    create(client, given)
    change = {"instanceRequirements": {"vCpuCount": {"min": 4}, "memoryMiB": {"min": 1}}}
    answer = client.update_capacity_provider(
        name="m",
        cluster="default",
        managedInstancesProvider={
            "infrastructureRoleArn": "arn:aws:iam::123456789012:role/other",
            "instanceLaunchTemplate": change,
        },
    )["capacityProvider"]
    assert answer["updateStatus"] == "UPDATE_IN_PROGRESS"
    now = answer["managedInstancesProvider"]
    assert now["infrastructureRoleArn"].endswith("role/other")
    assert now["infrastructureOptimization"] == {"scaleInAfter": 60}
    assert now["instanceLaunchTemplate"] == {**given["instanceLaunchTemplate"], **change}
    client.session.advance(0)
    [shown] = client.describe_capacity_providers(capacityProviders=["m"])["capacityProviders"]
    assert shown["updateStatus"] == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cpuManufacturers", ["intel"]),
        ("requireHibernateSupport", True),
        ("localStorageTypes", ["ssd"]),
        ("baselineEbsBandwidthMbps", {"min": 1}),
        ("acceleratorManufacturers", ["nvidia"]),
        ("acceleratorNames", ["t4"]),
        ("networkBandwidthGbps", {"min": 1.0}),
        ("acceleratorTypes", ["fpga"]),
    ],
)
def test_what_the_table_cannot_answer_is_refused_by_name_c48(name: str, value: Any) -> None:
    client = client_of()
    code, message = refused(create, client, managed_provider({name: value}))
    assert code == "UnsupportedFeatureException"
    assert message.startswith(f"{REQUIREMENTS}.{name}")
    assert client.describe_clusters()["clusters"][0]["capacityProviders"] == []
    create(client, managed_provider(LARGE))
    given = managed_provider({name: value})
    code, _ = refused(client.update_capacity_provider, name="m", managedInstancesProvider=given)
    assert code == "UnsupportedFeatureException"


def test_enclaves_are_refused_by_name_c48() -> None:
    client = client_of()
    code, message = refused(
        create, client, managed_provider(template={"nitroEnclavesEnabled": True})
    )
    assert code == "UnsupportedFeatureException"
    assert message == f"{PREFIX}.nitroEnclavesEnabled is not supported."


@pytest.mark.parametrize(
    ("requirements", "place"),
    [
        ({"vCpuCount": {"min": 4, "max": 2}}, "vCpuCount: the minimum"),
        ({"memoryMiB": {"min": -1}}, "memoryMiB.min: expected a number from 0"),
        ({"memoryGiBPerVCpu": {"max": -0.5}}, "memoryGiBPerVCpu.max: expected a number"),
        ({"bareMetal": "yes"}, "bareMetal: expected included, required, excluded"),
        ({"instanceGenerations": ["next"]}, "instanceGenerations: expected current, previous"),
        ({"allowedInstanceTypes": ["a"] * 401}, "allowedInstanceTypes: expected at most 400"),
        ({"spotMaxPricePercentageOverLowestPrice": -1}, "spotMaxPricePercentageOverLowestPrice:"),
    ],
)
def test_a_wrong_requirement_is_named(requirements: Any, place: str) -> None:
    """C48, S12.1: what is out of its range is refused with its place."""
    client = client_of()
    code, message = refused(create, client, managed_provider(requirements))
    assert code == "InvalidParameterException"
    assert message.startswith(f"{REQUIREMENTS}.{place}")


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        (managed_provider(subnets=[]), "networkConfiguration.subnets: expected from 1 to 16"),
        (managed_provider(subnets=["s"] * 17), "networkConfiguration.subnets: expected from 1"),
        (managed_provider(infrastructureOptimization={"scaleInAfter": 3601}), "scaleInAfter: exp"),
        (managed_provider(infrastructureOptimization={"scaleInAfter": -2}), "scaleInAfter: exp"),
        (managed_provider(propagateTags="ALL"), "propagateTags: expected CAPACITY_PROVIDER, NONE"),
        (managed_provider(template={"capacityOptionType": "FREE"}), "capacityOptionType: expected"),
        (managed_provider(template={"monitoring": "NONE"}), "monitoring: expected BASIC, DETAILED"),
        (
            managed_provider(autoRepairConfiguration={"actionsStatus": "ON"}),
            "actionsStatus: expected ENABLED, DISABLED",
        ),
        (
            managed_provider({"allowedInstanceTypes": ["a"], "excludedInstanceTypes": ["b"]}),
            "allowedInstanceTypes and excludedInstanceTypes exclude each other",
        ),
        (
            managed_provider(
                {
                    "spotMaxPricePercentageOverLowestPrice": 1,
                    "maxSpotPriceAsPercentageOfOptimalOnDemandPrice": 1,
                }
            ),
            "exclude each other",
        ),
        (
            managed_provider(
                template={"capacityReservations": {"reservationPreference": "RESERVATIONS_FIRST"}}
            ),
            "RESERVATIONS_FIRST does not go with the capacityOptionType",
        ),
    ],
)
def test_a_wrong_setting_is_named(provider: dict[str, Any], text: str) -> None:
    """C48, S12.1: the same of all that is not a requirement; nothing has changed."""
    client = client_of()
    code, message = refused(create, client, provider)
    assert code == "InvalidParameterException"
    assert text in message
    assert client.describe_capacity_providers(cluster="default")["capacityProviders"] == []


def test_which_provider_and_which_cluster_must_be_said() -> None:
    """S11.1.2: one kind of provider, in a cluster that is there, under a free name."""
    client = client_of()
    given = managed_provider(LARGE)
    _, message = refused(client.create_capacity_provider, name="m", cluster="default")
    assert message.startswith("A capacity provider has either an autoScalingGroupProvider or a")
    _, message = refused(client.create_capacity_provider, name="m", managedInstancesProvider=given)
    assert message == "cluster is required for a capacity provider of Managed Instances."
    code, _ = refused(create, client, given, cluster="other")
    assert code == "ClusterNotFoundException"
    group = {"autoScalingGroupArn": "group"}
    _, message = refused(
        client.create_capacity_provider,
        name="g",
        cluster="default",
        autoScalingGroupProvider=group,
    )
    assert message == "cluster is only valid for capacity providers of Managed Instances."
    create(client, given)
    code, message = refused(create, client, given)
    assert (code, message[:36]) == ("ClientException", "The capacity provider m already exis")
    _, message = refused(client.update_capacity_provider, name="m", autoScalingGroupProvider={})
    assert message.endswith("needs an managedInstancesProvider alone.")


def test_a_provider_belongs_to_one_cluster_alone() -> None:
    """S11.1.2: no other cluster can have it, and calls that name another are refused."""
    client = client_of()
    client.create_cluster(clusterName="other")
    create(client, managed_provider(LARGE))
    lists = {"capacityProviders": ["m"], "defaultCapacityProviderStrategy": []}
    code, message = refused(client.put_cluster_capacity_providers, cluster="other", **lists)
    assert code == "InvalidParameterException"
    assert "belongs to the cluster default" in message
    code, _ = refused(client.create_cluster, clusterName="third", capacityProviders=["m"])
    assert code == "InvalidParameterException"
    for call, name in (
        (client.update_capacity_provider, "name"),
        (client.delete_capacity_provider, "capacityProvider"),
    ):
        further = {} if name != "name" else {"managedInstancesProvider": managed_provider(LARGE)}
        code, message = refused(call, cluster="other", **{name: "m"}, **further)
        assert code == "ClientException"
        assert message.endswith("does not belong to the specified cluster.")
    code, _ = refused(client.delete_capacity_provider, capacityProvider="m")
    assert code == "InvalidParameterException"  # its cluster has it


def test_a_cluster_has_at_most_20_providers() -> None:
    """S11.1: as PutClusterCapacityProviders says it."""
    client = client_of()
    for number in range(20):
        create(client, managed_provider(LARGE), name=f"m{number}")
    _, message = refused(create, client, managed_provider(LARGE))
    assert message == "A cluster can have at most 20 capacity providers."


# Strategies


def strategy_world() -> ManagedSession:
    world = ManagedSession(LARGE)
    register_task(world.ecs, "app", 1024, 1024)
    return world


def test_kinds_of_providers_are_not_mixed() -> None:
    """S11.1: groups, Fargate or Managed Instances; by the default strategy too."""
    world = strategy_world()
    both = [*WEIGHT, {"capacityProvider": "FARGATE", "weight": 1}]
    lists = {"cluster": "default", "capacityProviders": ["m", "FARGATE"]}
    code, message = refused(
        world.ecs.put_cluster_capacity_providers, defaultCapacityProviderStrategy=both, **lists
    )
    assert code == "InvalidParameterException"
    assert "cannot contain a mix of capacity providers" in message
    world.session.advance(0)
    world.ecs.put_cluster_capacity_providers(defaultCapacityProviderStrategy=[], **lists)
    _, message = refused(world.ecs.run_task, taskDefinition="app", capacityProviderStrategy=both)
    assert "cannot contain a mix of capacity providers" in message
    fargate = [{"capacityProvider": "FARGATE", "weight": 1}]
    _, message = refused(
        world.ecs.run_task,
        taskDefinition="app",
        capacityProviderStrategy=fargate,
    )
    assert message == "Task definition does not support launch_type FARGATE."


def test_network_modes_and_compatibilities_are_checked() -> None:
    """S12.1: awsvpc and host alone, of definitions made for Managed Instances."""
    world = strategy_world()
    register_task(world.ecs, "bridge", 64, 64, mode="bridge")
    register_task(world.ecs, "vpc", 64, 64, mode="awsvpc")
    world.ecs.register_task_definition(
        family="ec2",
        networkMode="host",
        containerDefinitions=[{"name": "app", "image": "busybox", "memory": 64}],
    )
    service = {"serviceName": "web", "desiredCount": 1}
    for family, text in (
        ("bridge", "Managed Instances support the network modes awsvpc and host, not 'bridge'."),
        ("ec2", "Task definition does not support launch_type MANAGED_INSTANCES."),
        ("vpc", "Network Configuration must be provided when networkMode 'awsvpc' is specified."),
    ):
        for call, arguments in ((world.ecs.run_task, {}), (world.ecs.create_service, service)):
            code, message = refused(call, taskDefinition=family, **arguments)
            assert code == "InvalidParameterException"
            assert text in message
    public = {"awsvpcConfiguration": {"subnets": ["subnet-a"], "assignPublicIp": "ENABLED"}}
    _, message = refused(world.ecs.run_task, taskDefinition="vpc", networkConfiguration=public)
    assert message == "Assign public IP is not supported for this launch type."
    _, message = refused(world.ecs.run_task, taskDefinition="app", platformVersion="1.4.0")
    assert message.startswith("The platform version must be null")
    code, message = refused(
        world.ecs.run_task, taskDefinition="app", launchType="MANAGED_INSTANCES"
    )
    assert code == "InvalidParameterException"
    assert message.endswith("choose it by a capacity provider strategy.")


def test_a_service_moves_to_managed_instances_with_its_strategy() -> None:
    """D117, S11.1: an update of the strategy starts a deployment on them, host or awsvpc."""
    world = strategy_world()
    register_task(world.ecs, "vpc", 64, 64, mode="awsvpc")
    world.session.advance(0)
    world.ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["m"], defaultCapacityProviderStrategy=[]
    )
    world.ecs.create_service(
        serviceName="web",
        taskDefinition="vpc",
        desiredCount=2,
        launchType="EC2",
        networkConfiguration=NETWORK,
    )
    world.run_until(100)
    assert world.tasks() == []
    world.ecs.update_service(
        service="web", capacityProviderStrategy=WEIGHT, forceNewDeployment=True
    )
    assert world.session.advance_until("steady")
    tasks = world.tasks(serviceName="web")
    assert [task["launchType"] for task in tasks] == ["MANAGED_INSTANCES"] * 2
    [shown] = world.ecs.describe_services(services=["web"])["services"]
    assert shown["capacityProviderStrategy"] == [{**WEIGHT[0], "base": 0}]
    assert shown["runningCount"] == 2
    code, _ = refused(
        world.ecs.put_cluster_capacity_providers,
        cluster="default",
        capacityProviders=[],
        defaultCapacityProviderStrategy=[],
    )
    assert code == "ResourceInUseException"


def test_more_tasks_than_may_wait_are_refused_a57() -> None:
    """A57: 500 of a cluster may be PROVISIONING."""
    world = strategy_world()
    world.run_tasks("app", 500)
    code, message = refused(world.ecs.run_task, taskDefinition="app")
    assert code == "ClientException"
    assert "500" in message


def test_targets_are_addresses_in_every_network_mode_d61() -> None:
    """D61, S9.1: target groups of type ip, also with host; the address is the instance's."""
    world = strategy_world()
    elb = world.session.client("elbv2")
    container = {
        "name": "app",
        "image": "busybox",
        "memory": 64,
        "portMappings": [{"containerPort": 8080}],
    }
    world.ecs.register_task_definition(
        family="web",
        networkMode="host",
        requiresCompatibilities=["MANAGED_INSTANCES"],
        containerDefinitions=[container],
    )
    [balancer] = elb.create_load_balancer(Name="lb", Subnets=["subnet-a", "subnet-b"])[
        "LoadBalancers"
    ]
    groups = {}
    for kind in ("ip", "instance"):
        [group] = elb.create_target_group(
            Name=kind, Protocol="HTTP", Port=80, VpcId="vpc-1", TargetType=kind
        )["TargetGroups"]
        groups[kind] = group["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80 + len(groups),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[kind]}],
        )
    binding = {"containerName": "app", "containerPort": 8080}
    service = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}
    code, message = refused(
        world.ecs.create_service,
        loadBalancers=[{**binding, "targetGroupArn": groups["instance"]}],
        **service,
    )
    assert code == "InvalidParameterException"
    assert "incompatible with the host network mode" in message
    world.ecs.create_service(loadBalancers=[{**binding, "targetGroupArn": groups["ip"]}], **service)
    world.session.advance(600)
    health = elb.describe_target_health(TargetGroupArn=groups["ip"])["TargetHealthDescriptions"]
    addresses = {one["Target"]["Id"] for one in health}
    assert len(addresses) == 2
    assert all(address.startswith("10.") for address in addresses)
    assert {one["Target"]["Port"] for one in health} == {8080}
