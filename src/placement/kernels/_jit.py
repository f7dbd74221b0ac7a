"""The one decorator for kernels.

Kernels are compiled when they are first called, never at import, and kept on disk: beside the
package, or in the user's cache folder where the package's is read-only.  Where neither can be
written they are compiled anew in each process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit

__all__ = ["called", "inlined", "jit", "jit_no_refcount"]


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled at its first call; it releases the GIL."""
    return _compiled(function)


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    try:
        compiled = njit(function, cache=True, nogil=True, **options)
        _stamp(compiled)
    except RuntimeError as error:  # numba's answer where it finds no folder to write to
        if "cannot cache" not in str(error):
            raise
        compiled = njit(function, nogil=True, **options)
    result: Callable[..., Any] = compiled
    return result


def jit_no_refcount(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled like a kernel, but without counting references to arrays.

    It can make no array of its own.  For kernels that work on many arrays at once: counting would
    take longer than the work.
    """
    return _compiled(function, _nrt=False)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` to be inlined into each ``jit_no_refcount`` kernel that calls it."""
    options: dict[str, Any] = {"forceinline": True, "nogil": True, "_nrt": False}
    result: Callable[..., Any] = njit(function, **options)
    return result


def called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled once, for ``jit_no_refcount`` kernels to call; Python cannot."""
    options: dict[str, Any] = {
        "nogil": True,
        "_nrt": False,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    result: Callable[..., Any] = njit(function, **options)
    return result


def _stamp(compiled: Any) -> None:
    """Let a kernel on disk be good only for the sources that all kernels have now.

    numba looks at the kernel's own file; what is written into it comes from others, too.  There is
    no public way to say so: where numba has no such cache, nothing is said.
    """
    file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(file, "_source_stamp"):
        file._source_stamp = (file._source_stamp, _sources())


@cache
def _sources() -> str:
    """Return a digest of the sources of all kernels."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
