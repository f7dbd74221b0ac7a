"""Documents of container instances as describe-container-instances prints them."""

from __future__ import annotations

from typing import Any

ARN = "arn:aws:ecs:us-east-1:123456789012:container-instance/prod/"
DEFINITION = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:8"


def machine(id: str, memory: int = 1000, **fields: Any) -> dict[str, Any]:
    """Return the document of an instance with 1,024 CPU units."""
    resources = [
        {"name": "CPU", "type": "INTEGER", "integerValue": 1024},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
    ]
    return {
        "containerInstanceArn": ARN + id,
        "ec2InstanceId": f"i-{id}",
        "attributes": [
            {"name": "ecs.availability-zone", "value": "a"},
            {"name": "ecs.subnet-id", "value": "subnet-a"},
            {"name": "ecs.vpc-id", "value": "vpc-1"},
        ],
        "registeredResources": resources,
        "remainingResources": resources,
        **fields,
    }
