"""Rules about percents, zone rebalancing and what ends a deployment that fails.

In: ``ServiceFacts``.  Out: warnings.  The bounds are those of ``placement.services.limits``.
"""

from __future__ import annotations

from placement.ecs.calls.ecs.services.rebalancing import why_not_rebalanced
from placement.ecs.lints.codes import Lints, ServiceLint, counted
from placement.ecs.lints.facts import ServiceFacts
from placement.services.hooks import HookKind
from placement.services.limits import ceil_div, lower_bound

__all__ = ["PERCENT_RULES"]

PATH = "deploymentConfiguration"


def blocking_percents(facts: ServiceFacts) -> Lints:
    """At this desired count a rolling deployment may neither start nor stop a task (S4.7)."""
    settings, desired = facts.configuration, facts.desired
    if settings.shifts_traffic or not facts.wanted.is_run:
        return
    if facts.wanted.is_daemon:
        yield from _blocked_daemon(facts)
        return
    if not desired or facts.lower < facts.upper:
        return
    bounds = (
        f"{counted(desired)} at {settings.minimum_percent}/{settings.maximum_percent} per cent: "
        f"the least that stay healthy and the most that may run are both {desired}, so that a "
        "deployment can neither start nor stop a task"
    )
    yield ServiceLint("blocking-percents", PATH, bounds, _what_moves(desired))


def _what_moves(desired: int) -> str:
    """Return the changes of one percent that let one task move at a time."""
    more = f"maximumPercent {ceil_div(100 * (desired + 1), desired)} starts one more"
    fewer = f"minimumHealthyPercent {100 * (desired - 1) // desired} stops one first"
    return f"{more}, {fewer}"


def _blocked_daemon(facts: ServiceFacts) -> Lints:
    """A daemon's instances that an update may leave without a healthy daemon are none (S7.2)."""
    percent = facts.configuration.minimum_percent
    fitting = facts.fitting
    number = None if fitting is None else len(fitting.qualifying)
    if percent < 100 and (not number or lower_bound(number, percent) < number):
        return
    of = "" if number is None or percent == 100 else f" of {number} instances"
    yield ServiceLint(
        "blocking-percents",
        f"{PATH}.minimumHealthyPercent",
        f"{percent} per cent{of} lets no instance be without a healthy daemon, and a new daemon "
        "starts only where the old one has stopped",
        "a lower minimumHealthyPercent",
    )


def rebalancing(facts: ServiceFacts) -> Lints:
    """Zone rebalancing is on and cannot act, or is asked for and excluded (S8.4)."""
    wanted = facts.wanted
    if wanted.rebalancing == "DISABLED" or not wanted.is_run or wanted.is_daemon:
        return
    reason = why_not_rebalanced(wanted)
    path = "availabilityZoneRebalancing"
    if reason is not None:
        if wanted.rebalancing == "ENABLED":
            message = f"the service cannot be rebalanced over zones: {reason.sentence}"
            yield ServiceLint("rebalancing-ineligible", path, message, "DISABLED, or change that")
        return
    if facts.desired and facts.upper == facts.desired:
        percent = ceil_div(100 * (facts.desired + 1), facts.desired)
        yield ServiceLint(
            "rebalancing-blocked",
            path,
            f"rebalancing starts tasks before it stops others, and {counted(facts.desired)} at "
            f"{facts.configuration.maximum_percent} per cent may be no more than {facts.upper}",
            f"maximumPercent {percent} lets it move one task at a time",
        )


def ignored_percents(facts: ServiceFacts) -> Lints:
    """Percents that are given and that the strategy does not read (D46)."""
    if not facts.configuration.shifts_traffic:
        return
    document = facts.given.get(PATH) or {}
    for name, usual in (("minimumHealthyPercent", 100), ("maximumPercent", 200)):
        if document.get(name, usual) != usual:
            yield ServiceLint(
                "percents-ignored",
                f"{PATH}.{name}",
                f"{facts.configuration.strategy} starts as many new tasks as there are old ones, "
                "whatever the percents are",
            )


def detectors(facts: ServiceFacts) -> Lints:
    """A rollback that never comes, since its detector is not enabled; alarms that do not count."""
    breaker, alarms = facts.configuration.breaker, facts.configuration.alarms
    if breaker.rollback and not breaker.enable:
        yield ServiceLint(
            "detector-off",
            f"{PATH}.deploymentCircuitBreaker",
            "rollback is set, and the circuit breaker is not enabled",
            "enable: true",
        )
    if alarms is None:
        return
    if not alarms.enable and (alarms.rollback or alarms.names):
        message = "alarms are listed, and watching them is not enabled"
        yield ServiceLint("detector-off", f"{PATH}.alarms", message, "enable: true")
    elif facts.account is not None:
        for name in alarms.names:
            if name in facts.account.in_alarm():
                yield ServiceLint(
                    "alarm-in-alarm",
                    f"{PATH}.alarms",
                    f"{name} is in ALARM: a deployment that starts now ignores all its alarms",
                )


def hooks(facts: ServiceFacts) -> Lints:
    """Hooks that never run, and functions that nobody registered (C44)."""
    for number, hook in enumerate(facts.configuration.hooks):
        path = f"{PATH}.lifecycleHooks[{number}]"
        if not facts.configuration.shifts_traffic:
            message = "a ROLLING deployment has no stages: the hook never runs"
            yield ServiceLint("hooks-ignored", path, message)
        elif (
            hook.kind is HookKind.AWS_LAMBDA
            and facts.account is not None
            and hook.target_arn not in facts.account.registered_functions
        ):
            yield ServiceLint(
                "hook-without-function",
                f"{path}.hookTargetArn",
                f"no function is registered for {hook.target_arn}: it answers SUCCEEDED",
                "session.register_function(arn, function)",
            )


PERCENT_RULES = (blocking_percents, rebalancing, ignored_percents, detectors, hooks)
