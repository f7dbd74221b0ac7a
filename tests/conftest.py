"""Hypothesis profiles for the whole test tree.

``default`` is quick enough for every run; ``PLACEMENT_HYPOTHESIS=thorough`` looks far longer.
Neither has deadlines: how long one example takes says more about the machine than about the code.
"""

from __future__ import annotations

import os

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
