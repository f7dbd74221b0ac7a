"""What a command about one task definition asks for: options, ``--cli-input-json``, state together.

In: the arguments of ``run-task``, ``start-task`` and ``explain``.  Out: ``Asked``: the cluster, and
the definition as the call wants it, overrides and network applied.  Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import click

from placement import Cluster, DocumentError, Task
from placement.cli.inventory import entries
from placement.cli.items import ItemsOption
from placement.cli.requests import Definition, definition_of, read_definition
from placement.cli.state import State, read_state
from placement.cli.structures import InputJson, StructureOption, merged
from placement.ecs.calls.ecs.placement_rules import constraints, strategies
from placement.ecs.control.networks import network_of
from placement.ecs.definitions.overrides import overridden
from placement.errors import describe_value

__all__ = ["Asked", "asked", "definition_options", "rules", "wanted"]

Function = TypeVar("Function", bound=Callable[..., Any])

LAUNCH_TYPES = ("EC2", "EXTERNAL", "FARGATE")


constraints_option = click.option(
    "--placement-constraints",
    "constraint_items",
    cls=ItemsOption,
    help="type=memberOf,expression=... or type=distinctInstance.",
)
"""The constraints of a call."""


def definition_options(*, launch_type: bool) -> Callable[[Function], Function]:
    """Add the options that say what a task asks for, ``--launch-type`` where a call has it."""
    options = [
        click.option(
            "--task-definition",
            "definition_file",
            metavar="FILE",
            help="What 'aws ecs describe-task-definition' prints, or what register-task-definition"
            " takes, - for standard input; family:revision or an ARN for one in --state.",
        ),
        click.option(
            "--group",
            metavar="GROUP",
            help="The task group, service:NAME for tasks of a service.  [default: family:FAMILY]",
        ),
        click.option(
            "--overrides",
            cls=StructureOption,
            member="overrides",
            help="cpu=...,memory=...,containerOverrides=[{name=...,cpu=...}]",
        ),
        click.option(
            "--network-configuration",
            cls=StructureOption,
            member="networkConfiguration",
            help="awsvpcConfiguration={subnets=[...],securityGroups=[...]}; where a subnet is, its"
            " instances say.",
        ),
        click.option("--started-by", metavar="TEXT", help="What 'startedBy' of the tasks says."),
        click.option(
            "--cli-input-json",
            "input_json",
            cls=InputJson,
            metavar="JSON",
            help="The parameters of the call as JSON, or file:// and a file; options win.",
        ),
    ]
    if launch_type:
        kinds = click.Choice(LAUNCH_TYPES)
        options.append(
            click.option("--launch-type", type=kinds, help="Where tasks may run.  [default: EC2]")
        )

    def add(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return add


@attrs.frozen
class Asked:
    """What a call asks for.

    Attributes:
        parameters: Those of the call, as the API has them.
        state: The documents of the cluster.
        definition: The task definition, as it stands.
    """

    parameters: Mapping[str, Any]
    state: State
    definition: Definition

    @property
    def group(self) -> str:
        """The task group."""
        group: str = self.parameters.get("group", f"family:{self.definition.task.family}")
        return group


def asked(
    operation: str,
    files: Sequence[str],
    definition_file: str | None,
    input_json: dict[str, Any] | None,
    **options: Any,
) -> Asked:
    """Return what a call asks for; ``options`` are parameters by the API's names.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: a file cannot be read or has not the form that ECS gives it.
        ParamValidationError: a parameter is unknown or of the wrong type.
    """
    constraints(options.get("placementConstraints"))  # first: it says more, and needs no files
    parameters = merged(operation, input_json, options)
    constraints(parameters.get("placementConstraints"))
    name = definition_file or parameters.get("taskDefinition")
    if not name:
        raise click.UsageError("Missing option '--task-definition'.")
    if definition_file and not _is_name(definition_file):
        definition = read_definition(definition_file)
        return Asked(parameters, read_state(files), definition)
    state = read_state(files)
    return Asked(parameters, state, _in_state(state, name))


def _is_name(text: str) -> bool:
    """Return whether a text names a definition rather than a file."""
    family, colon, revision = text.rpartition(":")
    return text.startswith("arn:") or bool(colon and family and revision.isdigit())


def _in_state(state: State, name: str) -> Definition:
    """Return a definition that stands in the files of ``--state``."""
    short = name.rpartition("/")[2]
    found: list[Mapping[str, Any]] = []
    for document in state.definitions():
        own = f"{document.get('family')}:{document.get('revision')}"
        if name == document.get("taskDefinitionArn") or short in (own, document.get("family")):
            found.append(document)
    if not found:
        message = f"task definition {describe_value(name)} is not in the files of --state; "
        raise DocumentError(message + "--task-definition takes a file as well", "")
    latest = max(found, key=lambda one: one.get("revision", 0))
    return definition_of(latest, short)


def wanted(call: Asked, cluster: Cluster) -> Task:
    """Return what each task asks for: overrides, network and launch type applied.

    Raises:
        DocumentError: one of them does not fit the definition.
    """
    given, task = call.parameters, call.definition.task
    if given.get("launchType") == "FARGATE":
        message = "FARGATE tasks need no container instance: there is nothing to place"
        raise DocumentError(message, "launchType")
    document = call.definition.document
    if given.get("overrides"):
        document = overridden(document, given["overrides"])
        task = Task.from_ecs(document)
    configuration = given.get("networkConfiguration")
    if configuration is not None:
        network = network_of(configuration, document.get("networkMode"), _subnets(cluster))
        task = attrs.evolve(task, vpc=network.vpc, zones=network.zones)
    if given.get("enableExecuteCommand"):
        further = {"ecs.capability.execute-command": None}
        task = attrs.evolve(task, attributes={**task.attributes, **further})
    if given.get("launchType") == "EXTERNAL":
        task = attrs.evolve(task, launch_type="EXTERNAL")
    return task


def _subnets(cluster: Cluster) -> dict[str, tuple[str, str]]:
    """Return VPC and zone of the subnets that instances carry (B22)."""
    found = {}
    for entry in entries(cluster):
        names = ("ecs.subnet-id", "ecs.vpc-id", "ecs.availability-zone")
        subnet, vpc, zone = (cluster.attribute(entry.id, name) for name in names)
        if subnet and vpc and zone:
            found[subnet] = (vpc, zone)
    return found


def rules(call: Asked, cluster: Cluster) -> tuple[list[Any], list[Any] | None]:
    """Return constraints and strategies of a call; binpack takes further resources as well."""
    resources = cluster.store.tasks.resource_names
    limits = constraints(call.parameters.get("placementConstraints"))
    return limits, strategies(call.parameters.get("placementStrategy"), resources)
