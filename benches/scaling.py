"""Measure scaling: services and instances that follow a load.  See README.md here.

Usage: python benches/scaling.py [--quick] [--rounds 3] [--only day,...] [--record]
"""

from __future__ import annotations

import harness  # first: it limits every library to one thread
from harness.parts import Bench, main
from harness.scaling_plan import load

assert harness.PINNED

BENCH = Bench(
    "scaling",
    "What scaling in a session costs.",
    parts=("day", "growth", "peak", "machines", "pure", "turnover"),
    peers=(),
    load=load,
)

if __name__ == "__main__":
    main(BENCH)
