"""The data of a service is what botocore's model and the registry of its operations say (C23)."""

from __future__ import annotations

import botocore.session
import pytest

from make_service_model import DATA, SERVICES, add_shape, document_of, operations_of, text_of
from placement.aws.service_model import StructureShape, load_service_model
from placement.ecs.calls.ecs.registry import OPERATIONS
from placement.ecs.service import MODEL


@pytest.mark.parametrize("service", SERVICES)
def test_the_file_is_what_the_installed_botocore_says(service: str) -> None:
    """A newer botocore may know more: then run ``tools/make_service_model.py`` again."""
    text = (DATA / f"{service}.json").read_text(encoding="utf-8")
    assert text == text_of(document_of(service, operations_of(service)))


def test_every_service_with_data_is_compared() -> None:
    assert {path.stem for path in DATA.glob("*.json")} == set(SERVICES)


def test_the_registry_of_ecs_has_the_models_operations() -> None:
    assert set(MODEL.operations) == set(OPERATIONS)
    ours = set(MODEL.operations) - set(load_service_model("ecs").operations)
    assert ours == {"RegisterSubnet", "SetAgentConnected"}


def test_operations_that_read_are_known_by_their_verb() -> None:
    """C55."""
    reading = {one.method for one in MODEL.operations.values() if one.only_reads}
    assert {"list_tasks", "describe_tasks", "get_task_protection"} <= reading
    changing = {one.method for one in MODEL.operations.values()} - reading
    assert {"run_task", "stop_task", "put_attributes", "register_subnet"} <= changing


def test_a_shape_that_contains_itself_has_no_place_in_the_data() -> None:
    """Values are followed as deep as their shapes go: a shape without end would have no bound."""
    model = botocore.session.get_session().get_service_model("dynamodb")
    with pytest.raises(ValueError, match="AttributeValue contains itself"):
        add_shape(model.operation_model("PutItem").input_shape, {}, ())


def test_shapes_are_read_as_they_are_written() -> None:
    shape = load_service_model("ecs").operations["RunTask"].input_shape
    assert isinstance(shape, StructureShape)
    assert shape.name == "RunTaskRequest"
    assert shape.required == ("taskDefinition",)
    assert shape.members["launchType"].enum[:2] == ("EC2", "FARGATE")
    assert shape.members["count"].type_name == "integer"
