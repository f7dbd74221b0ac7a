"""The one decorator for kernels.

Kernels are compiled when they are first called, never at import, and kept on disk: beside the
package, or in the user's cache folder where the package's is read-only.  Where neither can be
written they are compiled anew in each process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

__all__ = ["bare", "kernel", "part"]


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled at its first call; it releases the GIL."""
    return _compiled(function)


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    try:
        compiled = njit(function, cache=True, nogil=True, **options)
    except RuntimeError as error:  # numba's answer where it finds no folder to write to
        if "cannot cache" not in str(error):
            raise
        compiled = njit(function, nogil=True, **options)
    result: Callable[..., Any] = compiled
    return result


def bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled like a kernel, but without counting references to arrays.

    It can make no array of its own.  For kernels that work on many arrays at once: counting would
    take longer than the work.
    """
    return _compiled(function, _nrt=False)


def part(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` as a part of ``bare`` kernels, written into each that calls it."""
    options: dict[str, Any] = {"forceinline": True, "nogil": True, "_nrt": False}
    result: Callable[..., Any] = njit(function, **options)
    return result
