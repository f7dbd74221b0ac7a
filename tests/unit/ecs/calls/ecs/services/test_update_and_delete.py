"""UpdateService and DeleteService beyond the tables of ``updates.toml`` and ``errors.toml``."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from against_botocore import Checked
from client_world import remembered
from placement.ecs import ClientError
from placement.ecs.control.services.statuses import ServiceDeploymentStatus, ServiceStatus
from service_account import service_record

WEB: dict[str, Any] = {"serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2}


def test_a_changed_count_shows_at_the_service_alone_d2(client: Checked) -> None:
    """S1.1: the service shows the new number, its deployment still the old one."""
    client.create_service(**WEB)
    service_record(client).deployments[0].desired_shown = 2
    service = client.update_service(service="web", desiredCount=5)["service"]
    assert (service["desiredCount"], service["deployments"][0]["desiredCount"]) == (5, 2)
    assert service_record(client).number in client.client._account.woken


def test_a_new_deployment_is_in_the_answer_d126(client: Checked) -> None:
    client.create_service(**WEB)
    service = client.update_service(service="web", taskDefinition="web")["service"]
    assert [one["status"] for one in service["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert service["taskDefinition"] == service["deployments"][0]["taskDefinition"]
    assert service == client.describe_services(services=["web"], include=["TAGS"])["services"][0]


def test_the_configuration_of_a_deployment_is_the_one_it_began_with_d11(client: Checked) -> None:
    service = client.create_service(**WEB)["service"]
    client.update_service(service="web", deploymentConfiguration={"maximumPercent": 150})
    arn = service["currentServiceDeployment"]
    [run] = client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    assert run["deploymentConfiguration"]["maximumPercent"] == 200


def test_an_inactive_definition_is_kept_until_another_is_named(client: Checked) -> None:
    client.create_service(**WEB)
    client.deregister_task_definition(taskDefinition="web:1")
    service = client.update_service(service="web", forceNewDeployment=True)["service"]
    assert len(service["deployments"]) == 2
    with pytest.raises(ClientError, match="TaskDefinition is inactive"):
        client.update_service(service="web", taskDefinition="web:1")


def test_exec_holds_for_the_tasks_to_come(client: Checked) -> None:
    """S2.2: no new deployment, and what starts from now on has it."""
    client.register_task_definition(
        family="exec",
        taskRoleArn="arn:aws:iam::123456789012:role/task",
        containerDefinitions=[{"name": "app", "image": "app", "memory": 64}],
    )
    client.create_service(**{**WEB, "taskDefinition": "exec"})
    client.update_service(service="web", enableExecuteCommand=True)
    assert service_record(client).deployments[0].request.settings.execute_command is True


def test_another_controller_between_deployments(client: Checked) -> None:
    """S2.2: allowed between deployments, where the service is not rebalanced."""
    client.create_service(**WEB)
    service_record(client).service_deployments[0].status = ServiceDeploymentStatus.SUCCESSFUL
    service = client.update_service(
        service="web",
        deploymentController={"type": "EXTERNAL"},
        availabilityZoneRebalancing="DISABLED",
    )["service"]
    assert service["deploymentController"] == {"type": "EXTERNAL"}
    assert service_record(client).controller == "EXTERNAL"


def test_a_code_deploy_service_can_become_one_of_ecs_d8(client: Checked) -> None:
    balanced = {"loadBalancerName": "classic", "containerName": "app", "containerPort": 80}
    client.create_service(
        **WEB, deploymentController={"type": "CODE_DEPLOY"}, loadBalancers=[balanced]
    )
    with pytest.raises(ClientError, match="Unable to update task definition"):
        client.update_service(service="web", taskDefinition="web:2")
    service = client.update_service(service="web", deploymentController={"type": "ECS"})["service"]
    assert [one["status"] for one in service["deployments"]] == ["PRIMARY"]
    assert service["taskDefinition"].endswith("web:1")


def test_a_deleted_service_drains_and_is_described(client: Checked) -> None:
    """S2.3, D16: no longer listed, still described; deleting again succeeds."""
    client.create_service(**WEB)
    client.update_service(service="web", forceNewDeployment=True)
    service = client.delete_service(service="web", force=True)["service"]
    assert (service["status"], service["desiredCount"]) == ("DRAINING", 0)
    assert [one["status"] for one in service["deployments"]] == ["PRIMARY", "DRAINING"]
    assert client.list_services()["serviceArns"] == []
    assert client.describe_services(services=["web"])["services"][0]["status"] == "DRAINING"
    assert client.delete_service(service="web")["service"] == service


def test_a_service_without_tasks_needs_no_force(client: Checked) -> None:
    client.create_service(**{**WEB, "desiredCount": 0})
    assert client.delete_service(service="web")["service"]["status"] == "DRAINING"
    client.create_service(serviceName="agent", taskDefinition="web", schedulingStrategy="DAEMON")
    assert client.delete_service(service="agent")["service"]["status"] == "DRAINING"


def test_an_inactive_name_is_free_and_described_as_the_newest_d12(client: Checked) -> None:
    client.create_service(**WEB)
    client.delete_service(service="web", force=True)
    service_record(client).status = ServiceStatus.INACTIVE
    assert client.delete_service(service="web")["service"]["status"] == "INACTIVE"
    client.create_service(**WEB)
    [service] = client.describe_services(services=["web"])["services"]
    assert service["status"] == "ACTIVE"


def test_a_cluster_with_a_draining_service_can_be_deleted(client: Checked) -> None:
    client.create_service(**WEB)
    client.delete_service(service="web", force=True)
    assert client.delete_cluster(cluster="default")["cluster"]["status"] == "INACTIVE"


def test_clusters_count_their_services(client: Checked) -> None:
    client.create_service(**WEB)
    client.create_service(**{**WEB, "serviceName": "out", "launchType": "EXTERNAL"})
    client.create_service(**{**WEB, "serviceName": "gone"})
    client.delete_service(service="gone", force=True)
    [cluster] = client.describe_clusters(include=["STATISTICS"])["clusters"]
    assert cluster["activeServicesCount"] == 2
    counts = {one["name"]: one["value"] for one in cluster["statistics"]}
    assert (counts["activeEC2ServiceCount"], counts["activeExternalServiceCount"]) == ("1", "1")
    assert (counts["drainingEC2ServiceCount"], counts["activeFargateServiceCount"]) == ("1", "0")


def test_what_a_call_does_not_touch_is_not_looked_at_again(client: Checked) -> None:
    """A group that is gone, and an old service's 100/100, hinder no other change."""
    elb = client.client.session.client("elbv2")
    front = elb.create_load_balancer(Name="front", Subnets=["subnet-a", "subnet-b"])
    group = elb.create_target_group(Name="blue", Protocol="HTTP", Port=80, VpcId="vpc-1")
    arn = group["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=front["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )
    balanced = [{"targetGroupArn": arn, "containerName": "app", "containerPort": 80}]
    client.create_service(**WEB, loadBalancers=balanced)
    elb.delete_listener(ListenerArn=listener["Listeners"][0]["ListenerArn"])
    old = service_record(client)
    old.configuration = attrs.evolve(old.configuration, maximum_percent=100)
    service = client.update_service(service="web", desiredCount=3)["service"]
    assert (service["desiredCount"], service["availabilityZoneRebalancing"]) == (3, "ENABLED")
    client.update_service(service="web", forceNewDeployment=True)
    with pytest.raises(ClientError, match="does not have an associated load balancer"):
        client.update_service(service="web", taskDefinition="web:2")


