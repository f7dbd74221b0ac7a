"""The entry point of ``placement`` and of ``python -m placement``.

In: the process's arguments.  Out: its exit status.  Without the libraries of the extra ``[cli]``
it says how to get them, so this module itself imports neither.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the command that the process was started with, and end the process."""
    missing = [name for name in ("click", "rich") if find_spec(name) is None]
    if missing:
        names = " and ".join(missing)
        sys.stderr.write(
            f"placement: the command line needs {names}: pip install 'cql-placement[cli]'\n"
        )
        sys.exit(2)
    from placement.cli.app import run

    sys.exit(run(sys.argv[1:], own_process=True))
