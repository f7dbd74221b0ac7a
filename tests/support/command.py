"""Types of the fixtures that run the command ``placement``."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from click.testing import Result

Run = Callable[..., Result]
"""Runs a command in this process."""

Process = Callable[..., subprocess.CompletedProcess[str]]
"""Runs a command in its own process."""
