"""What is asked of the engine: a task, its constraints and its strategies.

Values are right by construction; a bad one is refused with the field's name and the value.  Units
are those of ECS: CPU units (1,024 are one vCPU), MiB of memory, whole GPUs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs

from placement.engine.plugins import AnyRanker, Filter
from placement.errors import DocumentError, describe_value
from placement.model.checks import (
    as_tuple,
    checked_amount,
    checked_amounts,
    checked_attributes,
    checked_flag,
    checked_gpu_amount,
    checked_neuron_devices,
    checked_ports,
    checked_text,
    checked_texts,
    frozen_amounts,
    frozen_mapping,
    is_one_of,
    optional,
    ports_tuple,
    validator,
)
from placement.model.numbers import plain_flag, plain_number, whole_number
from placement.model.representation import given_fields
from placement.query.query import Query, compile

__all__ = [
    "BUILT_IN_CONSTRAINTS",
    "MAX_CONSTRAINTS",
    "MAX_STRATEGIES",
    "AtMost",
    "BinPack",
    "Constraint",
    "ConstraintOrFilter",
    "DistinctInstance",
    "MemberOf",
    "Random",
    "Spread",
    "Strategy",
    "StrategyOrRanker",
    "Task",
    "ZoneSkew",
]

MAX_CONSTRAINTS = 10
"""Constraints of ECS a request may have, those of the task and of the call together (2.6).

