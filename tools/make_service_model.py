"""Write ``src/placement/aws/data/<service>.json`` from the service model of the installed botocore.

    python tools/make_service_model.py

Which operations a service has is what its registry of operation functions says.  Run it after a
function was registered, or after botocore was upgraded; ``tests/unit/aws/test_service_model.py``
compares the files with the installed botocore.  A service that is new gets a file without
operations first, because its registry cannot be imported before.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import botocore.session
import jmespath
from botocore import xform_name

from placement.aws.expressions import compile_expression

SERVICES: Mapping[str, str] = {
    service: f"placement.ecs.calls.{service.replace('-', '_')}.registry"
    for service in ("application-autoscaling", "autoscaling", "cloudwatch", "ecs", "elbv2")
}
"""The module with the registry of each service's operations."""

MATCHERS = ("path", "pathAll", "pathAny", "status", "error")
"""How an acceptor of a waiter compares; ``placement.aws.service_model.Acceptor`` knows these."""

DATA = Path(__file__).resolve().parents[1] / "src" / "placement" / "aws" / "data"


def operations_of(service: str) -> Collection[str]:
    """Return the operations of a service's registry; the service may not have all of them."""
    found: Collection[str] = importlib.import_module(SERVICES[service]).OPERATIONS
    return found


def document_of(service: str, registered: Collection[str]) -> dict[str, Any]:
    """Return the data of a service with those of its operations that are registered."""
    session = botocore.session.get_session()
    model = session.get_service_model(service)
    shapes: dict[str, Any] = {}
    operations = {
        name: {
            "method": xform_name(name),
            "input": add_shape(model.operation_model(name).input_shape, shapes, ()),
            **dict(pagination(session, service, name)),
        }
        for name in sorted(registered)
        if name in model.operation_names
    }
    return {
        "source": f"the service model of {service} in botocore (Apache License 2.0)",
        "serviceId": str(model.service_id),
        "operations": operations,
        "absent": sorted(xform_name(one) for one in model.operation_names if one not in operations),
        "errors": dict(errors(session, service)),
        "waiters": dict(waiters(session, service, operations)),
        "absentWaiters": absent_waiters(session, service, operations),
        "shapes": shapes,
    }


def add_shape(shape: Any, shapes: dict[str, Any], inside: tuple[str, ...]) -> str:
    """Add a shape and those it consists of to ``shapes``; return its name.

    Raises:
        ValueError: it contains itself; ``placement.aws.shapes`` follows values without a limit.
    """
    name = str(shape.name)
    if name in inside:
        raise ValueError(f"{name} contains itself")
    if name in shapes:
        return name
    path = (*inside, name)
    found: dict[str, Any] = {"type": shape.type_name}
    shapes[name] = found
    if getattr(shape, "is_document_type", False):
        found["type"] = "document"
    elif shape.type_name == "structure":
        found["members"] = {
            key: add_shape(member, shapes, path) for key, member in shape.members.items()
        }
        if shape.required_members:
            found["required"] = list(shape.required_members)
        if shape.is_tagged_union:
            found["union"] = True
    elif shape.type_name == "list":
        found["member"] = add_shape(shape.member, shapes, path)
    elif shape.type_name == "map":
        found["key"] = add_shape(shape.key, shapes, path)
        found["value"] = add_shape(shape.value, shapes, path)
    if getattr(shape, "enum", None):
        found["enum"] = list(shape.enum)
    found.update((key, shape.metadata[key]) for key in ("min", "max") if key in shape.metadata)
    return name


def pagination(
    session: botocore.session.Session, service: str, operation: str
) -> Iterator[tuple[str, Any]]:
    """Yield how an operation answers in pages, if it does."""
    loader = session.get_component("data_loader")
    pages = loader.load_service_model(service, "paginators-1")["pagination"].get(operation)
    if pages is None:
        return
    keys = pages["result_key"]
    yield (
        "pagination",
        {
            "inputToken": pages["input_token"],
            "outputToken": pages["output_token"],
            "limitKey": pages["limit_key"],
            "resultKeys": keys if isinstance(keys, list) else [keys],
        },
    )


def errors(session: botocore.session.Session, service: str) -> Iterator[tuple[str, Any]]:
    """Yield the service's errors by name: code and HTTP status."""
    raw = session.get_component("data_loader").load_service_model(service, "service-2")["shapes"]
    for shape in sorted(session.get_service_model(service).error_shapes, key=lambda one: one.name):
        status = shape.metadata.get("error", {}).get("httpStatusCode")
        fault = raw[shape.name].get("fault", False)
        yield shape.name, {"code": shape.error_code, "status": status or (500 if fault else 400)}


# Waiters


def waiters_of(session: botocore.session.Session, service: str) -> dict[str, Any]:
    """Return botocore's waiters of a service by name; some services have none."""
    loader = session.get_component("data_loader")
    if service not in loader.list_available_services("waiters-2"):
        return {}
    found: dict[str, Any] = loader.load_service_model(service, "waiters-2")["waiters"]
    return found


def waiters(
    session: botocore.session.Session, service: str, operations: Collection[str]
) -> Iterator[tuple[str, Any]]:
    """Yield the waiters for the operations, by the client's name."""
    for name, waiter in sorted(waiters_of(session, service).items()):
        if waiter["operation"] in operations:
            yield (
                xform_name(name),
                {
                    "name": name,
                    "method": xform_name(waiter["operation"]),
                    "delay": waiter["delay"],
                    "maxAttempts": waiter["maxAttempts"],
                    "acceptors": [acceptor(one) for one in waiter["acceptors"]],
                },
            )


def absent_waiters(
    session: botocore.session.Session, service: str, operations: Collection[str]
) -> list[str]:
    """Return the names of the waiters for other operations."""
    found = waiters_of(session, service).items()
    return sorted(xform_name(name) for name, one in found if one["operation"] not in operations)


def acceptor(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an acceptor with its expression parsed.

    Raises:
        ValueError: ``placement.aws`` does not know the matcher.
    """
    found = {name: document[name] for name in ("state", "matcher", "expected")}
    if document["matcher"] not in MATCHERS:
        raise ValueError(f"no matcher {document['matcher']!r}")
    if "argument" in document:
        found["argument"] = document["argument"]
        found["expression"] = expression(document["argument"])
    return found


def expression(text: str) -> list[Any]:
    """Return an expression of JMESPath as ``placement.aws.expressions`` reads it.

    Raises:
        ValueError: it has a node that the module does not know.
    """
    found = _node(jmespath.compile(text).parsed)
    compile_expression(found)
    return found


def _node(tree: Mapping[str, Any]) -> list[Any]:
    kind, value = tree["type"], tree.get("value")
    parts = [_node(part) for part in tree["children"]]
    match kind:
        case "field" | "literal":
            return [kind, value]
        case "comparator" | "function_expression":
            return [value, *parts]
        case "filter_projection":
            return ["filter", *parts]
        case "not_expression" | "and_expression":
            return [kind.removesuffix("_expression"), *parts]
    return [kind, *parts]


def text_of(document: Mapping[str, Any]) -> str:
    """Return the text of a file."""
    return json.dumps(document, indent=1) + "\n"


if __name__ == "__main__":
    for service in SERVICES:
        path = DATA / f"{service}.json"
        if not path.exists():
            path.write_text(text_of(document_of(service, ())), encoding="utf-8")
        document = document_of(service, operations_of(service))
        path.write_text(text_of(document), encoding="utf-8")
        print(f"{service}.json: from botocore {botocore.__version__}")
