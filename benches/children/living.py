"""One case of one part of ``living.py``, with the library that PYTHONPATH says.

Usage: python -m children.living PART CASE quick|full SECONDS

A history is cut after so many seconds.  Prints one line of JSON: figures, and where the library is.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

import attrs

import harness  # first: it limits every library to one thread
import placement
from harness.kernels import take_kernels
from harness.living_plan import load

part, case, size, seconds = sys.argv[1:]
assert harness.PINNED
take_kernels()
plan = load(quick=size == "quick", most_seconds=float(seconds))
figures = import_module(f"measures.living.{part}").figures(plan, case)
library = Path(placement.__file__).parent.parent
print(json.dumps(attrs.asdict(figures) | {"library": str(library)}))
