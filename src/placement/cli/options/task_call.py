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

from placement import Cluster, DistinctInstance, DocumentError, MemberOf, Spread, Task, lint
from placement.cli.options.aws_options import accept_aws_options, ignored_options
from placement.cli.options.clusters import cluster_option, of_one_cluster
from placement.cli.options.items import ItemsOption
from placement.cli.options.state import State, read_state
from placement.cli.options.structures import (
    InputJson,
    InputYaml,
    StructureOption,
    merged,
    yaml_parameters,
)
from placement.cli.options.task_definition import (
    NAMES,
    definition_in_state,
    definition_named,
    is_file_name,
    read_definition,
)
from placement.ecs.placement_rules import constraints, strategies

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = [
    "TaskCall",
    "constraints_option",
    "count_option",
    "definition_options",
    "group_remarks",
    "resolve_task",
    "rules",
    "spread_remarks",
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
    """Add the options that say what a task asks for, ``--launch-type`` where a call has it.

    Those of the AWS CLI that mean nothing here are accepted as well.
    """
    options = [
        click.option(
            "--task-definition",
            "definition_file",
            metavar="FILE|NAME",
            help="What 'aws ecs describe-task-definition' prints, or what register-task-definition"
            f" takes, - for standard input; {NAMES}",
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
        cluster_option,
        click.option(
            "--enable-execute-command/--disable-execute-command",
            "execute_command",
            default=None,
            help="Whether 'aws ecs execute-command' is to work on the tasks.",
        ),
        click.option("--started-by", metavar="TEXT", help="What 'startedBy' of the tasks says."),
        click.option(
            "--cli-input-json",
            "input_json",
            cls=InputJson,
            metavar="JSON",
            help="The parameters of the call as JSON, or file:// and a file; options win.",
        ),
        click.option(
            "--cli-input-yaml",
            cls=InputYaml,
            metavar="YAML",
            expose_value=False,
            help="The same as YAML.",
        ),
    ]
    if launch_type:
        kinds = click.Choice(LAUNCH_TYPES)
        options.append(
            click.option("--launch-type", type=kinds, help="Where tasks may run.  [default: EC2]")
        )

    def add(function: Function) -> Function:
        function = accept_aws_options(function)
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
        ignored: Options of the AWS CLI that were given and mean nothing without an account.
    """

    parameters: Mapping[str, Any]
    state: State
    definition: AcceptedDefinition
    ignored: tuple[str, ...] = ()

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
    input_yaml = yaml_parameters()
    if input_json is not None and input_yaml is not None:
        raise click.UsageError("give one of --cli-input-json and --cli-input-yaml")
    given = input_yaml if input_json is None else input_json
    parameters = merged(operation, given, options)
    constraints(parameters.get("placementConstraints"))
    name = definition_file or parameters.get("taskDefinition")
    if not name:
        raise click.UsageError("Missing option '--task-definition'.")
    definition = read_definition(name) if definition_file and is_file_name(name) else None
    state = of_one_cluster(read_state(files), parameters.get("cluster"))
    if definition is None:
        find = definition_named if definition_file else definition_in_state
        definition = find(state, name)
    return TaskCall(parameters, state, definition, ignored_options())


def resolve_task(call: TaskCall, cluster: Cluster) -> Task:
    """Return what each task of a call asks for: overrides, network and launch type applied.

    Raises:
        DocumentError: one of them does not fit the definition.
    """
    from placement.ecs.call_tasks import subnets_of, task_of_call  # not for help and errors

    definition = call.definition
    subnets = subnets_of(cluster) if "networkConfiguration" in call.parameters else {}
    return task_of_call(definition.task, definition.document, call.parameters, subnets)


def spread_remarks(strategies: Sequence[Any] | None, cluster: Cluster) -> list[str]:
    """Return a remark for each attribute to spread over that no instance has.

    A34 allows it: all instances are one bucket then.
    """
    remarks = []
    for strategy in strategies or ():
        field = strategy.field if isinstance(strategy, Spread) else ""
        name = field.removeprefix("attribute:")
        if name == field:
            continue
        known = (id for id in cluster.ids if id is not None)
        if all(cluster.attribute(id, name) is None for id in known):
            remarks.append(f"no instance has the attribute {name}: spreading over it does nothing")
    return remarks


def group_remarks(
    limits: Sequence[Any], strategies: Sequence[Any] | None, cluster: Cluster
) -> list[str]:
    """Return a remark where rules of a call ask for groups that the state knows only in part.

    Running tasks that no document describes have no group (C10).
    """
    tasks, rows = cluster.store.tasks, len(cluster.store.ids)
    unknown = int(tasks.running[:rows].sum() - tasks.grouped_tasks[:rows].sum())
    blind = ["distinctInstance"] if any(isinstance(one, DistinctInstance) for one in limits) else []
    queries = [one.query.text for one in limits if isinstance(one, MemberOf)]
    if unknown and any(
        warning.code == "groups-partly-known" for text in queries for warning in lint(text, cluster)
    ):
        blind.append("task:group")
    if any(isinstance(one, Spread) for one in strategies or ()):
        blind.append("spread")
    if not unknown or not blind:
        return []
    tasks_have = "1 running task has" if unknown == 1 else f"{unknown} running tasks have"
    cause = "no known group, because --state has no document of them (describe-tasks)"
    return [f"{tasks_have} {cause}: not seen by {', '.join(blind)}"]


def rules(call: TaskCall, cluster: Cluster) -> tuple[list[Any], list[Any] | None]:
    """Return constraints and strategies of a call; strategies None where the call has none.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: a rule is not valid; binpack takes the resources that instances register.
    """
    resources = cluster.store.tasks.resources.names
    limits = constraints(call.parameters.get("placementConstraints"))
    return limits, strategies(call.parameters.get("placementStrategy"), resources)
