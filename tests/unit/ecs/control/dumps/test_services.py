"""Sessions from what the AWS CLI prints of a real cluster (C30, C31, C50)."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import placement.ecs as ecs
from placement.errors import DocumentError, UsageError

HOME = "arn:aws:ecs:eu-west-1:111122223333"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/73e2d6bc24d8a067"
DEPLOYMENT = "ecs-svc/9223370526029725321"
DEFINITION = f"{HOME}:task-definition/web:3"

OLD_SERVICE: dict[str, Any] = {
    "serviceArn": f"{HOME}:service/prod/old",
    "serviceName": "old",
    "clusterArn": f"{HOME}:cluster/prod",
    "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}],
    "serviceRegistries": [],
    "status": "ACTIVE",
    "desiredCount": 1,
    "runningCount": 1,
    "pendingCount": 0,
    "launchType": "EC2",
    "taskDefinition": DEFINITION,
    "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    "deployments": [
        {
            "id": DEPLOYMENT,
            "status": "PRIMARY",
            "taskDefinition": DEFINITION,
            "desiredCount": 1,
            "pendingCount": 0,
            "runningCount": 1,
            "createdAt": 1510825050.1,
            "updatedAt": 1510825050.1,
        }
    ],
    "roleArn": "arn:aws:iam::111122223333:role/ecsServiceRole",
    "events": [{"id": "a", "createdAt": "2026-01-01T00:00:00Z", "message": "(service old) said"}],
    "createdAt": "2017-11-16T09:37:30Z",
    "placementConstraints": [],
    "placementStrategy": [],
}
"""As describe-services printed it in 2017: no rollout states, no members of today."""

RESOURCES = ("registeredResources", 1024, 2000), ("remainingResources", 1014, 1900)


def pages() -> list[dict[str, Any]]:
    """Return what five commands print of a cluster with one service."""
    instance: dict[str, Any] = {
        "containerInstanceArn": f"{HOME}:container-instance/prod/abc",
        "ec2InstanceId": "i-1",
        "status": "ACTIVE",
        "agentConnected": True,
        "agentUpdateStatus": "UPDATED",
        "runningTasksCount": 1,
        "attributes": [{"name": "ecs.availability-zone", "value": "eu-west-1a"}],
    }
    for name, cpu, memory in RESOURCES:
        instance[name] = [
            {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
            {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        ]
    port = {"containerPort": 80, "hostPort": 0, "protocol": "tcp"}
    definition = {
        "taskDefinitionArn": DEFINITION,
        "containerDefinitions": [
            {"name": "app", "image": "nginx", "cpu": 10, "memory": 100, "portMappings": [port]}
        ],
    }
    bound = {"bindIP": "0.0.0.0", "containerPort": 80, "hostPort": 32771, "protocol": "tcp"}
    task = {
        "taskArn": f"{HOME}:task/prod/t1",
        "clusterArn": f"{HOME}:cluster/prod",
        "taskDefinitionArn": DEFINITION,
        "containerInstanceArn": instance["containerInstanceArn"],
        "group": "service:old",
        "startedBy": DEPLOYMENT,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "createdAt": "2026-01-01T00:00:00Z",
        "startedAt": "2026-01-01T00:00:10Z",
        "containers": [{"name": "app", "lastStatus": "RUNNING", "networkBindings": [bound]}],
    }
    return [
        {"services": [copy.deepcopy(OLD_SERVICE)], "failures": []},
        {"taskDefinition": definition},
        {"containerInstances": [instance]},
        {"tasks": [task], "failures": []},
    ]


def loaded(documents: Any, **arguments: Any) -> ecs.Session:
    return ecs.Session.from_ecs(documents, **{"timing": ecs.Timing(), **arguments})


def made(session: ecs.Session) -> set[tuple[str, str]]:
    return {(one.subject, one.what) for one in session.history if one.what in NOTES}


NOTES = ("made", "is kept", "lacks tasks", "is left alone")


def test_a_cluster_of_2017_loads_and_its_next_deployment_ends() -> None:
    """C50: start, what is only named, healthy targets; then a deployment from E1."""
    session = loaded(pages())
    assert session.now == datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)
    assert made(session) == {(GROUP, "made")}
    assert session.advance_until("steady", limit=0)
    client = session.client("ecs")
    health = session.client("elbv2").describe_target_health(TargetGroupArn=GROUP)
    (target,) = health["TargetHealthDescriptions"]
    assert (target["Target"]["Id"], target["Target"]["Port"]) == ("i-1", 32771)
    assert target["TargetHealth"]["State"] == "healthy"
    client.update_service(cluster="prod", service="old", forceNewDeployment=True)
    began = session.now
    assert session.advance_until("steady")
    # 12 s to RUNNING, 30 s to the first check, 300 s of draining, 2 s to stop
    assert session.now - began == timedelta(seconds=344)


def test_every_field_that_came_in_comes_out_again() -> None:
    """C50: of a service, a deployment, an event, an instance."""
    documents = pages()
    service = documents[0]["services"][0]
    service["taskSets"] = []
    service["deployments"][0]["serviceConnectResources"] = [{"discoveryName": "x"}]
    document = loaded(documents).to_ecs()
    (found,) = document["services"]
    assert service.keys() <= found.keys()
    assert found["deployments"][0]["serviceConnectResources"] == [{"discoveryName": "x"}]
    assert found["events"][0]["message"] == "(service old) said"
    assert found["roleArn"] == service["roleArn"]
    assert document["containerInstances"][0]["agentUpdateStatus"] == "UPDATED"


def test_a_service_whose_definition_is_not_there_is_kept_as_it_came() -> None:
    """C50, C48: described and written back, never moved."""
    session = loaded([page for page in pages() if "taskDefinition" not in page])
    assert made(session) == {(f"{HOME}:service/prod/old", "is kept")}
    session.advance(7_200)
    (found,) = session.to_ecs()["services"]
    assert found["deployments"][0]["id"] == DEPLOYMENT
    assert len(session.client("ecs").list_tasks(cluster="prod")["taskArns"]) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        {"launchType": "MANAGED_INSTANCES"},
    ],
)
def test_a_service_that_is_not_modelled_is_kept_as_it_came(change: dict[str, Any]) -> None:
    """C48, D8."""
    documents = pages()
    documents[0]["services"][0].update(change)
    session = loaded(documents)
    assert (f"{HOME}:service/prod/old", "is kept") in made(session)
    session.advance(60)
    (found,) = session.to_ecs()["services"]
    for name, value in change.items():
        assert found.get(name) == value


def test_lists_that_are_not_modelled_are_written_back() -> None:
    """C48, C50."""
    kept = {"CompositeAlarms": [{"AlarmName": "both", "StateUpdatedTimestamp": "2026-02-01"}]}
    session = loaded([*pages(), kept])
    assert session.now == datetime(2026, 2, 1, tzinfo=UTC)
    assert session.to_ecs()["CompositeAlarms"] == kept["CompositeAlarms"]


def test_a_page_about_a_group_has_to_name_it() -> None:
    """C50: unless there is exactly one group."""
    health = {"TargetHealthDescriptions": [{"Target": {"Id": "i-1", "Port": 32771}}]}
    with pytest.raises(DocumentError, match="TargetGroupArn"):
        loaded([*pages(), health])
    unhealthy = {"Target": {"Id": "i-1", "Port": 32771}, "TargetHealth": {"State": "unhealthy"}}
    named = {"TargetHealthDescriptions": [unhealthy], "TargetGroupArn": GROUP}
    session = loaded([*pages(), named])
    found = session.client("elbv2").describe_target_health(TargetGroupArn=GROUP)
    assert found["TargetHealthDescriptions"][0]["TargetHealth"]["State"] == "unhealthy"


def test_records_that_cannot_be_read_are_all_named_or_left_out() -> None:
    """C31."""
    documents = pages()
    bad = copy.deepcopy(documents[0]["services"][0])
    bad |= {"serviceArn": f"{HOME}:service/prod/bad", "serviceName": "bad", "desiredCount": "x"}
    documents[0]["services"].append(bad)
    documents[3]["tasks"].append({"taskArn": f"{HOME}:task/prod/t2", "version": "x"})
    with pytest.raises(DocumentError) as caught:
        loaded(documents)
    assert "services[1].desiredCount" in str(caught.value)
    assert "tasks[1].version" in str(caught.value)
    session = loaded(documents, on_error="skip")
    assert {one.path for one in session.skipped} == {
        "services[1].desiredCount",
        "tasks[1].version",
    }
    with pytest.raises(UsageError):
        loaded(documents, on_error="ignore")


@pytest.mark.parametrize(
    ("network", "path"),
    [
        (5, ""),
        ({"awsvpcConfiguration": 5}, ".awsvpcConfiguration"),
        ({"awsvpcConfiguration": {"subnets": "a"}}, ".awsvpcConfiguration.subnets"),
        ({"awsvpcConfiguration": {"subnets": [5]}}, ".awsvpcConfiguration.subnets[0]"),
        ({"awsvpcConfiguration": {"securityGroups": 5}}, ".awsvpcConfiguration.securityGroups"),
        ({"awsvpcConfiguration": {"assignPublicIp": 5}}, ".awsvpcConfiguration.assignPublicIp"),
    ],
)
def test_c31_a_network_of_another_form_is_refused_with_its_path(network: Any, path: str) -> None:
    documents = pages()
    documents[0]["services"][0]["networkConfiguration"] = network
    with pytest.raises(DocumentError) as caught:
        loaded(documents)
    assert caught.value.path == f"services[0].networkConfiguration{path}"


def test_a_record_that_comes_twice_counts_once() -> None:
    """C31: the higher version; without versions the later lastStatus."""
    documents = pages()
    stopped = {**documents[3]["tasks"][0], "lastStatus": "STOPPED", "desiredStatus": "STOPPED"}
    documents[3]["tasks"].insert(0, stopped)
    session = loaded(documents)
    (found,) = session.to_ecs()["tasks"]
    assert found["lastStatus"] == "STOPPED"
    assert len(session.skipped) == 1


def test_a_task_of_a_record_left_out_is_left_out_and_named() -> None:
    """C31."""
    documents = pages()
    documents[2]["containerInstances"][0]["version"] = "x"
    session = loaded(documents, on_error="skip")
    assert {one.path for one in session.skipped} == {"containerInstances[0].version", "tasks[0]"}


def test_one_cluster_of_several_is_loaded() -> None:
    """C50: ``cluster=``."""
    other = {"clusters": [{"clusterArn": f"{HOME}:cluster/other", "clusterName": "other"}]}
    both = loaded([*pages(), other])
    assert len(both.to_ecs()["clusters"]) == 2
    one = loaded([*pages(), other], cluster="other")
    assert one.client("ecs").list_clusters()["clusterArns"] == [f"{HOME}:cluster/other"]
    with pytest.raises(UsageError, match="prod"):
        loaded(pages(), cluster="nowhere")


def test_a_deployment_under_way_goes_on() -> None:
    """C50: cap_R are the counts found; the breaker's count is what its document says."""
    documents = pages()
    service = documents[0]["services"][0]
    service["deployments"][0] |= {"status": "ACTIVE", "rolloutState": "COMPLETED"}
    new = {
        "id": "ecs-svc/0000000000000000001",
        "status": "PRIMARY",
        "taskDefinition": DEFINITION,
        "rolloutState": "IN_PROGRESS",
        "createdAt": "2026-01-01T00:00:05Z",
    }
    service["deployments"].insert(0, new)
    session = loaded(documents)
    record = session._account.clusters["prod"].services["old"]
    assert [one.cap for one in record.deployments] == [None, 1]
    assert session.advance_until("steady")
    described = session.client("ecs").describe_services(cluster="prod", services=["old"])
    (entry,) = described["services"][0]["deployments"]
    assert (entry["id"], entry["rolloutState"]) == (new["id"], "COMPLETED")


