"""The API call that corresponds to a command about one task definition: RunTask or StartTask.

In: the values of the options in ``task_options``, files, ``--cli-input-json``.  Out: ``TaskCall``:
the parameters by the API's names, the state, the definition; with the cluster ``TaskRules``: what
each task asks for, constraints and strategies.  The rules of calls are those of ``placement.ecs``;
nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import click

from placement import Cluster, DistinctInstance, DocumentError, MemberOf, Spread, Task, lint
from placement.cli.options.aws_options import ignored_options
from placement.cli.options.clusters import of_one_cluster
from placement.cli.options.state import State, read_state
from placement.cli.options.structures import merged, yaml_parameters
from placement.cli.options.task_definition import (
    definition_in_state,
    definition_named,
    is_file_name,
    read_definition,
)
from placement.ecs.placement_rules import constraints, strategies

if TYPE_CHECKING:
    from placement.ecs.definitions.accept import AcceptedDefinition

__all__ = [
    "MAX_TASKS",
    "TaskCall",
    "TaskRules",
    "group_remarks",
    "resolve_task",
    "resolved",
    "spread_remarks",
    "task_call",
]

MAX_TASKS = 1_000_000
"""Tasks that a command places at most."""


@attrs.frozen
class TaskCall:
    """A call that starts tasks of one definition.

    Attributes:
        operation: The API's name of the call: RunTask or StartTask.
        parameters: Those of the call, by the API's names.
        state: The documents of the cluster.
        definition: The task definition, without what the call overrides.
        ignored: Options and parameters that were given and decide nothing without an account.
    """

    operation: str
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
    return TaskCall(operation, parameters, state, definition, ignored_options(parameters))


def resolve_task(call: TaskCall, cluster: Cluster) -> Task:
    """Return what each task of a call asks for: overrides, network and launch type applied.

    Raises:
        DocumentError: ECS would refuse the call, or there is nothing to place.
    """
    from placement.ecs.call_tasks import subnets_of, task_of_call  # not for help and errors

    definition = call.definition
    parameters = call.parameters
    subnets = subnets_of(cluster) if "networkConfiguration" in parameters else {}
    return task_of_call(
        definition.task, definition.document, parameters, subnets, operation=call.operation
    )


@attrs.frozen
class TaskRules:
    """What the tasks of a call ask for, and the rules by which they are placed.

    Attributes:
        task: What each of them asks for, with the constraints of its definition.
        constraints: Those of the call.
        strategies: Those of the call; None where it has none.
    """

    task: Task
    constraints: Sequence[Any]
    strategies: Sequence[Any] | None

    @property
    def all_constraints(self) -> tuple[Any, ...]:
        """Those of the definition, then those of the call."""
        return (*self.task.constraints, *self.constraints)


def resolved(call: TaskCall, cluster: Cluster) -> TaskRules:
    """Return what the tasks of a call ask for on a cluster.

    Raises:
        CqlError: an expression is not valid.
        DocumentError: a rule is not valid, or ECS would refuse the call; binpack takes the
            resources that instances register.
    """
    resources = cluster.store.tasks.resources.names
    limits = constraints(call.parameters.get("placementConstraints"))
    chain = strategies(call.parameters.get("placementStrategy"), resources)
    return TaskRules(resolve_task(call, cluster), limits, chain)


def spread_remarks(asked: TaskRules, cluster: Cluster) -> list[str]:
    """Return a remark for each attribute to spread over that no instance has.

    A34 allows it: all instances are one bucket then.
    """
    remarks = []
    for strategy in asked.strategies or ():
        field = strategy.field if isinstance(strategy, Spread) else ""
        name = field.removeprefix("attribute:")
        if name == field:
            continue
        known = (id for id in cluster.ids if id is not None)
        if all(cluster.attribute(id, name) is None for id in known):
            remarks.append(f"no instance has the attribute {name}: spreading over it does nothing")
    return remarks


def group_remarks(asked: TaskRules, cluster: Cluster) -> list[str]:
    """Return a remark where rules of a call ask for groups that the state knows only in part.

    Running tasks that no document describes have no group (C10).
    """
    tasks, rows = cluster.store.tasks, len(cluster.store.ids)
    unknown = int(tasks.running[:rows].sum() - tasks.grouped_tasks[:rows].sum())
    limits = asked.all_constraints
    blind = ["distinctInstance"] if any(isinstance(one, DistinctInstance) for one in limits) else []
    queries = [one.query.text for one in limits if isinstance(one, MemberOf)]
    if unknown and any(
        warning.code == "groups-partly-known" for text in queries for warning in lint(text, cluster)
    ):
        blind.append("task:group")
    if any(isinstance(one, Spread) for one in asked.strategies or ()):
        blind.append("spread")
    if not unknown or not blind:
        return []
    tasks_have = "1 running task has" if unknown == 1 else f"{unknown} running tasks have"
    cause = "no known group, because --state has no document of them (describe-tasks)"
    return [f"{tasks_have} {cause}: not seen by {', '.join(blind)}"]
