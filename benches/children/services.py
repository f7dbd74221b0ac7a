"""One part of ``services.py``, with the library that PYTHONPATH says.

Usage: python -m children.services PART quick|full

Prints one line of JSON: figures by name, times in nanoseconds of CPU time, sizes in bytes.
"""

import json
import sys
from importlib import import_module

import harness  # first: it limits every library to one thread
from harness.kernels import take_kernels
from harness.services_plan import load

part, size = sys.argv[1:]
assert harness.PINNED
take_kernels()
print(json.dumps(import_module(f"measures.services.{part}").figures(load(quick=size == "quick"))))
