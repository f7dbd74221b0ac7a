"""Calls about account settings: put, delete, list.

In: an account and parameters whose types are right.  Out: the answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from placement.ecs.calls.ecs.answers import paged_answer
from placement.ecs.calls.ecs.checking import check_one_of, invalid
from placement.ecs.calls.ecs.pages import page
from placement.ecs.control.account import Account
from placement.ecs.control.account_settings import DEFAULTS, account_setting
from placement.ecs.control.records import Document
from placement.errors import describe_value

__all__ = [
    "delete_account_setting",
    "list_account_settings",
    "put_account_setting",
    "put_account_setting_default",
]

SWITCH = ("enabled", "disabled")

VALUES: Mapping[str, tuple[str, ...]] = {
    "containerInsights": ("enhanced", *SWITCH),
    "tagResourceAuthorization": ("on", "off"),
    "guardDutyActivate": ("on", "off"),
    "fargateTaskRetirementWaitPeriod": ("0", "7", "14"),
    "defaultLogDriverMode": ("blocking", "non-blocking"),
}
"""The values of the settings that are no switch."""

MANAGED = ("guardDutyActivate",)
"""Settings that AWS alone changes."""


def put_account_setting(account: Account, parameters: Document) -> Document:
    """Set a value for a principal, by default for the root user, whose settings are the account's.

    Raises:
        InvalidParameterException: there is no such setting, value or principal.
    """
    return _put(account, parameters, _principal(account, parameters))


def put_account_setting_default(account: Account, parameters: Document) -> Document:
    """Set a value for all principals that have none of their own.

    Raises:
        InvalidParameterException: there is no such setting or value.
    """
    return _put(account, parameters, account.root)


def _put(account: Account, parameters: Document, principal: str) -> Document:
    name, value = _name(parameters), parameters["value"]
    check_one_of(value, f"Value of {name}", VALUES.get(name, SWITCH))
    if name in MANAGED:
        raise invalid(f"{name} is managed by AWS and cannot be changed.")
    account.settings[principal, name] = value
    return {"setting": _answer(name, value, principal)}


def delete_account_setting(account: Account, parameters: Document) -> Document:
    """Forget the value of a principal; what holds for it then is that of the account.

    Raises:
        InvalidParameterException: there is no such setting or principal.
    """
    name, principal = _name(parameters), _principal(account, parameters)
    account.settings.pop((principal, name), None)
    return {"setting": _answer(name, account_setting(account, name, principal), principal)}


def list_account_settings(account: Account, parameters: Document) -> Document:
    """List what was set for a principal, or with ``effectiveSettings`` what holds for it; a page.

    Raises:
        InvalidParameterException: there is no such setting or principal; a page is wrong.
    """
    principal = _principal(account, parameters)
    names = [_name(parameters)] if "name" in parameters else list(DEFAULTS)
    effective = parameters.get("effectiveSettings", False)
    if "value" in parameters and "name" not in parameters:
        raise invalid("You must specify a setting name when you specify a value.")
    found = []
    for name in names:
        value = (
            account_setting(account, name, principal)
            if effective
            else account.settings.get((principal, name))
        )
        if value is not None and parameters.get("value", value) == value:
            found.append(_answer(name, value, principal))
    return paged_answer("settings", *page(found, parameters))


def _name(parameters: Document) -> str:
    name: str = parameters["name"]
    check_one_of(name, "Setting name", tuple(DEFAULTS))
    return name


def _principal(account: Account, parameters: Document) -> str:
    """Return the ARN of the principal that a call is about."""
    arn: str = parameters.get("principalArn", account.root)
    if not arn.startswith(account.root.removesuffix("root")):
        raise invalid(f"Invalid principal ARN: {describe_value(arn)}.")
    return arn


def _answer(name: str, value: str, principal: str) -> Document:
    kind = "aws_managed" if name in MANAGED else "user"
    return {"name": name, "value": value, "principalArn": principal, "type": kind}