def test_the_health_of_an_instance_comes_back() -> None:
    """Every field that came in is written (C50)."""
    document = copy.deepcopy(pages())
    health = {"overallStatus": "IMPAIRED", "details": [{"type": "CONTAINER_RUNTIME"}]}
    (instances,) = [one for one in document if "containerInstances" in one]
    instances["containerInstances"][0]["healthStatus"] = health
    session = ecs.Session.from_ecs(document)
    written = session.to_ecs()
    assert written["containerInstances"][0]["healthStatus"] == health
    again = ecs.Session.from_ecs(written)
    arn = written["containerInstances"][0]["containerInstanceArn"]
    (told,) = again.client("ecs").describe_container_instances(
        cluster="prod", containerInstances=[arn], include=["CONTAINER_INSTANCE_HEALTH"]
    )["containerInstances"]
    assert told["healthStatus"] == health
    assert "healthStatus" not in ecs.Session.from_ecs(pages()).to_ecs()["containerInstances"][0]


def test_a_service_that_is_kept_is_not_asked_for_again() -> None:
    """Its document came in: to print it once more helps nobody."""
    document = copy.deepcopy(pages())
    (services,) = [one for one in document if "services" in one]
    services["services"][0] |= {"deploymentController": {"type": "EXTERNAL"}, "deployments": []}
    session = ecs.Session.from_ecs(document)
    found = session.client("ecs").describe_services(cluster="prod", services=["old"])["services"]
    told = ecs.lint_service(found[0], session=session, cluster="prod")
    kept = [one for one in told if "is kept" in one.message]
    assert [(one.code, one.advice) for one in kept] == [("incomplete-dump", "")]


