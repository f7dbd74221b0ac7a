"""The API call that corresponds to a command about one task definition: RunTask or StartTask.

In: the arguments of ``run-task``, ``start-task``, ``explain`` and ``fit``: options, files,
``--cli-input-json``.  Out: ``TaskCall``: the parameters by the API's names, the state, the
definition.  The rules of calls are those of ``placement.ecs``; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import click

from placement import Cluster, DocumentError, Task
from placement.cli.options.items import ItemsOption
from placement.cli.options.state import State, read_state
from placement.cli.options.structures import InputJson, StructureOption, merged
from placement.cli.options.task_definition import definition_in_state, read_definition
from placement.documents.definition_names import is_definition_name
from placement.ecs.placement_rules import constraints, strategies

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = [
    "TaskCall",
    "constraints_option",
    "count_option",
    "definition_options",
    "resolve_task",
    "rules",
    "strategy_option",
    "task_call",
]

Function = TypeVar("Function", bound=Callable[..., Any])

LAUNCH_TYPES = ("EC2", "EXTERNAL", "FARGATE")


constraints_option = click.option(
    "--placement-constraints",
    "constraint_items",
    cls=ItemsOption,
    help="type=memberOf,expression=... or type=distinctInstance.",
)
"""The constraints of a call."""

strategy_option = click.option(
    "--placement-strategy",
    "strategy_items",
    cls=ItemsOption,
    help="type=spread,field=... or type=binpack,field=... or type=random.  [default: random; for"
    " tasks of a service by zone, then by instance]",
)
"""The strategies of a call."""

MAX_TASKS = 1_000_000
"""Tasks that a command places at most."""

count_option = click.option(
    "--count",
    type=click.IntRange(1, MAX_TASKS),
    metavar="N",
    help="How many tasks.  [default: 1]",
)
"""How many tasks a call starts; ``TaskCall.count`` is what it says."""


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
class TaskCall:
    """A call that starts tasks of one definition.

    Attributes:
        parameters: Those of the call, by the API's names.
        state: The documents of the cluster.
        definition: The task definition, without what the call overrides.
    """

    parameters: Mapping[str, Any]
    state: State
    definition: AcceptedDefinition

    @property
    def group(self) -> str:
        """The task group."""
        group: str = self.parameters.get("group", f"family:{self.definition.task.family}")
        return group

    @property
    def count(self) -> int:
        """How many tasks the call starts, 1 by default.

        Raises:
            DocumentError: ``--cli-input-json`` says a number that no command takes.
        """
        count: int = self.parameters.get("count", 1)
        if not 1 <= count <= MAX_TASKS:
            raise DocumentError(f"expected 1 to {MAX_TASKS} tasks, not {count}", "count")
        return count


def task_call(
    operation: str,
    files: Sequence[str],
    definition_file: str | None,
    input_json: dict[str, Any] | None,
    **options: Any,
) -> TaskCall:
    """Return the API call that corresponds to the arguments of a command.

    Args:
        operation: The API's name of the call.
        files: Those of ``--state``.
        definition_file: ``--task-definition``: a file or a name.
        input_json: ``--cli-input-json``.
        options: Other parameters by the API's names; None: not given.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: a file cannot be read or has not the form that ECS gives it.
        ParamValidationError: a parameter is unknown or of the wrong type.
    """
    constraints(options.get("placementConstraints"))  # first: its errors are better, with carets
    parameters = merged(operation, input_json, options)
    constraints(parameters.get("placementConstraints"))
    name = definition_file or parameters.get("taskDefinition")
    if not name:
        raise click.UsageError("Missing option '--task-definition'.")
    if definition_file and not is_definition_name(definition_file):
        definition = read_definition(definition_file)
        return TaskCall(parameters, read_state(files), definition)
    state = read_state(files)
    return TaskCall(parameters, state, definition_in_state(state, name))


def resolve_task(call: TaskCall, cluster: Cluster) -> Task:
    """Return what each task of a call asks for: overrides, network and launch type applied.

    Raises:
        DocumentError: one of them does not fit the definition.
    """
    from placement.ecs.call_tasks import subnets_of, task_of_call  # not for help and errors

    definition = call.definition
    subnets = subnets_of(cluster) if "networkConfiguration" in call.parameters else {}
    return task_of_call(definition.task, definition.document, call.parameters, subnets)


def rules(call: TaskCall, cluster: Cluster) -> tuple[list[Any], list[Any] | None]:
    """Return constraints and strategies of a call; strategies None where the call has none.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: a rule is not valid; binpack takes the resources that instances register.
    """
    resources = cluster.store.tasks.resources.names
    limits = constraints(call.parameters.get("placementConstraints"))
    return limits, strategies(call.parameters.get("placementStrategy"), resources)
