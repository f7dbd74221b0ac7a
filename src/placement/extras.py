"""How to install what this package can do without: its extras.

In: the name of an extra of ``pyproject.toml``.  Out: advice for messages.
"""

from __future__ import annotations

__all__ = ["how_to_install"]


def how_to_install(extra: str) -> str:
    """Return how to install an extra: in a checkout of the sources, and by name elsewhere."""
    return f'pip install ".[{extra}]" in a checkout, else pip install "cql-placement[{extra}]"'
