"""Hypothesis profiles and test ids for the whole test tree.

``default`` is quick enough for every run; ``PLACEMENT_HYPOTHESIS=thorough`` looks far longer.
Neither has deadlines: how long one example takes says more about the machine than about the code.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    deadline=None,
    max_examples=25,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=2000)
settings.load_profile(os.environ.get("PLACEMENT_HYPOTHESIS") or "default")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse ids that differ from process to process: ``pytest -n`` needs the same in each.

    Addresses and the order of sets are such; what comes in the order of a set is found by
    ``tests/process/test_wheel.py``, which collects twice.
    """
    for item in items:
        values = (
            item.callspec.params.values()
            if isinstance(item, pytest.Function) and hasattr(item, "callspec")
            else ()
        )
        sets = [
            str(value) for value in values if isinstance(value, set | frozenset) and len(value) > 1
        ]
        if " at 0x" in item.name or any(text in item.name for text in sets):
            raise pytest.UsageError(f"{item.nodeid}: this id differs from process to process")