Those that ECS does not know (``AtMost``, ``ZoneSkew``, user-defined filters) do not count.
"""

MAX_STRATEGIES = 5
"""Strategies a request may have (2.9)."""


def _as_query(value: str | Query) -> Query:
    return value if isinstance(value, Query) else compile(value)


@attrs.frozen
class MemberOf:
    """Only instances for which the expression is true.

    ``query`` is an expression's text or a compiled ``Query``.

    Raises:
        CqlError: the text is no valid expression.
    """

    query: Query = attrs.field(converter=_as_query)

    def __str__(self) -> str:
        return f"memberOf({self.query})"


@attrs.frozen
class DistinctInstance:
    """Each task of the group on another instance (2.6)."""

    def __str__(self) -> str:
        return "distinctInstance"


def _checked_limit(value: Any, path: str) -> None:
    if whole_number(value) is None or value < 1:
        raise DocumentError(f"expected a whole number from 1, not {describe_value(value)}", path)
    checked_amount(value, path)


@attrs.frozen
class AtMost:
    """At most so many tasks of the group on an instance (C38; no constraint of ECS).

    Of several the smallest binds; ``AtMost(1)`` rules out what ``DistinctInstance`` rules out.

    Attributes:
        count: The largest number of tasks of the group on an instance, from 1.

    Raises:
        DocumentError: ``count`` is no whole number from 1.
    """

    count: int = attrs.field(converter=plain_number, validator=validator(_checked_limit))

    def __str__(self) -> str:
        return f"atMost({self.count})"


@attrs.frozen
class ZoneSkew:
    """Zones stay within a distance of each other (C38; no constraint of ECS).

    A task may go to an instance if the tasks of its group in the instance's availability zone, this
    one included, are at most ``max`` more than those in the zone with the fewest.  Zones are those
    of the ACTIVE instances that pass the checks of attributes, location and memberOf, whether they
    have room or not (A53); instances without the attribute are one zone, as for spread (A34).  Of
    several the smallest binds.

    Attributes:
        max: The largest distance between a zone and the one with the fewest tasks, from 1.

    Raises:
        DocumentError: ``max`` is no whole number from 1.
    """

    max: int = attrs.field(converter=plain_number, validator=validator(_checked_limit))

    def __str__(self) -> str:
        return f"zoneSkew({self.max})"


Constraint = MemberOf | DistinctInstance | AtMost | ZoneSkew
ConstraintOrFilter = Constraint | Filter

BUILT_IN_CONSTRAINTS = (MemberOf, DistinctInstance, AtMost, ZoneSkew)
"""The classes of ``Constraint``; whatever else is among constraints is a user-defined filter."""


def _checked_spread_field(value: Any, path: str) -> None:
    if is_one_of(value, ("instanceId", "host")):
        return
    if isinstance(value, str) and value.startswith("attribute:"):
        checked_text(value[len("attribute:") :], path)
        return
    message = f"expected instanceId, host or attribute:NAME, not {describe_value(value)}"
    raise DocumentError(message, path)


@attrs.frozen
class Spread:
    """Prefer the bucket with the fewest tasks of the group (2.9, A33).

    Attributes:
        field: ``instanceId`` (or ``host``), or ``attribute:NAME``.
        count_draining: Count tasks on DRAINING instances too (A33).
        count_old_revisions: Count tasks of other revisions of the task's family too (A33).
    """

    field: str = attrs.field(validator=validator(_checked_spread_field))
    count_draining: bool = attrs.field(
        default=True, kw_only=True, converter=plain_flag, validator=validator(checked_flag)
    )
    count_old_revisions: bool = attrs.field(
        default=True, kw_only=True, converter=plain_flag, validator=validator(checked_flag)
    )

    def __str__(self) -> str:
        return f"spread({self.field})"


def _resource_name(value: Any) -> Any:
    """Return ``cpu``, ``memory`` and ``gpu`` in lower case, however they are written (B24)."""
    lower = value.lower() if isinstance(value, str) else ""
    return lower if lower in ("cpu", "memory", "gpu") else value


@attrs.frozen
class BinPack:
    """Prefer the instance with the least left of a resource (2.9).

    ``field`` is ``cpu`` or ``memory``; as an extension ``gpu`` or the name of a further resource.
    """

    field: str = attrs.field(converter=_resource_name, validator=validator(checked_text))

    def __str__(self) -> str:
        return f"binpack({self.field})"


@attrs.frozen
class Random:
    """Choose among the instances left, each with the same chance (C19)."""

    def __str__(self) -> str:
        return "random"


Strategy = Spread | BinPack | Random
StrategyOrRanker = Strategy | AnyRanker


def _checked_constraints(value: Any, path: str) -> None:
    if not isinstance(value, tuple):
        raise DocumentError(f"expected several constraints, not {describe_value(value)}", path)
    for constraint in value:
        if not isinstance(constraint, MemberOf):
            raise DocumentError(f"expected MemberOf, not {describe_value(constraint)}", path)
    if len(value) > MAX_CONSTRAINTS:
        message = f"at most {MAX_CONSTRAINTS} constraints are allowed, not {len(value)}"
        raise DocumentError(message, path)


def _one_of(*allowed: str) -> Any:
    def check(value: Any, path: str) -> None:
        if not is_one_of(value, allowed):
            message = f"expected one of {', '.join(allowed)}, not {describe_value(value)}"
            raise DocumentError(message, path)

    return validator(check)


@attrs.frozen(kw_only=True, repr=False)
class Task:
    """What one task asks for.

    Attributes:
        cpu: CPU units.
        memory: MiB.
        gpus: Whole GPUs; ``ALL``: every GPU of the instance, of which it must have at least one
            and none may be in use (B44).
        neuron_devices: ``ALL``: every Neuron device of the instance, none of them in use; checked
            only on instances that report such devices (B44).  0: none.
        tcp_ports: Static host ports, tcp.
        udp_ports: Static host ports, udp.
        dynamic_ports: Host ports chosen on the instance; they never conflict (2.3).
        network_interface: Whether the task has an interface of its own (awsvpc, 2.4).
        attributes: What the instance must have: names to values, None for any value (2.7).
        operating_system: ``operatingSystemFamily`` of the platform, None if not given (A30).
        architecture: ``cpuArchitecture``, X86_64 or ARM64, None if not given (A30).
        resources: Further resources by name.
        family: The task definition's family.
        revision: Its revision.
        constraints: Those of the task definition, MemberOf only.
        zones: Availability zones that would do; empty: any (B22).
        vpc: The VPC the instance must be in; None: any (B22).
        launch_type: ``EC2`` or ``EXTERNAL`` (B21).

    Raises:
        DocumentError: a value is not of its kind; ``path`` is the field's name.
    """

    cpu: int = attrs.field(default=0, converter=plain_number, validator=validator(checked_amount))
    memory: int = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_amount)
    )
    gpus: int | str = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_gpu_amount)
    )
    neuron_devices: int | str = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_neuron_devices)
    )
    tcp_ports: tuple[int, ...] = attrs.field(
        default=(), converter=ports_tuple, validator=validator(checked_ports)
    )
    udp_ports: tuple[int, ...] = attrs.field(
        default=(), converter=ports_tuple, validator=validator(checked_ports)
    )
    dynamic_ports: int = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_amount)
    )
    network_interface: bool = attrs.field(
        default=False, converter=plain_flag, validator=validator(checked_flag)
    )
    attributes: Mapping[str, str | None] = attrs.field(
        factory=dict,
        converter=frozen_mapping,
        validator=validator(checked_attributes),
        hash=False,
    )
    operating_system: str | None = attrs.field(default=None, validator=optional(checked_text))
    architecture: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(_one_of("X86_64", "ARM64"))
    )
    resources: Mapping[str, int] = attrs.field(
        factory=dict,
        converter=frozen_amounts,
        validator=validator(checked_amounts),
        hash=False,
    )
    family: str = attrs.field(default="task", validator=validator(checked_text))
    revision: int = attrs.field(
        default=0, converter=plain_number, validator=validator(checked_amount)
    )
    constraints: tuple[MemberOf, ...] = attrs.field(
        default=(), converter=as_tuple, validator=validator(_checked_constraints)
    )
    zones: tuple[str, ...] = attrs.field(
        default=(), converter=as_tuple, validator=validator(checked_texts)
    )
    vpc: str | None = attrs.field(default=None, validator=optional(checked_text))
    launch_type: str = attrs.field(default="EC2", validator=_one_of("EC2", "EXTERNAL"))

    __repr__ = given_fields

    @classmethod
    def from_ecs(cls, document: Any) -> Self:
        """Return what one task of a task definition asks for.

        Args:
            document: What ``aws ecs describe-task-definition`` prints, or the definition in it.

        Sizes are those of the task, else the sums over its containers (2.2, A23, A24); host ports
        follow the network mode (2.3, A26, A27); attributes are ``requiresAttributes`` as listed.
        What only a call knows (launch type, zones, VPC) is left as it is by default.

        Raises:
            CqlError: the expression of a constraint is not valid.
            DocumentError: a field has not the form that ECS gives it; ``path`` says where in the
                definition, such as ``containerDefinitions[1].portMappings[0].hostPort``.
        """
        from placement.documents.task_definitions import task_definition_from_ecs

        found = attrs.asdict(task_definition_from_ecs(document), recurse=False)
        del found["arn"]
        constraints = [MemberOf(expression) for expression in found.pop("constraints")]
        try:
            return cls(**found, constraints=constraints)
        except DocumentError as error:
            path = "placementConstraints" if error.path == "constraints" else error.path
            raise DocumentError(error.message, path) from None
