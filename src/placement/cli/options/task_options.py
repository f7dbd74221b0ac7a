"""The options of commands about one task definition, in one place: those of RunTask and StartTask.

In: the name of the call, and which of its parameters have options.  Out: a decorator that adds the
options and gives the command one argument for all of them, ``call``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import click

from placement.cli.options.aws_options import CALL_OPTIONS, global_options
from placement.cli.options.items import ItemsOption, NamesOption
from placement.cli.options.reading import InputFile, cluster_option, state_option
from placement.cli.options.structures import InputJson, InputYaml, StructureOption
from placement.cli.options.task_call import MAX_TASKS, task_call
from placement.cli.options.task_definition import NAMES
from placement.ecs.service import input_shape

__all__ = ["task_call_options"]

LAUNCH_TYPES = ("EC2", "EXTERNAL", "FARGATE")

_OPTIONS: Mapping[str, Callable[[Any], Any]] = {
    "containerInstances": click.option(
        "--container-instances",
        "containerInstances",
        cls=NamesOption,
        metavar="ID...",
        help="Up to ten ids, ARNs or EC2 instance ids; one task starts on each.",
    ),
    "group": click.option(
        "--group",
        metavar="GROUP",
        help="The task group, service:NAME for tasks of a service (a group that ECS takes from"
        " services alone).  [default: family:FAMILY]",
    ),
    "overrides": click.option(
        "--overrides",
        cls=StructureOption,
        member="overrides",
        help="cpu=...,memory=...,containerOverrides=[{name=...,cpu=...}]",
    ),
    "networkConfiguration": click.option(
        "--network-configuration",
        "networkConfiguration",
        cls=StructureOption,
        member="networkConfiguration",
        help="awsvpcConfiguration={subnets=[...],securityGroups=[...]}, which tasks with the"
        " network mode awsvpc need; where a subnet is, its instances say.",
    ),
    "cluster": cluster_option,
    "enableExecuteCommand": click.option(
        "--enable-execute-command/--disable-execute-command",
        "enableExecuteCommand",
        default=None,
        help="Whether 'aws ecs execute-command' is to work on the tasks.",
    ),
    "startedBy": click.option(
        "--started-by", "startedBy", metavar="TEXT", help="What 'startedBy' of the tasks says."
    ),
    "launchType": click.option(
        "--launch-type",
        "launchType",
        type=click.Choice(LAUNCH_TYPES),
        help="Where tasks may run.  [default: EC2]",
    ),
    "count": click.option(
        "--count",
        type=click.IntRange(1, MAX_TASKS),
        metavar="N",
        help="How many tasks, also more than the 10 of one call.  [default: 1]",
    ),
    "placementConstraints": click.option(
        "--placement-constraints",
        "placementConstraints",
        cls=ItemsOption,
        help="type=memberOf,expression=... or type=distinctInstance.",
    ),
    "placementStrategy": click.option(
        "--placement-strategy",
        "placementStrategy",
        cls=ItemsOption,
        help="type=spread,field=... or type=binpack,field=... or type=random.  [default: random;"
        " for tasks of a service by zone, then by instance]",
    ),
    **CALL_OPTIONS,
}
"""The options of the parameters of RunTask and StartTask, in the order of the help."""

_DEFINITION = click.option(
    "--task-definition",
    "definition_file",
    cls=InputFile,
    metavar="FILE|NAME",
    help="What 'aws ecs describe-task-definition' prints, or what register-task-definition"
    f" takes, - for standard input; {NAMES}",
)

_INPUT = (
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
)


def task_call_options(
    operation: str, *, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options of a call; the command gets what they say as ``call``, a ``TaskCall``.

    Options of the AWS CLI that decide nothing here are accepted as well.

    Args:
        operation: RunTask or StartTask: the options are those of its parameters.
        without: Parameters that have no option of the command.
    """
    takes = input_shape(operation).members
    names = [name for name in _OPTIONS if name in takes and name not in without]
    options = [
        state_option(required=True),
        _DEFINITION,
        *[_OPTIONS[name] for name in names],
        *_INPUT,
        global_options,
    ]

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def command(**arguments: Any) -> Any:
            call = task_call(
                operation,
                arguments.pop("files"),
                arguments.pop("definition_file"),
                arguments.pop("input_json"),
                **{name: arguments.pop(name) for name in names},
            )
            return function(call=call, **arguments)

        for option in reversed(options):
            command = option(command)
        return command

    return add
