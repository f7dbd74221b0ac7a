"""The garbage collector waits inside a block, and is afterwards as it was."""

from __future__ import annotations

import gc

import pytest

from placement.ecs.control.collector import no_collection


def test_it_waits_in_the_block_and_goes_on_afterwards() -> None:
    assert gc.isenabled()
    with no_collection():
        assert not gc.isenabled()
        with no_collection():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_after_an_exception() -> None:
    with pytest.raises(RuntimeError), no_collection():
        raise RuntimeError
    assert gc.isenabled()


def test_a_caller_who_has_disabled_it_finds_it_disabled() -> None:
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
