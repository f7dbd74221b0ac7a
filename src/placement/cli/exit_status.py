"""The exit statuses of the program, as its help and documentation list them."""

from __future__ import annotations

__all__ = ["INTERRUPTED", "NOT_STEADY", "NO_READER", "NO_ROOM", "REFUSED"]

NO_READER = 1
"""Whatever reads the output has closed it."""

REFUSED = 2
"""An error: of the arguments, of a file, of the output, or out of memory."""

NO_ROOM = 3
"""The command did what it was asked, and some tasks found no room."""

NOT_STEADY = 3
"""The same of a deployment after which the service is not steady with what was deployed."""

INTERRUPTED = 130
"""Interrupted (Ctrl-C): 128 + SIGINT, as shells report it."""
