"""Clusters without tasks, from which histories of indexes begin (``index_history.py``).

In: a number.  Out: a cluster with instances, and what they were drawn from.  To register instances
takes as long as many steps, so that ``SHARED`` histories begin from copies of one cluster; their
requests, tasks and steps have nothing in common.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache

import attrs

from placement import Cluster, Instance

__all__ = ["AZ", "SHARED", "Start", "new_instance", "start_of"]

AZ = "ecs.availability-zone"
"""The zone that ``ZoneSkew`` goes by: every instance has one beside that of ``attribute:z``."""

SHARED = 8
"""So many histories with consecutive seeds have the same start."""

ZONES = [f"z{number}" for number in range(5)]
SIZES = [(65, 130), (65, 130), (65, 130), (130, 260), (130, 260), (260, 600)]
"""How many instances a cluster has, from and below: blocks have 64 positions."""

GROWING = 0.3
"""This share of clusters is small and grows: layouts are laid out again on the way."""
SMALL = [(4, 16), (4, 16), (61, 76)]
"""How many instances these begin with: just so many that a bucket gets no block to spare."""


@attrs.frozen(eq=False)
class Start:
    """A cluster, to be copied.

    Attributes:
        cluster: Instances without tasks.
        zones: The zones that there are.
        racks: How many racks.
        grows: Whether instances join by the dozen in the history.
    """

    cluster: Cluster
    zones: tuple[str, ...]
    racks: int
    grows: bool


@lru_cache(maxsize=2)
def start_of(number: int) -> Start:
    """Make the start with a number: the same in every process."""
    chance = random.Random(f"start {number}")
    grows = chance.random() < GROWING
    zones = ZONES[: chance.choice([1, 1, 2, 3]) if grows else chance.randrange(1, 6)]
    racks = chance.choice([2, 4] if grows else [2, 8, 30])
    count = chance.randrange(*chance.choice(SMALL if grows else SIZES))
    slot = 10 * (count + 64 * len(zones))  # bytes that a small index takes, about
    cluster = Cluster(
        seed=chance.randrange(3),
        release=chance.choice(["desired_status"] * 3 + ["last_status"]),
        ties=chance.choice(["registered"] * 5 + ["random"]),
        index_bytes=chance.choice([0, 3 * slot, 6 * slot, *[2**30] * 5]),
    )
    for place in range(1, count + 1):
        cluster.register(new_instance(chance, f"i-{place}", zones, racks))
    return Start(cluster, tuple(zones), racks, grows)


def new_instance(chance: random.Random, id: str, zones: Sequence[str], racks: int) -> Instance:
    """Return an instance of any size, in any zone and rack; some lack an attribute."""
    attributes: dict[str, str | None] = {
        "z": chance.choice(zones),
        "r": f"r{chance.randrange(racks)}",
        "flag": chance.choice(["on", "on", "off"]),
        AZ: chance.choice("abcd"[: len(zones)]),
    }
    for name in list(attributes):
        if chance.random() < 0.05:
            del attributes[name]
    return Instance(
        id=id,
        cpu=chance.choice([256, 512, 1024, 1024, 2048]),
        memory=chance.choice([512, 512, 1024, 2048]),
        gpus=chance.choice([0, 0, 0, 1, 2]),
        neuron_devices=random.Random(id).choice([None, None, None, 0, 4]),
        attributes=attributes,
    )
