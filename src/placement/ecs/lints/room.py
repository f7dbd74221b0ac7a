"""Rules about room: for a deployment's tasks, for daemons, at capacity providers.

In: ``ServiceFacts`` with a cluster.  Out: warnings.  Room is what the engine finds in a trial that
is undone.
"""

from __future__ import annotations

from placement.ecs.control.lifecycle import STOP_TIMEOUT
from placement.ecs.control.load_balancing.records import DELAY
from placement.ecs.lints.codes import Lints, ServiceLint, counted
from placement.ecs.lints.facts import ServiceFacts

__all__ = ["ROOM_RULES"]

NAMED = 3
"""Instances that a warning names at most."""


def room(facts: ServiceFacts) -> Lints:
    """Too little room for what a deployment starts before it stops anything (D46, D68, D111)."""
    desired, fitting = facts.desired, facts.fitting
    if fitting is None or not fitting.qualifying or not desired or not facts.wanted.is_run:
        return
    running = facts.running
    if not running or facts.configuration.shifts_traffic:
        free = facts.room(desired)
        if free < desired:
            beside = f" beside the {running} that run" if running else ""
            message = (
                f"a deployment starts {counted(desired)}{beside}, and there is room for {free}"
            )
            yield ServiceLint("no-room", "", message, _more(desired - free))
        return
    wanted = min(desired, facts.upper - running)
    spare = running - facts.lower
    if wanted <= 0 and spare <= 0:
        return  # the percents block it, not the room
    free = facts.room(max(wanted, 0))
    if not free and spare <= 0:
        message = (
            f"a deployment starts a task before it stops one, to keep {facts.lower} of {desired} "
            f"healthy, and there is room for none beside the {running} that run"
        )
        percent = 100 * (desired - 1) // desired
        advice = f"{_more(1)}, or minimumHealthyPercent {percent}"
        yield ServiceLint("no-room", "", message, advice)
    elif free < max(wanted, 1):
        message = (
            f"there is {_more(free) if free else 'room for no more task'}: others are placed "
            "where old ones still stop, and wait until these have ended, up to "
            f"{_longest_stop(facts)} s"
        )
        yield ServiceLint("full-hosts", "", message, _more(max(wanted, 1) - free))


def _more(tasks: int) -> str:
    return f"room for {tasks} more task{'' if tasks == 1 else 's'}"


def _longest_stop(facts: ServiceFacts) -> int:
    """Return how many seconds an old task may hold its room: deregistration, then stopTimeout."""
    timeouts = [one.get("stopTimeout", STOP_TIMEOUT) for one in facts.containers]
    groups = {} if facts.account is None else facts.account.elb.targets.groups
    delays = [
        int(groups[item["targetGroupArn"]].attributes[DELAY])
        for item in facts.wanted.load_balancer_items
        if item.get("targetGroupArn") in groups
    ]
    return max(timeouts, default=STOP_TIMEOUT) + max(delays, default=0)


def daemons(facts: ServiceFacts) -> Lints:
    """Instances that should run the daemon and have no room for it (A45)."""
    fitting = facts.fitting
    if fitting is None or not facts.wanted.is_daemon:
        return
    held: set[str | None] = set()
    if facts.service is not None:
        for deployment in facts.service.deployments:
            for pool in deployment.pools.values():
                held |= {task.instance for task in pool.values()}
    without = [f"{id} ({reason})" for id, reason in fitting.full.items() if id not in held]
    if without:
        more = f" and {len(without) - NAMED} more" if len(without) > NAMED else ""
        number = f"{len(without)} of {len(fitting.qualifying)} instances"
        message = f"no room for the daemon on {number}: {', '.join(without[:NAMED])}{more}"
        advice = "create the daemon service before the services that fill the instances"
        yield ServiceLint("daemon-without-room", "", message, advice)


# Capacity providers


def providers(facts: ServiceFacts) -> Lints:
    """Providers that get no tasks (A54), and those whose tasks wait for an instance (S8.3)."""
    strategy = facts.given.get("capacityProviderStrategy") or ()
    path = "capacityProviderStrategy"
    if not strategy and "launchType" not in facts.given and facts.cluster is not None:
        strategy, path = facts.cluster.default_strategy, "cluster.defaultCapacityProviderStrategy"
    for number, item in enumerate(strategy):
        name, here = item.get("capacityProvider", ""), f"{path}[{number}]"
        if not item.get("weight") and len(strategy) > 1:
            base = item.get("base") or 0
            gets = f"only the {base} tasks of its base" if base else "no tasks"
            given = "is" if "weight" in item else "is not given and by default"
            message = f"the weight of {name} {given} 0: it gets {gets}"
            yield ServiceLint("provider-weight-zero", f"{here}.weight", message, "weight 1")
        elif item.get("weight") and _has_no_instance(facts, name):
            others = "" if len(strategy) == 1 else ", though other providers have room"
            yield ServiceLint(
                "provider-without-instances",
                here,
                f"{name} has no ACTIVE instance: its share of the tasks waits until one is "
                f"registered{others}",
                f"an instance of {name}, or weight 0 while it drains",
            )


def _has_no_instance(facts: ServiceFacts, provider: str) -> bool:
    """Return whether a provider of instances has none that takes tasks."""
    if facts.cluster is None or provider in ("FARGATE", "FARGATE_SPOT"):
        return False
    return not any(
        one.is_registered and not one.is_draining and one.capacity_provider == provider
        for one in facts.cluster.instances.values()
    )


ROOM_RULES = (room, daemons, providers)
