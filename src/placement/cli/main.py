"""The entry point of ``placement`` and of ``python -m placement``.

In: the process's arguments.  Out: its exit status.  ``placement warm`` works without the libraries
of the extra ``[cli]``; for the other commands it says how to get them.  So this module imports
neither, and nothing that is slow to load: an interrupt is dealt with from here on.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from typing import NoReturn

from placement.cli.exit_status import INTERRUPTED, REFUSED

__all__ = ["main"]


def main() -> None:
    """Run the command that the process was started with, and end the process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, _interrupted)
    try:
        status = _run(sys.argv[1:])
    except MemoryError:
        _write_error("error: out of memory\n")
        status = REFUSED
    sys.exit(status)


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["warm"]:
        from placement.cli.warm import run_warm

        return run_warm(arguments[1:])
    missing = [name for name in ("click", "rich", "yaml") if find_spec(name) is None]
    if missing:
        from placement.extras import how_to_install

        names = " and ".join(missing)
        _write_error(f"placement: the command line needs {names}: {how_to_install('cli')}\n")
        return REFUSED
    from placement.cli.app import run

    return run(arguments, own_process=True)


def _interrupted(number: int, frame: object) -> NoReturn:
    """End the process at once: an exception could be swallowed by whatever is running.

    Libraries catch everything around some of their imports, and Python prints what is raised in a
    destructor and goes on.
    """
    del number, frame
    _write_error("interrupted\n")
    os._exit(INTERRUPTED)


def _write_error(text: str) -> None:
    """Write to standard error without its buffer, which may be in use or closed."""
    try:
        os.write(2, text.encode())
    except OSError:  # the reader has closed it
        return
