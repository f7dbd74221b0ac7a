"""The decorators for kernels, and where compiled code is kept.

Kernels are compiled when they are first called, never at import.  Compiled code is kept on disk, by
numba: in ``NUMBA_CACHE_DIR`` if that is set, else beside the package, else in the user's cache
folder, whichever can be written.  A folder of the first two that cannot be written is read if it
holds code for this machine (an image that was built with ``placement warm``).  Where there is none
of them, each process compiles, which ``UncachedKernelsWarning`` says once.
"""

from __future__ import annotations

import hashlib
import os
import threading
import warnings
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from numba import __version__ as numba_version
from numba import config, njit
from numba.core.caching import FunctionCache
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys

from placement.errors import UncachedKernelsWarning

__all__ = [
    "UNCACHED",
    "cache_folder",
    "called",
    "compiles",
    "inlined",
    "is_disabled",
    "jit",
    "jit_no_refcount",
    "mask_kernels_on_disk",
    "placing_kernels_on_disk",
    "run_as_plain_python",
]

_config: Any = config
"""numba's settings; it sets most of their names when it is loaded."""

_Cache: Any = FunctionCache

_runtime: Any = rtsys

_FOLDER = Path(__file__).parent

_TRIED = ("0.68.",)
"""Versions of numba, by their beginnings, with which ``_load`` and ``_parts`` have been tried."""

_PLACING = (("decide", "decide"), ("index", "build"))
"""Module and name of the kernels that every placement calls; they take the longest to compile."""

_MASKS = (("masks", "run"),)
"""Module and name of the kernel that most masks call; it takes the longest of them to compile."""


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled at its first call; it releases the GIL."""
    return _compiled(function)


def jit_no_refcount(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` compiled like a kernel, but without counting references to arrays.

    It can make no array of its own.  For kernels that work on many arrays at once: counting would
    take longer than the work.
    """
    return _compiled(function, _nrt=False)


