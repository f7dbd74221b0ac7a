"""The one decorator for kernels.

Kernels are compiled when they are first called, never at import, and kept on disk: beside the
package, or in the user's cache folder where the package's is read-only.  Where neither can be
written they are compiled anew in each process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["kernel"]


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled at its first call; it releases the GIL."""
    try:
        compiled = njit(function, cache=True, nogil=True)
    except RuntimeError as error:  # numba's answer where it finds no folder to write to
        if "cannot cache" not in str(error):
            raise
        compiled = njit(function, nogil=True)
    result: Callable[..., Any] = compiled
    return result
