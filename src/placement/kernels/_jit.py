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

__all__ = ["bare", "inlined", "inner", "kernel", "part"]


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
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


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` as a part of ``bare`` kernels, written into each where that pays."""
    result: Callable[..., Any] = njit(function, **_INNER)
    return result


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` as a part of ``bare`` kernels, written into each that calls it.

    Unlike a ``part`` it cannot be called from elsewhere, which makes it quicker to compile.
    """
    result: Callable[..., Any] = njit(function, forceinline=True, **_INNER)
    return result


_INNER: dict[str, Any] = {
    "nogil": True,
    "_nrt": False,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


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
