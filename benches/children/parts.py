"""One part of ``services.py`` or ``scaling.py``, with the library that PYTHONPATH says.

Usage: python -m children.parts BENCH PART quick|full

Prints one line of JSON: figures by name, times in nanoseconds of CPU time, sizes in bytes.
"""

import json
import sys
from importlib import import_module

import harness  # first: it limits every library to one thread
from harness.kernels import take_kernels

bench, part, size = sys.argv[1:]
assert harness.PINNED
take_kernels()
plan = import_module(f"harness.{bench}_plan").load(quick=size == "quick")
print(json.dumps(import_module(f"measures.{bench}.{part}").figures(plan)))
