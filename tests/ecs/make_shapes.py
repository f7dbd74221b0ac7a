"""Write ``src/placement/ecs/data/shapes.json`` from the service model of the installed botocore.

    python tests/ecs/make_shapes.py

``test_shapes.py`` holds the file to the model.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session

OPERATIONS = [
    "CreateCluster",
    "DeleteAttributes",
    "DeleteCluster",
    "DeregisterContainerInstance",
    "DeregisterTaskDefinition",
    "DescribeClusters",
    "DescribeContainerInstances",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "GetTaskProtection",
    "ListAttributes",
    "ListClusters",
    "ListContainerInstances",
    "ListTaskDefinitionFamilies",
    "ListTaskDefinitions",
    "ListTasks",
    "PutAttributes",
    "RegisterContainerInstance",
    "RegisterTaskDefinition",
    "RunTask",
    "StartTask",
    "StopTask",
    "UpdateContainerInstancesState",
    "UpdateTaskProtection",
]

FILE = Path(__file__).resolve().parents[2] / "src" / "placement" / "ecs" / "data" / "shapes.json"


def shapes_of_model() -> dict[str, Any]:
    """Return the shapes of all operations' parameters, by name."""
    model = botocore.session.get_session().get_service_model("ecs")
    shapes: dict[str, Any] = {}

    def add(shape: Any) -> str:
        name = str(shape.name)
        if name in shapes:
            return name
        found: dict[str, Any] = {"type": shape.type_name}
        shapes[name] = found
        if shape.type_name == "structure":
            found["members"] = {key: add(member) for key, member in shape.members.items()}
            if shape.required_members:
                found["required"] = list(shape.required_members)
            if shape.is_tagged_union:
                found["union"] = True
        elif shape.type_name == "list":
            found["member"] = add(shape.member)
        elif shape.type_name == "map":
            found["key"], found["value"] = add(shape.key), add(shape.value)
        if getattr(shape, "enum", None):
            found["enum"] = list(shape.enum)
        if "min" in shape.metadata:
            found["min"] = shape.metadata["min"]
        return name

    operations = {name: add(model.operation_model(name).input_shape) for name in OPERATIONS}
    return {
        "source": "the Amazon ECS service model in botocore (Apache License 2.0)",
        "operations": operations,
        "shapes": shapes,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(shapes_of_model(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: from botocore {botocore.__version__}")  # noqa: T201
