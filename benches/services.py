"""Measure services: deployed, at rest, drained, described, copied.  See README.md here.

Usage: python benches/services.py [--quick] [--rounds 3] [--only rolling,...] [--record]
"""

from __future__ import annotations

import harness  # first: it limits every library to one thread
from harness.parts import Bench, main
from harness.services_plan import load

assert harness.PINNED

BENCH = Bench(
    "services",
    "What services of a session cost.",
    parts=("rolling", "many", "describing", "memory", "moto"),
    peers=("moto", "boto3"),
    load=load,
)

if __name__ == "__main__":
    main(BENCH)
