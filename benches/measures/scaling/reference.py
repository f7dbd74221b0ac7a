"""How fast this machine is now: that of ``services.py``."""

from measures.services.reference import REPEATED, figures, lines

__all__ = ["REPEATED", "figures", "lines"]
