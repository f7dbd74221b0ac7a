"""The model of a service: operations, shapes, errors, paginators and waiters, as botocore has them.

In: ``data/<service>.json``, which ``tools/make_service_model.py`` writes from botocore's model of
the service.  Out: ``ServiceModel``.  Checks no parameter and calls no operation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import attrs

from placement.aws.errors import ErrorShape
from placement.aws.expressions import Expression, compile_expression

__all__ = [
    "Acceptor",
    "ListShape",
    "MapShape",
    "OperationModel",
    "Pagination",
    "ServiceModel",
    "Shape",
    "StructureShape",
    "WaiterModel",
    "load_service_model",
]


@attrs.frozen(eq=False)
class Shape:
    """The type of a parameter, or of a part of one.  No shape contains itself.

    Attributes:
        name: The model's name for it: ``RunTaskRequest``.
        type_name: ``structure``, ``list``, ``map``, ``string``, ``integer``, ``long``, ``double``,
            ``boolean``, ``timestamp``, or ``document`` for any JSON value.
        enum: Of a string: the values that the service documents.
        minimum: The least value of a number, the least length of a string or list.
        maximum: The largest.
    """

    name: str
    type_name: str
    enum: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    minimum: float | None = attrs.field(default=None, kw_only=True)
    maximum: float | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(eq=False)
class StructureShape(Shape):
    """An object with named members.

    Attributes:
        members: Their shapes by name.
        required: The names of those that must be given.
        is_union: Whether exactly one must be given.
    """

    members: Mapping[str, Shape] = attrs.field(kw_only=True, repr=False)
    required: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    is_union: bool = attrs.field(default=False, kw_only=True)


@attrs.frozen(eq=False)
class ListShape(Shape):
    """A list; ``member`` is the shape of its items."""

    member: Shape = attrs.field(kw_only=True, repr=False)


@attrs.frozen(eq=False)
class MapShape(Shape):
    """An object with any keys, of the shape ``key``, whose values have the shape ``value``."""

    key: Shape = attrs.field(kw_only=True, repr=False)
    value: Shape = attrs.field(kw_only=True, repr=False)


@attrs.frozen
class Pagination:
    """How an operation answers in pages.

    Attributes:
        input_token: The parameter that takes the token of a page.
        output_token: The field of the answer with the token of the next page.
        limit_key: The parameter that takes the largest number of items of a page.
        result_keys: The fields of the answer with the page's items; the first one is limited.
    """

    input_token: str
    output_token: str
    limit_key: str
    result_keys: tuple[str, ...]


@attrs.frozen(eq=False)
class Acceptor:
    """What a waiter makes of an answer that fits.

    Attributes:
        state: ``success``, ``failure`` or ``retry``.
        matcher: What is compared: ``path`` (the value of an expression), ``pathAll`` and
            ``pathAny`` (the items of a list that is not empty), ``status`` (of HTTP) or ``error``
            (the code; True: any error).
        expected: The value that fits.
        argument: The text of the expression; empty for ``status`` and ``error``.
        expression: The expression as a function of an answer.
    """

    state: str
    matcher: str
    expected: Any
    argument: str = ""
    expression: Expression | None = attrs.field(default=None, repr=False)

    def matches(self, response: Mapping[str, Any]) -> bool:
        """Return whether an answer, or the ``response`` of a refusal, fits."""
        error = response.get("Error")
        if self.matcher == "status":
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            return bool(status == self.expected)
        if self.matcher == "error":
            if isinstance(self.expected, bool):
                return (error is not None) is self.expected
            return error is not None and bool(error.get("Code") == self.expected)
        if error is not None or self.expression is None:
            return False
        found = self.expression(response)
        if self.matcher == "path":
            return bool(found == self.expected)
        if not isinstance(found, list) or not found:
            return False
        fitting = (item == self.expected for item in found)
        return all(fitting) if self.matcher == "pathAll" else any(fitting)

    def __str__(self) -> str:
        match self.matcher:
            case "status":
                return f"HTTP status {self.expected}"
            case "error":
                return f"error {self.expected}"
            case "pathAll":
                return f"every item of {self.argument} is {self.expected}"
            case "pathAny":
                return f"an item of {self.argument} is {self.expected}"
        return f"{self.argument} is {self.expected}"


@attrs.frozen(eq=False)
class WaiterModel:
    """What a waiter waits for.

    Attributes:
        name: The API's name: ``TasksRunning``.
        method: The method that it calls: ``describe_tasks``.
        delay: Seconds between two calls.
        max_attempts: How many calls it makes.
        acceptors: What it makes of an answer; the first one that fits decides.
    """

    name: str
    method: str
    delay: int
    max_attempts: int
    acceptors: tuple[Acceptor, ...]


@attrs.frozen(eq=False)
class OperationModel:
    """An operation.

    Attributes:
        name: The API's name: ``RunTask``.
        method: The client's name: ``run_task``.
        input_shape: The structure of its parameters.
        pagination: How it answers in pages; None: it does not.
        only_reads: Whether it leaves the account as it is: AWS names those by their verb.
    """

    name: str
    method: str
    input_shape: StructureShape
    pagination: Pagination | None = None

    only_reads: bool = attrs.field(init=False)

    @only_reads.default
    def _only_reads(self) -> bool:
        return self.name.startswith(("Describe", "Get", "List"))


@attrs.frozen(eq=False)
class ServiceModel:
    """A service.

    Attributes:
        service_id: The service's name in messages: ``ECS``.
        operations: The operations that this library has, by the API's name.
        methods: The same by the client's name.
        absent: The methods that botocore's client has and this library does not.
        shapes: The shapes of all parameters, by name.
        errors: Its errors.
        waiters: The waiters for its operations, by the client's name: ``tasks_running``.
        absent_waiters: The waiters that botocore's client has and this library does not, for want
            of the operation.
    """

    service_id: str
    operations: Mapping[str, OperationModel]
    absent: frozenset[str]
    shapes: Mapping[str, Shape] = attrs.field(repr=False)
    errors: tuple[ErrorShape, ...]
    waiters: Mapping[str, WaiterModel] = attrs.field(factory=dict, repr=False)
    absent_waiters: frozenset[str] = frozenset()
    methods: Mapping[str, OperationModel] = attrs.field(init=False, repr=False)

    @methods.default
    def _methods(self) -> Mapping[str, OperationModel]:
        return {operation.method: operation for operation in self.operations.values()}

    def with_operations(self, *operations: OperationModel) -> ServiceModel:
        """Return the model with operations that the service itself does not have."""
        added = {operation.name: operation for operation in operations}
        return attrs.evolve(self, operations={**self.operations, **added})


def load_service_model(service: str) -> ServiceModel:
    """Return the model of a service by boto3's name for it: ``ecs``."""
    text = (files("placement.aws") / "data" / f"{service}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    shapes: dict[str, Shape] = {}
    for name in document["shapes"]:
        _add_shape(name, document["shapes"], shapes)
    return ServiceModel(
        service_id=document["serviceId"],
        operations={
            name: _operation(name, one, shapes) for name, one in document["operations"].items()
        },
        absent=frozenset(document["absent"]),
        shapes=shapes,
        errors=tuple(
            ErrorShape(name, one["code"], one["status"]) for name, one in document["errors"].items()
        ),
        waiters={name: _waiter(one) for name, one in document["waiters"].items()},
        absent_waiters=frozenset(document["absentWaiters"]),
    )


def _add_shape(
    name: str, documents: Mapping[str, Mapping[str, Any]], shapes: dict[str, Shape]
) -> Shape:
    """Return a shape; it and those it consists of are added to ``shapes``."""
    if name in shapes:
        return shapes[name]

    def part(of: str) -> Shape:
        return _add_shape(of, documents, shapes)

    match documents[name]:
        case {"type": "structure", "members": members, **rest}:
            shapes[name] = StructureShape(
                name,
                "structure",
                members={key: part(member) for key, member in members.items()},
                required=tuple(rest.get("required", ())),
                is_union=rest.get("union", False),
            )
        case {"type": "list", "member": member, **rest}:
            shapes[name] = ListShape(
                name,
                "list",
                member=part(member),
                minimum=rest.get("min"),
                maximum=rest.get("max"),
            )
        case {"type": "map", "key": key, "value": value}:
            shapes[name] = MapShape(name, "map", key=part(key), value=part(value))
        case {"type": type_name, **rest}:
            shapes[name] = Shape(
                name,
                type_name,
                enum=tuple(rest.get("enum", ())),
                minimum=rest.get("min"),
                maximum=rest.get("max"),
            )
    return shapes[name]


def _operation(
    name: str, document: Mapping[str, Any], shapes: Mapping[str, Shape]
) -> OperationModel:
    input_shape = shapes[document["input"]]
    if not isinstance(input_shape, StructureShape):
        raise TypeError(f"the parameters of {name} are no structure")
    pages: Mapping[str, Any] | None = document.get("pagination")
    pagination = pages and Pagination(
        pages["inputToken"], pages["outputToken"], pages["limitKey"], tuple(pages["resultKeys"])
    )
    return OperationModel(name, document["method"], input_shape, pagination or None)


def _waiter(document: Mapping[str, Any]) -> WaiterModel:
    return WaiterModel(
        document["name"],
        document["method"],
        document["delay"],
        document["maxAttempts"],
        tuple(map(_acceptor, document["acceptors"])),
    )


def _acceptor(document: Mapping[str, Any]) -> Acceptor:
    tree = document.get("expression")
    return Acceptor(
        document["state"],
        document["matcher"],
        document["expected"],
        document.get("argument", ""),
        None if tree is None else compile_expression(tree),
    )
