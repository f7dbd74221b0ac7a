"""A definition for external instances may have constraints, and RunTask obeys them (A31)."""

from __future__ import annotations

from placement import ecs


def test_a31_a_definition_for_external_instances_may_have_constraints() -> None:
    client = ecs.Client()
    client.create_cluster(clusterName="default")
    arns = {}
    for site in ("north", "south"):
        answer = client.register_container_instance(
            totalResources=[
                {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
                {"name": "MEMORY", "type": "INTEGER", "integerValue": 1024},
            ],
            attributes=[
                {"name": "ecs.capability.external"},
                {"name": "site", "value": site},
            ],
        )
        arns[site] = answer["containerInstance"]["containerInstanceArn"]
    client.register_task_definition(
        family="web",
        requiresCompatibilities=["EXTERNAL"],
        containerDefinitions=[{"name": "web", "image": "nginx", "memory": 100}],
        placementConstraints=[{"type": "memberOf", "expression": "attribute:site == south"}],
    )
    answer = client.run_task(taskDefinition="web", count=3, launchType="EXTERNAL")
    placed = {task["containerInstanceArn"] for task in answer["tasks"]}
    assert (len(answer["tasks"]), placed) == (3, {arns["south"]})
    only = [{"type": "memberOf", "expression": "attribute:site == north"}]
    answer = client.run_task(taskDefinition="web", launchType="EXTERNAL", placementConstraints=only)
    assert answer["tasks"] == []
    reasons = {failure["reason"] for failure in answer["failures"]}
    assert reasons == {"MemberOf placement constraint unsatisfied."}
