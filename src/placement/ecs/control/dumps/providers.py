"""Load capacity providers from what DescribeCapacityProviders prints; make those only named (C50).

In: documents, and the clusters of an account.  Out: providers of the account, and the names of
those that are kept as they came because nothing here models them (C48).  Each kind of provider has
its reader in ``_READERS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from placement.documents.problems import Problems
from placement.ecs.control.account import Account
from placement.ecs.control.capacity.providers import (
    FARGATE_PROVIDERS,
    GroupSettings,
    ProviderKind,
    ProviderRecord,
    ProviderStatus,
    UpdateStatus,
    strategy_items,
)
from placement.ecs.control.dumps.description import Lists
from placement.ecs.control.dumps.fields import Fields
from placement.ecs.control.dumps.managed_providers import read_managed_provider
from placement.ecs.control.model_time import Phase
from placement.errors import DocumentError, UsageError, describe_value
from placement.model.checks import checked_text
from placement.scaling.distribution import next_item
from placement.scaling.managed_scaling import ScalingSettings
from placement.timestamps import SECOND

__all__ = [
    "checked_strategy",
    "load_providers",
    "make_providers",
    "names_in_use",
    "provider_name",
    "strategy_names",
]

LIST = "capacityProviders"
SWITCH = ("ENABLED", "DISABLED")

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def load_providers(account: Account, lists: Lists, problems: Problems) -> frozenset[str]:
    """Add providers to an account; return the names of those that are kept as they came."""
    kept = set()
    for path, document in lists[LIST]:
        with problems.of_record(path):
            name = checked_text(document.get("name"), f"{path}.name")
            read = _READERS.get(_kind(document, name))
            why: str | None = "its kind is not modelled"
            if read is not None:
                why = read(account, name, document, path)
            if why is not None:
                account.kept.setdefault(LIST, []).append(document)
                account.note(_arn(account, document, name), "is kept", why)
                kept.add(name)
    changing = (UpdateStatus.UPDATE_IN_PROGRESS, UpdateStatus.DELETE_IN_PROGRESS)
    if any(one.update_status in changing for one in account.providers.values()):
        account.time.push(account.time.now, Phase.INSTANCES, 0, "providers")
    return frozenset(kept)


def _kind(document: Mapping[str, Any], name: str) -> str:
    """Return the kind of a provider; documents of before 2025 do not say it."""
    found = document.get("type")
    if isinstance(found, str):
        return found
    if name in FARGATE_PROVIDERS:
        return name
    if document.get("managedInstancesProvider") is not None:
        return ProviderKind.MANAGED_INSTANCES
    return ProviderKind.GROUP


def _arn(account: Account, document: Mapping[str, Any], name: str) -> str:
    arn = document.get("capacityProviderArn")
    return arn if isinstance(arn, str) else account.arn(f"capacity-provider/{name}")


def _of_managed(account: Account, name: str, document: Mapping[str, Any], path: str) -> str | None:
    found = read_managed_provider(account, name, document, path)
    if isinstance(found, str):
        return found
    _add(account, found)
    return None


def _add(account: Account, record: ProviderRecord) -> None:
    """Add a provider as the last one; a deleted one of its name is forgotten."""
    account.providers.pop(record.name, None)
    account.providers[record.name] = record


def _of_group(account: Account, name: str, document: Mapping[str, Any], path: str) -> None:
    fields = Fields(document, path)
    fields.skip("name", "type")
    arn = fields.text("capacityProviderArn") or account.arn(f"capacity-provider/{name}")
    given = Fields(fields.object("autoScalingGroupProvider") or {}, _inside(path))
    group_arn = given.text("autoScalingGroupArn")
    settings, scaling = _settings(given)
    record = ProviderRecord(
        name,
        arn,
        ProviderKind.GROUP,
        group_arn=group_arn,
        settings=settings,
        status=fields.known_status("status", ProviderStatus) or ProviderStatus.ACTIVE,
        update_status=fields.known_status("updateStatus", UpdateStatus),
        tags=fields.objects("tags"),
        is_loaded=True,
    )
    record.extra = {**fields.rest(), **({"managedScaling": scaling} if scaling else {})}
    _add(account, record)


def _of_fargate(account: Account, name: str, document: Mapping[str, Any], path: str) -> None:
    """Note what a document says of a provider that every account has."""
    record = account.providers.get(name)
    if record is None or not record.is_fargate:
        raise DocumentError(f"expected one of {', '.join(FARGATE_PROVIDERS)}", f"{path}.name")
    fields = Fields(document, path)
    fields.skip("name", "type", "status")
    record.arn = fields.text("capacityProviderArn") or record.arn
    record.update_status = fields.known_status("updateStatus", UpdateStatus)
    record.tags = fields.objects("tags")
    record.is_loaded, record.extra = True, fields.rest()


_READERS: Mapping[str, Callable[[Account, str, Mapping[str, Any], str], str | None]] = {
    ProviderKind.GROUP: _of_group,
    ProviderKind.MANAGED_INSTANCES: _of_managed,
    ProviderKind.FARGATE: _of_fargate,
    ProviderKind.FARGATE_SPOT: _of_fargate,
}
"""How documents are read, by the kind of the provider; what is returned: why one is kept (C48)."""


def _inside(path: str) -> str:
    return f"{path}.autoScalingGroupProvider"


def _settings(given: Fields) -> tuple[GroupSettings, dict[str, Any]]:
    """Return what a provider does with its group, and ``managedScaling`` where that is off.

    Raises:
        DocumentError: a number is out of its range.
    """
    usual = GroupSettings()
    whole = given.object("managedScaling") or {}
    scaling = Fields(whole, f"{given.path}.managedScaling")
    is_managed = bool(whole) and _switch(scaling, "status", otherwise=True)
    found = GroupSettings(
        is_managed,
        scaling.count("targetCapacity", usual.target),
        scaling.count("minimumScalingStepSize", usual.minimum_step),
        scaling.count("maximumScalingStepSize", usual.maximum_step),
        scaling.count("instanceWarmupPeriod", usual.warm_up),
        _switch(given, "managedTerminationProtection", otherwise=False),
        _switch(given, "managedDraining", otherwise=True),
    )
    numbers = found.target, found.minimum_step, found.maximum_step
    try:
        ScalingSettings(*numbers, found.warm_up * SECOND)
    except UsageError as error:
        raise DocumentError(str(error), scaling.path) from None
    return found, {} if is_managed else whole


def _switch(fields: Fields, name: str, *, otherwise: bool) -> bool:
    value = fields.text(name)
    if value not in (None, *SWITCH):
        message = f"expected {' or '.join(SWITCH)}, not {describe_value(value)}"
        raise DocumentError(message, f"{fields.path}.{name}")
    return otherwise if value is None else value == "ENABLED"


def provider_name(fields: Fields, name: str) -> str | None:
    """Return the name of a provider that a document names, None if it names none.

    Raises:
        DocumentError: no provider can have that name.
    """
    value = fields.text(name)
    if value is not None and not _NAME.fullmatch(value):
        message = f"expected the name of a capacity provider, not {describe_value(value)}"
        raise DocumentError(message, f"{fields.path}.{name}")
    return value


def checked_strategy(
    fields: Fields, name: str = "capacityProviderStrategy"
) -> list[dict[str, Any]]:
    """Return a capacity provider strategy with its defaults filled in; empty: there is none.

    Raises:
        DocumentError: it is none by which tasks can be distributed (S11.1).
    """
    found: list[dict[str, Any]] = []
    for item, here in fields.with_paths(name):
        one = Fields(item, here)
        weight, base = one.count("weight", 0), one.count("base", 0)
        provider = provider_name(one, "capacityProvider")
        if provider is None:
            raise DocumentError("expected the name of a capacity provider, not null", here)
        found.append({**item, "capacityProvider": provider, "weight": weight, "base": base})
    if found:
        _check(found, f"{fields.path}.{name}")
    return found


def _check(strategy: Sequence[Mapping[str, Any]], path: str) -> None:
    try:
        next_item(strategy_items(strategy), {})
    except UsageError as error:
        raise DocumentError(str(error), path) from None


# What is only named


def names_in_use(lists: Lists) -> Iterator[str]:
    """Yield the names of providers in the documents of a cluster; some come several times."""
    for name, field in (
        ("containerInstances", "capacityProviderName"),
        ("tasks", "capacityProviderName"),
    ):
        yield from (_text(one.document.get(field)) for one in lists[name])
    for _, document in lists["clusters"]:
        names = document.get("capacityProviders")
        yield from map(_text, names if isinstance(names, list) else ())
        yield from _of_strategy(document.get("defaultCapacityProviderStrategy"))
    for name in ("services", "serviceRevisions"):
        for _, document in lists[name]:
            yield from strategy_names(document)


def strategy_names(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the providers in the strategies of a service or revision, and of its deployments."""
    yield from _of_strategy(document.get("capacityProviderStrategy"))
    entries = document.get("deployments")
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping):
            yield from _of_strategy(entry.get("capacityProviderStrategy"))


def _of_strategy(strategy: object) -> Iterator[str]:
    """Yield the providers of a strategy; whether it is one is found out by those who read it."""
    for item in strategy if isinstance(strategy, list) else ():
        if isinstance(item, Mapping):
            yield _text(item.get("capacityProvider"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def make_providers(
    account: Account, clusters: Mapping[str, Lists], kept: Collection[str]
) -> list[ProviderRecord]:
    """Make providers that documents name and none describes, with managed scaling off (C50).

    A cluster that no document describes has the providers that its records name.
    """
    made = []
    for name, lists in clusters.items():
        names = [one for one in dict.fromkeys(names_in_use(lists)) if one]
        if not lists["clusters"] and name in account.clusters:
            account.clusters[name].capacity_providers = list(names)
        for one in names:
            if one in account.providers or one in kept:
                continue
            arn = account.arn(f"capacity-provider/{one}")
            record = ProviderRecord(one, arn, ProviderKind.GROUP, is_loaded=True)
            account.providers[one] = record
            account.note(arn, "made", "no document describes this capacity provider")
            made.append(record)
    return made