def test_percents_that_are_refused_today_load_b45() -> None:
    """Services older than the rule have 100/100; a new one is refused (D6)."""
    documents = pages()
    percents = {"minimumHealthyPercent": 100, "maximumPercent": 100}
    documents[0]["services"][0]["deploymentConfiguration"] = percents
    session = loaded(documents)
    client = session.client("ecs")
    (found,) = client.describe_services(cluster="prod", services=["old"])["services"]
    assert found["deploymentConfiguration"]["maximumPercent"] == 100
    warnings = {one.code for one in ecs.lint_service(found, session=session, cluster="prod")}
    assert "blocking-percents" in warnings
    with pytest.raises(ecs.ClientError, match="cannot be 100 as this will block deployments"):
        client.create_service(
            cluster="prod",
            serviceName="new",
            taskDefinition=found["taskDefinition"],
            desiredCount=1,
            deploymentConfiguration=percents,
        )


def test_a_service_without_arn_is_refused_by_the_name_of_the_key_c50() -> None:
    with pytest.raises(DocumentError) as caught:
        loaded({"services": [{"serviceName": "web"}]})
    assert caught.value.path == "services[0].serviceArn"


@pytest.mark.parametrize("name", [[], {}, 5])
def test_a_container_whose_name_is_no_text_is_refused_c50(name: Any) -> None:
    """Its tasks would be looked up by it."""
    session = ecs.Session()
    client = session.client("ecs")
    client.create_cluster()
    container = {"name": "c", "image": "c:1", "cpu": 128, "memory": 128}
    client.register_task_definition(family="web", containerDefinitions=[container])
    client.create_service(serviceName="web", taskDefinition="web", desiredCount=1)
    document = session.to_ecs()
    document["taskDefinitions"][0]["containerDefinitions"][0]["name"] = name
    with pytest.raises(
        DocumentError, match=r"expected text, not .*containerDefinitions\[0\]\.name"
    ):
        loaded(document)