def compiles() -> bool:
    """Return whether kernels that are imported from now on are compiled, or run as plain Python."""
    return not _config.DISABLE_JIT


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` to be inlined into each ``jit_no_refcount`` kernel that calls it."""
    options: dict[str, Any] = {
        "forceinline": True,
        "nogil": True,
        "_nrt": False,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    if numba_version.startswith(_TRIED):
        from placement.kernels._parts import InlinedCompiler  # made of what these versions have

        options["pipeline_class"] = InlinedCompiler
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


def _compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    options = {"nogil": True, "no_cfunc_wrapper": True, **options}
    compiled: Any = njit(function, **options)
    if not _config.DISABLE_JIT:
        kept = _cache_of(function)
        if kept is None:
            _warn_once()
        else:
            if numba_version.startswith(_TRIED):
                kept.load_overload = partial(_load, kept, options.get("_nrt", True))
            compiled._cache = kept
    result: Callable[..., Any] = compiled
    return result


def _load(kept: Any, makes_arrays: bool, signature: Any, target: Any) -> Any:
    """Return the code of a signature, None if it is not on disk: ``load_overload`` of a cache.

    numba fills its registries of types and functions first, which is half of what the first
    placement of a process takes.  Compiling needs them, and fills them by itself; code that is
    loaded needs the runtime alone, and only if it makes arrays.
    """
    if makes_arrays:
        _runtime.initialize(target)
    with kept._guard_against_spurious_io_errors():
        return kept._load_overload(signature, target)


# Code on disk.  numba has no public way to read a folder that cannot be written, and none to make
# code stale when another file than the function's own changes; ``FunctionCache`` is what its
# ``enable_caching`` uses.


def _cache_of(function: Any) -> Any:
    """Return the cache of a function's compiled code, None if there is no folder for one."""
    for locator in _Cache._impl_class._locator_classes[:2]:  # NUMBA_CACHE_DIR, the package
        if getattr(_config, "CACHE_LOCATOR_CLASSES", ""):
            break  # the user has configured other folders
        found = _read_only_cache(function, locator)
        if found is not None:
            return found
    try:
        found = _Cache(function)
    except RuntimeError as error:  # numba's answer where it finds no folder to write to
        if "cannot cache" not in str(error):
            raise
        return None
    _stamp(found)
    return found


def _read_only_cache(function: Any, locator: Any) -> Any:
    """Return a cache that reads code of a folder that cannot be written, None if it has none.

    Args:
        function: A kernel before it is compiled.
        locator: numba's class for the folder.
    """
    if locator.__name__.endswith("UserProvidedCacheLocator") and not _config.CACHE_DIR:
        return None
    file = function.__code__.co_filename
    folder = locator(function, file).get_cache_path()
    if not Path(folder).is_dir() or os.access(folder, os.W_OK):
        return None
    reading = type("_Locator", (locator,), {"ensure_cache_path": lambda _: None})
    implementation = type("_Implementation", (_Cache._impl_class,), {"_locator_classes": [reading]})
    methods = {"_impl_class": implementation, "save_overload": lambda *_: None}
    found = type("_ReadOnlyCache", (_Cache,), methods)(function)
    _stamp(found)
    return found if _has_code(found) else None


def _has_code(kept: Any) -> bool:
    """Return whether a cache has code that was compiled from these sources for this processor."""
    machine = cpu_target.target_context.codegen().magic_tuple()
    return any(key[1] == machine for key in kept._cache_file._load_index())


def _stamp(kept: Any) -> None:
    """Let code on disk be good only for the sources that all kernels have now.

    numba looks at the kernel's own file; what is inlined into it comes from others, too.
    """
    file: Any = kept._cache_file
    file._source_stamp = (file._source_stamp, _sources())


@cache
def _sources() -> str:
    """Return a digest of the sources of all kernels."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


UNCACHED = (
    "compiled kernels cannot be kept, so that every process compiles them (half a minute): neither"
    " the folder of the package nor a cache folder of the user can be written. Set NUMBA_CACHE_DIR"
    " to a folder, and fill it with: python -m placement warm --into FOLDER"
)

_warning = threading.Lock()
"""Taken by the one thread of the process that warns, and never released."""


def _warn_once() -> None:
    """Warn that this process compiles for itself; once, whichever threads import kernels."""
    if not _warning.acquire(blocking=False):
        return
    warnings.warn(UNCACHED, UncachedKernelsWarning, stacklevel=4)


def run_as_plain_python() -> None:
    """Compile nothing in this process; kernels that are imported already stay compiled.

    The variable is set as well: numba reads its settings again when another variable changes.
    """
    os.environ["NUMBA_DISABLE_JIT"] = "1"
    _config.DISABLE_JIT = True


def cache_folder() -> Path | None:
    """Return the folder that compiled kernels of this process are kept in, None if in none."""
    kept = _cache_of(_warn_once)  # all kernels are in this module's folder
    return None if kept is None else Path(kept.cache_path)


def is_disabled() -> bool:
    """Return whether numba compiles nothing in this process."""
    return bool(_config.DISABLE_JIT)


def placing_kernels_on_disk() -> bool:
    """Return whether code for placing is on disk, of these sources and for this processor."""
    return _on_disk(_PLACING)


def mask_kernels_on_disk() -> bool:
    """Return whether code for masks is on disk, of these sources and for this processor."""
    return _on_disk(_MASKS)


def _on_disk(kernels: tuple[tuple[str, str], ...]) -> bool:
    """Return whether code of kernels, named by module and function, is on disk.

    No kernel is imported for that, so that they can still be imported as plain Python.
    """
    kept = [_cache_of(_without_import(module, name)) for module, name in kernels]
    return all(each is not None and _has_code(each) for each in kept)


def _without_import(module: str, name: str) -> FunctionType:
    """Return a function of a kernel's module, as undecorated as numba's cache knows it.

    Only its code and where it stands are right: it has no globals and cannot be called.
    """
    path = _FOLDER / f"{module}.py"
    source = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    (code,) = (
        each for each in source.co_consts if isinstance(each, CodeType) and each.co_name == name
    )
    return FunctionType(code, {}, name)
