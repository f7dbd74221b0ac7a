"""``placement register-task-definition --dry-run``: would ECS take it, and what does it require?

In: a task definition as the AWS CLI's call of that name takes it.  Out: all that is wrong with it,
or the definition as ECS would show it, with the attributes that follow and which of its lines ask
for them.  There is no account, so that nothing is ever registered.
"""

from __future__ import annotations

from typing import Any

import click

from placement import Task
from placement.cli.options.items import json_of
from placement.cli.options.printing import printing_options
from placement.cli.output import render
from placement.cli.output.columns import Column, Narrow

__all__ = ["register_task_definition"]

EXPECTED = "a task definition"

FLAG = "--cli-input-json"


@click.command(
    "register-task-definition",
    short_help="Whether ECS would take a task definition, and what it requires.",
)
@click.option(
    FLAG,
    "given",
    metavar="JSON",
    required=True,
    help="What 'aws ecs register-task-definition' takes: file:// and a name, or the JSON itself.",
)
@click.option("--dry-run", is_flag=True, help="Check, and register nothing. It must be given.")
@printing_options
@click.pass_context
def register_task_definition(ctx: click.Context, given: str, dry_run: bool, output: str) -> None:
    """Check a task definition whole and show what it requires of an instance.

    \b
    placement register-task-definition --dry-run --cli-input-json file://web.json

    Every problem is shown with its path. Of a valid one the attributes are shown that an instance
    must have, each with the lines of the definition that ask for it; as JSON, the definition as ECS
    would answer it, which run-task takes.

    The exit status is 0 if ECS would take it, 2 if not.
    """  # noqa: D301 (\b is click's mark for a paragraph that keeps its lines)
    if not dry_run:
        message = "there is no account to register it in; --dry-run checks it and shows the rest"
        raise click.UsageError(message, ctx)
    from placement.ecs.definitions.accept import definition_to_register
    from placement.ecs.definitions.check import check_task_definition
    from placement.ecs.definitions.lints import lint_task_definition
    from placement.ecs.definitions.problems import InvalidDefinition
    from placement.ecs.definitions.register import registered

    content, name = json_of(FLAG, given, EXPECTED)
    document = definition_to_register(content, name)
    problems = check_task_definition(document)
    if problems and output == "json":
        found = [{"path": each.path, "message": each.message} for each in problems]
        render.json_document({"valid": False, "problems": found})
        ctx.exit(2)
    if problems:
        raise InvalidDefinition(problems, name)
    for remark in lint_task_definition(document):
        render.warn(str(remark))
    definition = registered(document)
    if output == "json":
        render.json_document({"taskDefinition": definition})
    else:
        _show(document, definition)


def _show(document: dict[str, Any], definition: dict[str, Any]) -> None:
    """Write what the definition asks for: amounts, and attributes with the lines they come from."""
    from placement.ecs.definitions.requires import requirements

    render.print_success("valid", f", for {', '.join(definition['compatibilities'])}")
    render.heading(f"{definition['family']}: {_amounts(Task.from_ecs(definition))}")
    rows = [
        ("" if number else each.name, path)
        for each in requirements(document)
        for number, path in enumerate(each.paths)
    ]
    if not rows:
        click.echo("It requires no attribute.")
        return
    render.table([Column("REQUIRES"), Column("BECAUSE OF", narrow=Narrow.WRAP)], rows)


def _amounts(task: Task) -> str:
    found = [f"{task.cpu} CPU units", f"{task.memory} MiB"]
    if isinstance(task.gpus, str):
        found.append("all GPUs of the instance")
    elif task.gpus:
        found.append(f"{task.gpus} GPU{'' if task.gpus == 1 else 's'}")
    if task.neuron_devices:
        found.append("all Neuron devices of the instance")
    for protocol, ports in (("tcp", task.tcp_ports), ("udp", task.udp_ports)):
        found += [f"{protocol} port {port}" for port in ports]
    if task.dynamic_ports:
        found.append(f"{task.dynamic_ports} dynamic port{'' if task.dynamic_ports == 1 else 's'}")
    if task.network_interface:
        found.append("a network interface")
    return ", ".join(found)