def test_functions_of_the_caller_are_named_and_not_written_c50() -> None:
    session = loaded(pages(), behaviour=lambda _: ecs.Behaviour(pull_seconds=1))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:check"
    session.register_function(arn, lambda *_: {"hookStatus": "SUCCEEDED"})
    written = session.to_ecs()
    assert written["placementState"]["functions"] == ["behaviour", f"function {arn}"]
    again = ecs.Session.from_ecs(written)
    assert "functions" not in again.to_ecs()["placementState"]


def test_a_rollback_without_a_candidate_comes_back_without_one_c50() -> None:
    """Nothing is invented for a deployment that has ended."""
    session = ecs.Session(start=datetime(2026, 3, 1, tzinfo=UTC), timing=ecs.Timing())
    client = session.client("ecs")
    client.create_cluster()
    container = {"name": "web", "image": "nginx", "cpu": 256, "memory": 128}
    client.register_task_definition(family="web", containerDefinitions=[container])
    client.create_service(serviceName="web", taskDefinition="web", desiredCount=0)
    session.advance(60)
    document = session.to_ecs()
    [run] = document["serviceDeployments"]
    run |= {"status": "ROLLBACK_FAILED", "statusReason": "Rollback failed: no rollback candidate."}
    [found] = ecs.Session.from_ecs(document).to_ecs()["serviceDeployments"]
    assert found == run


