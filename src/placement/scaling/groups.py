"""The rules of an Auto Scaling group: where it launches, and what it terminates (S11.5, S11.4.4).

In: how many instances each zone has, or the instances as values with opaque keys.  Out: zones,
types and keys, each with the rule that chose it.  Launch delays, failures and states of instances
belong to the caller.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

import attrs

from placement.errors import UsageError, describe_value
from placement.timestamps import MINUTE

__all__ = [
    "BILLING_HOUR",
    "GroupInstance",
    "LaunchChoice",
    "LaunchRule",
    "Policy",
    "Rebalancing",
    "Victim",
    "VictimRule",
    "empty_victims",
    "launch_zone",
    "next_launch",
    "rebalance_zones",
    "victims",
    "zone_order",
]

BILLING_HOUR = 60 * MINUTE
"""Instances were billed by the hour from their launch; the Default policy still looks at it."""


class LaunchRule(enum.Enum):
    """Why a zone was chosen; the value is a sentence."""

    FEWEST_INSTANCES = "the zone has the fewest instances"
    OTHERS_FAILED = "launches failed in the zones with fewer instances"


@attrs.frozen
class LaunchChoice:
    """Where an instance is launched.

    Attributes:
        zone: The zone.
        instance_type: The type; None: only the zone was asked for.
        rule: What chose the zone.
    """

    zone: str
    instance_type: str | None
    rule: LaunchRule


class Policy(enum.Enum):
    """Termination policies, as Auto Scaling writes them."""

    DEFAULT = "Default"
    OLDEST_INSTANCE = "OldestInstance"
    NEWEST_INSTANCE = "NewestInstance"


class VictimRule(enum.Enum):
    """Why an instance is terminated; the value is a sentence."""

    UNHEALTHY = "the instance is unhealthy"
    DEFAULT = "in the fullest zone: oldest configuration, then next billing hour, then oldest"
    OLDEST_INSTANCE = "the oldest instance in the fullest zone"
    NEWEST_INSTANCE = "the newest instance in the fullest zone"
    EMPTY = "no task other than of daemons, newest launch first"


@attrs.frozen
class GroupInstance:
    """An instance of a group that is not terminating.

    Attributes:
        key: Any hashable value that names it.
        zone: Its zone.
        launched_at: The moment of its launch.
        configuration: The place of its launch configuration or template version among those of
            the group, the oldest first.
        healthy: Whether the group takes it as healthy.
        protected: Whether it is protected from scale-in otherwise than by managed termination
            protection, which ``empty_victims`` answers by itself.
        tasks: Its tasks that no daemon service runs and that are not STOPPED yet (D98).

    Raises:
        UsageError: ``tasks`` is below 0.
    """

    key: Hashable
    zone: str
    launched_at: int
    configuration: int = 0
    healthy: bool = True
    protected: bool = False
    tasks: int = 0

    def __attrs_post_init__(self) -> None:
        if self.tasks < 0:
            raise UsageError(f"tasks is at least 0, not {describe_value(self.tasks)}")


@attrs.frozen
class Victim:
    """An instance to terminate, and why.

    Attributes:
        key: The instance's key.
        rule: What chose it.
    """

    key: Hashable
    rule: VictimRule


@attrs.frozen
class Rebalancing:
    """Instances to launch in some zones and, once they are in service, to terminate in others.

    Attributes:
        launches: A zone for each instance to launch, in order.
        terminations: A zone for each instance to terminate, in order.
    """

    launches: tuple[str, ...]
    terminations: tuple[str, ...]


def zone_order(counts: Mapping[str, int]) -> list[str]:
    """Return the zones from the one with fewest to the one with most, ties by name.

    The same order holds for tasks of Fargate, counted by service and provider (D79).
    """
    return sorted(counts, key=lambda zone: (counts[zone], zone))


def launch_zone(counts: Mapping[str, int], failed: Collection[str] = ()) -> LaunchChoice | None:
    """Return the zone of the next launch, None if launches failed in all (S11.5.2).

    Args:
        counts: Instances by zone, pending ones included.
        failed: The zones in which a launch has failed since the last full minute.
    """
    order = zone_order(counts)
    for zone in order:
        if zone not in failed:
            first = zone == order[0]
            rule = LaunchRule.FEWEST_INSTANCES if first else LaunchRule.OTHERS_FAILED
            return LaunchChoice(zone, None, rule)
    return None


def next_launch(
    counts: Mapping[str, int],
    types: Sequence[str],
    failed: Collection[tuple[str, str]] = (),
) -> LaunchChoice | None:
    """Return zone and type of the next launch, None if each type has failed in each zone (D76).

    The types are tried in order in the zone with fewest instances, then in the next zone.

    Args:
        counts: Instances by zone, pending ones included.
        types: Instance types in the group's order.
        failed: Pairs of zone and type that have failed since the last full minute.
    """
    exhausted = [zone for zone in counts if all((zone, name) in failed for name in types)]
    choice = launch_zone(counts, exhausted)
    if choice is None:
        return None
    free = (name for name in types if (choice.zone, name) not in failed)
    return attrs.evolve(choice, instance_type=next(free))


def victims(
    instances: Iterable[GroupInstance],
    count: int,
    policy: Policy = Policy.DEFAULT,
    *,
    now: int = 0,
) -> tuple[Victim, ...]:
    """Return up to ``count`` instances that a scale-in terminates, in order (S11.5.3).

    Unhealthy ones first; then, one after the other, from the zone with most instances that has one
    that is not protected (ties by name), by the policy.  Protected ones are never chosen.

    Args:
        instances: The instances in the order of their launch; this order ends all ties.
        count: How many are to be terminated.
        policy: The group's termination policy.
        now: The moment of the decision, for the next billing hour of ``Policy.DEFAULT``.
    """
    counts: dict[str, int] = {}
    by_zone: dict[str, list[GroupInstance]] = {}
    for instance in instances:
        counts[instance.zone] = counts.get(instance.zone, 0) + 1
        if not instance.protected:
            by_zone.setdefault(instance.zone, []).append(instance)
    for candidates in by_zone.values():  # the next one is at the end of its list
        candidates.sort(key=lambda one: (one.healthy, *_policy_key(one, policy, now)))
        candidates.reverse()
    chosen: list[Victim] = []
    while by_zone and len(chosen) < count:
        zone = min(by_zone, key=lambda one: (by_zone[one][-1].healthy, -counts[one], one))
        instance = by_zone[zone].pop()
        counts[zone] -= 1
        if not by_zone[zone]:
            del by_zone[zone]
        rule = VictimRule[policy.name] if instance.healthy else VictimRule.UNHEALTHY
        chosen.append(Victim(instance.key, rule))
    return tuple(chosen)


def empty_victims(instances: Iterable[GroupInstance], count: int) -> tuple[Victim, ...]:
    """Return up to ``count`` instances that managed termination protection lets go (S11.4.4).

    Only instances without tasks other than daemons', newest launch first (D75), and of those
    launched at one moment the later in the order given.
    """
    empty = [one for one in instances if not one.tasks and not one.protected]
    empty.sort(key=lambda one: one.launched_at)
    return tuple(Victim(one.key, VictimRule.EMPTY) for one in empty[::-1][: max(count, 0)])


def rebalance_zones(
    counts: Mapping[str, int], unprotected: Mapping[str, int], maximum: int
) -> Rebalancing:
    """Return what evens out zones whose counts differ by 2 or more (S11.5.4, D78).

    The launches come first, and may exceed the group's maximum by a tenth, at least by 1; what the
    limit leaves comes with the next call.  No protected instance is ever ended.

    Args:
        counts: Instances by zone, pending ones included.
        unprotected: How many of them may be terminated, by zone.
        maximum: The group's MaxSize.
    """
    after = dict(counts)
    free = dict(unprotected)
    room = maximum + max(1, maximum // 10) - sum(counts.values())
    launches: list[str] = []
    terminations: list[str] = []
    while len(launches) < room:
        order = zone_order(after)
        givers = [zone for zone in order if free.get(zone, 0) > 0]
        if not givers:
            break
        most = max(after[zone] for zone in givers)
        giver = min(zone for zone in givers if after[zone] == most)
        if most - after[order[0]] < 2:
            break
        launches.append(order[0])
        terminations.append(giver)
        after[order[0]] += 1
        after[giver] -= 1
        free[giver] -= 1
    return Rebalancing(tuple(launches), tuple(terminations))


def _policy_key(instance: GroupInstance, policy: Policy, now: int) -> tuple[int, ...]:
    """Return what orders instances by a policy, the first to go first.

    Default: oldest configuration, then closest to the next billing hour, then oldest launch (D77).
    """
    match policy:
        case Policy.DEFAULT:
            to_next_hour = BILLING_HOUR - (now - instance.launched_at) % BILLING_HOUR
            return instance.configuration, to_next_hour, instance.launched_at
        case Policy.OLDEST_INSTANCE:
            return (instance.launched_at,)
        case Policy.NEWEST_INSTANCE:
            return (-instance.launched_at,)
