"""Rules about where tasks may run: host ports, constraints, zones, subnets.

In: ``ServiceFacts``.  Out: warnings.  How many instances qualify, the engine says; whether they
have room is for ``room``.
"""

from __future__ import annotations

from collections.abc import Iterable

from placement.ecs.lints.codes import Lints, ServiceLint, counted
from placement.ecs.lints.facts import ServiceFacts
from placement.query.lint import lint
from placement.services.limits import ceil_div

__all__ = ["PLACING_RULES"]


def static_ports(facts: ServiceFacts) -> Lints:
    """Tasks that need the same host port need an instance each (2.3)."""
    if facts.definition is None:
        return
    task = facts.definition.task
    ports = sorted({*task.tcp_ports, *task.udp_ports})
    if not ports:
        return
    named = f"host port{'s' if len(ports) > 1 else ''} {', '.join(map(str, ports[:3]))}"
    what = f"one task an instance, since each needs {named}"
    yield from _too_few("static-ports", "taskDefinition", facts, 1, what, "hostPort 0")


def one_per_instance(facts: ServiceFacts) -> Lints:
    """``distinctInstance`` and AtMost limit the tasks of the service on an instance (2.6, C38)."""
    limit = facts.limit_per_instance
    if limit is None:
        return
    of = "distinctInstance" if limit == 1 else f"AtMost({limit})"
    what = f"at most {counted(limit)} an instance, by {of}"
    yield from _too_few("one-per-instance", "placementConstraints", facts, limit, what, "")


NAMED = 3
"""Instances that a warning names at most."""


def neuron_devices(facts: ServiceFacts) -> Lints:
    """Tasks want Neuron devices, of which some instances that would do report none (B44)."""
    if facts.cluster is None or facts.definition is None or facts.fitting is None:
        return
    if not facts.definition.task.neuron_devices:
        return
    usage, qualifying = facts.cluster.engine.usage, facts.fitting.qualifying
    without = [id for id in qualifying if usage(id).remaining_neuron_devices is None]
    if without:
        more = f" and {len(without) - NAMED} more" if len(without) > NAMED else ""
        message = (
            f"{len(without)} of {len(qualifying)} instances that qualify report no Neuron devices, "
            f"so that these are not checked there: {', '.join(without[:NAMED])}{more}"
        )
        advice = "NEURON_DEVICE or NEURON_CORES among the resources that they register"
        yield ServiceLint("neuron-devices-unchecked", "taskDefinition", message, advice)


def _too_few(
    code: str, path: str, facts: ServiceFacts, limit: int, what: str, advice: str
) -> Lints:
    """Warn where so many tasks an instance are too few for the service, or for a deployment."""
    desired, fitting = facts.desired, facts.fitting
    if fitting is None or not desired or facts.wanted.is_daemon:
        return
    number = len(fitting.qualifying)
    places = number * limit
    instances = f"{number} instance{'' if number == 1 else 's'} that qualify"
    if places < desired:
        message = f"{what}: {instances} hold {places} of {counted(desired)}"
        yield ServiceLint(code, path, message, _or(f"{ceil_div(desired, limit)} instances", advice))
        return
    needs = 2 * desired if facts.configuration.shifts_traffic else facts.lower + 1
    if places < needs:
        message = (
            f"{what}: {instances} hold {places}, and a deployment needs {needs} at once to keep "
            f"{desired if facts.configuration.shifts_traffic else facts.lower} healthy"
        )
        more = f"{ceil_div(needs, limit)} instances"
        if not facts.configuration.shifts_traffic:
            more = _or(more, "a lower minimumHealthyPercent")
        yield ServiceLint(code, path, message, _or(more, advice))


def _or(first: str, second: str) -> str:
    return f"{first}, or {second}" if second else first


def expressions(facts: ServiceFacts) -> Lints:
    """What ``placement.lint`` says of the expressions."""
    cluster = facts.cluster.engine if facts.cluster is not None else None
    for number, item in enumerate(facts.wanted.constraint_items):
        text = item.get("expression")
        if not text:
            continue
        for one in lint(text, cluster):
            path = f"placementConstraints[{number}].expression"
            advice = one.suggestion or ""
            yield ServiceLint(one.code, path, one.message, advice)


def qualifying(facts: ServiceFacts) -> Lints:
    """No instance would do, even if it were empty."""
    fitting = facts.fitting
    if fitting is None or fitting.qualifying:
        return
    instances = 0 if facts.cluster is None else len(facts.cluster.engine)
    if not instances:
        message = "the cluster has no container instances"
    else:
        none = f"none of {instances} instances qualifies"
        reasons = "; ".join(fitting.reasons[:3])
        message = f"{'the only instance does not qualify' if instances == 1 else none}: {reasons}"
    yield ServiceLint("no-instance-qualifies", "", message)


# Zones


def one_zone(facts: ServiceFacts) -> Lints:
    """All tasks would be in one zone."""
    if facts.desired is not None and facts.desired < 2:
        return
    fitting = facts.fitting
    if fitting is not None and not facts.wanted.is_daemon and len(fitting.qualifying) > 1:
        zones = {facts.zone_of(id) for id in fitting.qualifying} - {None}
        if len(zones) == 1:
            yield _in_one_zone("", f"{len(fitting.qualifying)} instances that qualify", zones)
    subnets = _subnets(facts)
    account = facts.account
    if account is None or not subnets:
        return
    known = {account.subnets[one][1] for one in subnets if one in account.subnets}
    if len(known) == 1 and all(one in account.subnets for one in subnets):
        path = "networkConfiguration.awsvpcConfiguration.subnets"
        yield _in_one_zone(path, f"{len(subnets)} subnets", known)


def _in_one_zone(path: str, what: str, zones: Iterable[str | None]) -> ServiceLint:
    (zone,) = zones
    message = f"all {what} are in {zone}: without that zone no task runs"
    return ServiceLint("one-zone", path, message, "a second zone")


def _subnets(facts: ServiceFacts) -> tuple[str, ...]:
    network = (facts.wanted.network or {}).get("awsvpcConfiguration") or {}
    return tuple(network.get("subnets", ()))


def subnets(facts: ServiceFacts) -> Lints:
    """Subnets of which nobody said where they are (C46)."""
    if facts.account is None:
        return
    for number, name in enumerate(_subnets(facts)):
        if name not in facts.account.subnets:
            yield ServiceLint(
                "unregistered-subnet",
                f"networkConfiguration.awsvpcConfiguration.subnets[{number}]",
                f"where {name} is, nobody said: it counts as zone {facts.account.region}a where "
                "a zone must be chosen",
                "register_subnet(subnetId=..., vpcId=..., availabilityZone=...)",
            )


PLACING_RULES = (
    static_ports,
    one_per_instance,
    neuron_devices,
    expressions,
    qualifying,
    one_zone,
    subnets,
)