def shop(**port: int) -> tuple[ecs.Session, Any]:
    """Return a session and its client, with two machines and one task definition."""
    session = ecs.Session(start=datetime(2026, 1, 1, tzinfo=UTC))
    client = session.client("ecs")
    client.create_cluster(clusterName="shop")
    for zone in "ab":
        client.register_container_instance(
            cluster="shop", **ecs.machine("m5.large", f"us-east-1{zone}")
        )
    container = {"name": "app", "image": "nginx", "cpu": 64, "memory": 64}
    ports = [{"containerPort": 80, **port}] if port else []
    client.register_task_definition(
        family="web", containerDefinitions=[{**container, "portMappings": ports}]
    )
    return session, client


def test_a_rise_from_0_that_no_pass_has_seen_comes_back_c50() -> None:
    """D119: what the last pass saw is written when it is 0, and not taken for the present count."""
    session, client = shop()
    client.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=0)
    session.advance(60)
    client.update_service(cluster="shop", service="web", desiredCount=3)
    document = session.to_ecs()
    (state,) = document["placementState"]["services"].values()
    assert state["desiredSeen"] == 0
    assert ecs.Session.from_ecs(document).to_ecs() == document


def test_host_ports_of_an_instance_that_is_gone_are_not_written_c50() -> None:
    """D62: no document describes it, so that nobody could read where its search starts."""
    session, client = shop(hostPort=0)
    client.run_task(cluster="shop", taskDefinition="web", count=4)
    before = session.to_ecs()["placementState"]["ports"]["shop"]
    gone, left = sorted(before)
    client.deregister_container_instance(cluster="shop", containerInstance=gone, force=True)
    document = session.to_ecs()
    assert document["placementState"]["ports"] == {"shop": {left: before[left]}}
    assert ecs.Session.from_ecs(document).to_ecs() == document


def test_counts_of_a_revision_that_is_listed_no_more_come_back_c50() -> None:
    """D17: a deployment under way shows the last pass's counts, of revisions that are gone too."""
    session, client = shop()
    client.create_service(cluster="shop", serviceName="web", taskDefinition="web", desiredCount=3)
    session.advance(60)
    client.update_service(cluster="shop", service="web", forceNewDeployment=True)
    client.delete_service(cluster="shop", service="web", force=True)
    document = session.to_ecs()
    (service,) = document["services"]
    del service["deployments"][1]
    run = document["serviceDeployments"][0]
    (source,) = run["sourceServiceRevisions"]
    assert (run["status"], source["requestedTaskCount"]) == ("STOP_REQUESTED", 3)
    assert ecs.Session.from_ecs(document).to_ecs()["serviceDeployments"][0] == run


def test_the_count_at_a_failure_is_not_written_for_the_deployment_after_it_c50() -> None:
    """D119: a new deployment forgets it, when its first pass begins it."""
    session, client = shop()
    client.register_task_definition(
        family="huge", containerDefinitions=[{"name": "app", "image": "i", "memory": 10**6}]
    )
    client.create_service(
        cluster="shop",
        serviceName="web",
        taskDefinition="huge",
        desiredCount=2,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )
    session.advance(3600)
    document = session.to_ecs()
    (state,) = document["placementState"]["services"].values()
    assert state["desiredAtFailure"] == 2
    client.update_service(cluster="shop", service="web", taskDefinition="web")
    document = session.to_ecs()
    loaded = ecs.Session.from_ecs(document)
    assert loaded.to_ecs() == document
    for one in (session, loaded):
        one.advance(600)
    assert loaded.to_ecs() == session.to_ecs()