def test_a_network_that_fits_no_more_changes_nothing(client: Checked) -> None:
    client.register_task_definition(
        family="net",
        networkMode="awsvpc",
        containerDefinitions=[{"name": "app", "image": "app", "memory": 64}],
    )
    network = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
    client.create_service(**{**WEB, "taskDefinition": "net"}, networkConfiguration=network)
    for subnet, vpc in (("subnet-a", "vpc-1"), ("subnet-b", "vpc-2")):
        client.register_subnet(subnetId=subnet, vpcId=vpc, availabilityZone="us-east-1a")
    before = remembered(client.client)
    with pytest.raises(ClientError, match="different VPCs"):
        client.update_service(service="web", desiredCount=9, forceNewDeployment=True)
    assert remembered(client.client) == before
    service = client.update_service(service="web", desiredCount=9, propagateTags="SERVICE")
    assert service["service"]["desiredCount"] == 9


def test_a_strategy_of_a_loaded_service_stays_and_can_be_left(client: Checked) -> None:
    """S2.2: with force an empty strategy returns to the launch type of the creation."""
    client.create_service(**WEB)
    strategy = [{"capacityProvider": "A", "weight": 1}]
    record = service_record(client)
    first = record.deployments[0]
    first.revision = attrs.evolve(first.revision, launch_type=None, strategy=strategy)
    shown = client.update_service(service="web", forceNewDeployment=True)["service"]
    assert shown["capacityProviderStrategy"] == strategy
    assert "launchType" not in shown
    with pytest.raises(ClientError, match="you must force a new deployment"):
        client.update_service(service="web", capacityProviderStrategy=[])
    record.launch_type = None
    with pytest.raises(ClientError, match="created without a launch type"):
        client.update_service(service="web", capacityProviderStrategy=[], forceNewDeployment=True)
    record.launch_type = "EC2"
    shown = client.update_service(
        service="web", capacityProviderStrategy=[], forceNewDeployment=True
    )["service"]
    assert shown["launchType"] == "EC2"
    assert "capacityProviderStrategy" not in shown
