"""``placement warm``: compile every kernel once, for images and continuous integration.

In: arguments.  Out: an exit status, and a line that says where compiled code is.  It works without
the extra ``[cli]``, so that neither click nor rich may be imported here.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from placement.cli.exit_status import REFUSED

__all__ = ["DESCRIPTION", "run_warm"]

DESCRIPTION = "Compile every kernel once, for images and CI."


class _Help(argparse.HelpFormatter):
    """Help that looks like that of the other commands."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(shutil.get_terminal_size().columns, 100))

    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        """Add the line with the usage."""
        super().add_usage(usage, actions, groups, prefix or "Usage: ")


def run_warm(arguments: Sequence[str]) -> int:
    """Run ``placement warm`` and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="placement warm",
        usage="placement warm [OPTIONS]",
        description=f"{DESCRIPTION} Compiled code is kept on disk, for one model of processor"
        " (NUMBA_CPU_NAME says for which) and one place of the package.",
        allow_abbrev=False,
        add_help=False,
        formatter_class=_Help,
    )
    group = parser.add_argument_group("Options")
    group.add_argument("-h", "--help", action="help", help="Show this message and exit.")
    group.add_argument(
        "--into",
        metavar="FOLDER",
        help="Where compiled code goes; later processes need NUMBA_CACHE_DIR=FOLDER"
        " [default: NUMBA_CACHE_DIR, else beside the package or the user's cache folder]",
    )
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:  # argparse has written its help or its error
        return end.code if isinstance(end.code, int) else REFUSED
    from placement.errors import PlacementError, sanitize
    from placement.warming import warm

    try:
        folder = warm(options.into)
    except PlacementError as error:
        sys.stderr.write(f"error: {sanitize(str(error))}\n")
        return REFUSED
    sys.stdout.write(f"compiled kernels are in {sanitize(str(folder))}\n")
    return 0
