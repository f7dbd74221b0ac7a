"""Lists of addresses: where arrays are, whatever their shape, and what a list before saves."""

from __future__ import annotations

import numpy as np

from placement.state.shared import Array, address_of, addresses_of


def test_the_address_of_an_array_is_that_of_its_memory() -> None:
    arrays: tuple[Array, ...] = (
        np.zeros(3),
        np.zeros((2, 5), np.int32),
        np.zeros(4, np.bool_),
        np.zeros(0),
    )
    for array in arrays:
        assert address_of(array) == array.__array_interface__["data"][0]
    assert address_of(np.zeros(0)) >= 0  # an array without memory has one, too


def test_arrays_that_stay_are_not_asked_again_and_others_are() -> None:
    before: list[Array] = [np.zeros(3), np.zeros((2, 5), np.int32), np.zeros(4, np.uint8)]
    known = addresses_of(before)
    assert known.tolist() == [
        [address_of(before[0]), 3, 0],
        [address_of(before[1]), 2, 5],
        [address_of(before[2]), 4, 0],
    ]
    now: list[Array] = [before[0], np.zeros((7, 5), np.int32), before[2]]
    found = addresses_of(now, before, known)
    assert found.tolist() == addresses_of(now).tolist()
    assert known[1].tolist() == [address_of(before[1]), 2, 5]  # the list before is as it was
