"""Options of ``aws ecs run-task`` that a call without an account has no use for.

In: the arguments of a command.  Out: the options are accepted as the AWS CLI accepts them, so that
a command line can be tried as it is; ``ignored_options`` has those that were given, so that the
command can say so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from placement.cli.options.items import ItemsOption

__all__ = ["accept_aws_options", "ignored_options"]

Function = TypeVar("Function", bound=Callable[..., Any])

_VALUES = (
    "--client-token",
    "--platform-version",
    "--propagate-tags",
    "--reference-id",
    "--ca-bundle",
    "--cli-binary-format",
    "--cli-connect-timeout",
    "--cli-error-format",
    "--cli-read-timeout",
    "--color",
    "--endpoint-url",
    "--profile",
    "--region",
)
"""Options with a value: those of the call, then those of every call of the AWS CLI."""

_FLAGS = (
    "--enable-ecs-managed-tags/--no-enable-ecs-managed-tags",
    "--cli-auto-prompt/--no-cli-auto-prompt",
    "--debug",
    "--no-cli-pager",
    "--no-paginate",
    "--no-sign-request",
    "--no-verify-ssl",
)
"""Options without one, with their opposites."""

_ITEMS = ("--capacity-provider-strategy", "--tags", "--volume-configurations")
"""Options with several items."""


def ignored_options() -> tuple[str, ...]:
    """Return the options given to the running command that mean nothing here, as they were."""
    return tuple(_given(click.get_current_context()))


def _given(ctx: click.Context) -> list[str]:
    found: list[str] = ctx.meta.setdefault(__name__, [])
    return found


def _note(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Remember an option that was given."""
    if ctx.get_parameter_source(parameter.name or "") is ParameterSource.DEFAULT or value is None:
        return
    is_opposite = value is False and bool(parameter.secondary_opts)
    _given(ctx).append((parameter.secondary_opts if is_opposite else parameter.opts)[0])


def accept_aws_options(function: Function) -> Function:
    """Accept the options; help does not list them."""
    settings: dict[str, Any] = {"expose_value": False, "hidden": True, "callback": _note}
    options = [
        *[click.option(name, **settings) for name in _VALUES],
        *[click.option(name, is_flag=True, default=None, **settings) for name in _FLAGS],
        *[click.option(name, cls=ItemsOption, **settings) for name in _ITEMS],
        click.option("--generate-cli-skeleton", is_flag=False, flag_value="input", **settings),
    ]
    for option in reversed(options):
        function = option(function)
    return function
