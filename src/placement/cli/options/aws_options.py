"""Options of ``aws ecs run-task`` that decide nothing where there is no account.

In: the arguments of a command.  Out: the options are accepted as the AWS CLI accepts them, so that
a command line can be tried as it is; those of the call have their values, because ECS refuses
wrong ones; ``ignored_options`` has the options that were given, so that the command can say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from placement.cli.options.structures import MemberItemsOption

__all__ = ["CALL_OPTIONS", "global_options", "ignored_options"]

Function = TypeVar("Function", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]

_GLOBAL_VALUES = (
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
"""Options of every call of the AWS CLI with a value."""

_GLOBAL_FLAGS = (
    "--cli-auto-prompt/--no-cli-auto-prompt",
    "--debug",
    "--no-cli-pager",
    "--no-paginate",
    "--no-sign-request",
    "--no-verify-ssl",
)
"""Those without one, with their opposites."""


def ignored_options(parameters: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what was given to the running command and decides nothing here, as it was given.

    ``parameters`` are those of the call: of some only ``--cli-input-json`` may have spoken.
    """
    noted = list(_noted(click.get_current_context()))
    by_option = {_PARAMETERS[option] for option in noted if option in _PARAMETERS}
    return (*noted, *[one for one in parameters if one in CALL_OPTIONS and one not in by_option])


def _noted(ctx: click.Context) -> list[str]:
    found: list[str] = ctx.meta.setdefault(__name__, [])
    return found


def _note(ctx: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Remember an option that was given."""
    if ctx.get_parameter_source(parameter.name or "") is ParameterSource.DEFAULT or value is None:
        return value
    is_opposite = value is False and bool(parameter.secondary_opts)
    _noted(ctx).append((parameter.secondary_opts if is_opposite else parameter.opts)[0])
    return value


_HIDDEN: dict[str, Any] = {"hidden": True, "callback": _note}
"""Help does not list the options."""


_VALUES = {
    "--client-token": "clientToken",
    "--platform-version": "platformVersion",
    "--propagate-tags": "propagateTags",
    "--reference-id": "referenceId",
}
_FLAGS = {"--enable-ecs-managed-tags": "enableECSManagedTags"}
_ITEMS = {
    "--capacity-provider-strategy": "capacityProviderStrategy",
    "--tags": "tags",
    "--volume-configurations": "volumeConfigurations",
}
"""The call's parameters by their options: with a value, without one, with several items."""

_PARAMETERS = {
    **_VALUES,
    **_FLAGS,
    **{option.replace("--", "--no-", 1): name for option, name in _FLAGS.items()},
    **_ITEMS,
}

CALL_OPTIONS: Mapping[str, Decorator] = {
    **{name: click.option(flag, name, **_HIDDEN) for flag, name in _VALUES.items()},
    **{
        name: click.option(
            f"{flag}/{flag.replace('--', '--no-', 1)}", name, default=None, **_HIDDEN
        )
        for flag, name in _FLAGS.items()
    },
    **{
        name: click.option(flag, name, cls=MemberItemsOption, member=name, **_HIDDEN)
        for flag, name in _ITEMS.items()
    },
}
"""Options of the call by its parameters, which the command gets the values of."""


def global_options(function: Function) -> Function:
    """Add the options of every call of the AWS CLI; the command gets no value of them."""
    settings = {"expose_value": False, **_HIDDEN}
    options = [
        *[click.option(name, **settings) for name in _GLOBAL_VALUES],
        *[click.option(name, is_flag=True, default=None, **settings) for name in _GLOBAL_FLAGS],
        click.option("--generate-cli-skeleton", is_flag=False, flag_value="input", **settings),
    ]
    for option in reversed(options):
        function = option(function)
    return function
