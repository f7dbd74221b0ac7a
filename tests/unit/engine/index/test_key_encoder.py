"""Packed keys: where the numbers of each sort key are, narrow and wide."""

from __future__ import annotations

from typing import Any

import pytest

from placement import BinPack, Cluster, Instance, Spread, Task
from placement.engine.index import key_encoder
from placement.engine.index.key_encoder import KeyEncoder, encode_key
from placement.kernels.fields import BY_ATTRIBUTE, BY_KEY, CPU, MEMORY

HOST, ZONE, RACK = Spread("instanceId"), Spread("attribute:z"), Spread("attribute:r")
LEAST_CPU, LEAST_MEMORY = BinPack("cpu"), BinPack("memory")
CPU_BITS, MEMORY_BITS = 10, 13


def encoded(chain: list[Any], *, wide: bool, cpu: int = 1000, memory: int = 8000) -> Any:
    found = Cluster()
    found.register(Instance(id="i", cpu=cpu, memory=memory))
    numbers = {"z": 40, "r": 41}
    ranking = found.prepare(Task(), strategy=chain).ranking
    return encode_key(found.store, ranking, numbers.__getitem__, wide=wide)


def test_resources_lie_above_those_of_later_strategies() -> None:
    key = encoded([LEAST_CPU, LEAST_MEMORY], wide=False)
    assert key.links == [
        (BY_KEY, MEMORY_BITS, 2**CPU_BITS - 1, CPU),
        (BY_KEY, 0, 2**MEMORY_BITS - 1, MEMORY),
    ]
    assert (key.count_shift, key.count_mask) == (-1, 0)


@pytest.mark.parametrize(("wide", "bits"), [(False, 30), (True, 61)])
def test_counts_take_all_the_bits_that_are_left(wide: bool, bits: int) -> None:
    key = encoded([HOST, LEAST_CPU], wide=wide)
    left = bits - CPU_BITS
    assert key.links == [
        (BY_KEY, CPU_BITS, 2**left - 1, -1),
        (BY_KEY, 0, 2**CPU_BITS - 1, CPU),
    ]
    assert (key.count_shift, key.count_mask) == (CPU_BITS, 2**left - 1)
    below = encoded([LEAST_CPU, HOST], wide=wide)
    assert below.links[0] == (BY_KEY, left, 2**CPU_BITS - 1, CPU)
    assert (below.count_shift, below.count_mask) == (0, 2**left - 1)


def test_counts_by_attribute_take_no_bits_but_say_which_value_of_the_bucket() -> None:
    key = encoded([ZONE, RACK, HOST], wide=False)
    assert key.links == [
        (BY_ATTRIBUTE, 40, 0, 0),
        (BY_ATTRIBUTE, 41, 1, 0),
        (BY_KEY, 0, 2**30 - 1, -1),
    ]


@pytest.mark.parametrize("chain", [[ZONE], []])
def test_a_chain_without_numbers_of_rows_has_a_key_of_no_bits(chain: list[Any]) -> None:
    key = encoded(chain, wide=False)
    assert [link[0] for link in key.links] == [BY_ATTRIBUTE] * len(chain)
    assert key.count_shift == -1


def test_amounts_that_leave_too_few_bits_for_counts_need_a_wide_key() -> None:
    """24 bits of amounts leave 6 of 30, which are the least; with one more there is no key."""
    fits = encoded([HOST, LEAST_CPU], wide=False, cpu=2**24 - 1)
    assert fits.count_mask == 2**6 - 1
    assert encoded([HOST, LEAST_CPU], wide=False, cpu=2**24) is None
    assert encoded([HOST, LEAST_CPU], wide=True, cpu=2**24).count_mask == 2**36 - 1


def test_amounts_that_no_key_can_hold_have_none() -> None:
    chain = [HOST, LEAST_CPU, LEAST_MEMORY]
    least = encoded(chain, wide=True, cpu=2**18 - 1, memory=2**19 - 1)
    assert least.count_mask == 2**24 - 1
    assert encoded(chain, wide=True, cpu=2**18 - 1, memory=2**19) is None


def test_bits_are_those_of_the_largest_amount_there_ever_was() -> None:
    found = Cluster()
    found.register(Instance(id="i", cpu=1000, memory=1))
    found.register(Instance(id="large", cpu=5000, memory=1))
    found.deregister("large")
    ranking = found.prepare(Task(), strategy=LEAST_CPU).ranking
    encoder = KeyEncoder(found.store, ranking, len, key_encoder.NARROW_BITS)
    assert list(encoder.widths.values()) == [13]
