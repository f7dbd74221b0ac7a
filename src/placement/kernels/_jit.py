"""What numba makes of kernels and their parts, and where compiled code is kept.

In: what ``tiers`` has marked.  Out: functions that numba compiles when they are first called, never
at import.  A compiled function is the plain one, whose names of other parts mean compiled ones:
numba looks them up when it compiles.

Compiled code is kept on disk, by numba: in ``NUMBA_CACHE_DIR`` if that is set, else beside the
package, else in the user's cache folder, whichever can be written.  A folder of the first two that
cannot be written is read if it holds code for this machine (an image that was built with
``placement warm``).  Where there is none of them, each process compiles, which
``UncachedKernelsWarning`` says once.
"""

from __future__ import annotations

import hashlib
import os
import threading
import warnings
from functools import cache, partial
from pathlib import Path
from types import FunctionType
from typing import Any

from numba import __version__ as numba_version
from numba import config, njit
from numba.core.caching import FunctionCache
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys

from placement.errors import UncachedKernelsWarning
from placement.kernels.tiers import PARTS, REPLACED, Kernel

__all__ = [
    "UNCACHED",
    "cache_folder",
    "compiled_kernel",
    "compiled_part",
    "is_on_disk",
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


def compiled_kernel(kernel: Kernel) -> Any:
    """Return the function of a kernel, compiled at its first call; it releases the GIL."""
    options: dict[str, Any] = {"nogil": True, "no_cfunc_wrapper": True}
    if not kernel.makes_arrays:
        options["_nrt"] = False
    with _making:
        function = _with_compiled_names(kernel.plain)
    compiled: Any = njit(function, **options)
    kept = _cache_of(function)
    if kept is None:
        _warn_once()
    else:
        if numba_version.startswith(_TRIED):
            kept.load_overload = partial(_load, kept, kernel.makes_arrays)
        compiled._cache = kept
    return compiled


def compiled_part(function: Any) -> Any:
    """Return what kernels call where plain Python calls a part: the same object each time."""
    with _making:
        return _compiled(function)


_making = threading.RLock()
"""Held while functions are prepared to be compiled."""

_made: dict[Any, Any] = {}
"""What compiled code calls in the place of each part, and of what it has something else for."""

_names_of: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
"""The names of each module by their identity: its own, and as compiled code knows them."""


def _compiled(function: Any) -> Any:
    """Return what compiled code calls in the place of a function."""
    found = _made.get(function)
    if found is None:
        if function in REPLACED:
            found = REPLACED[function]()
        else:
            found = njit(_with_compiled_names(function), **_part_options(PARTS[function]))
        _made[function] = found
    return found


def _part_options(mark: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "nogil": True,
        "_nrt": False,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    if mark == "inlined":
        options["forceinline"] = True
        if numba_version.startswith(_TRIED):
            from placement.kernels._parts import InlinedCompiler  # made of what these have

            options["pipeline_class"] = InlinedCompiler
    return options


def _with_compiled_names(function: Any) -> FunctionType:
    """Return the same function with names that mean compiled parts where they meant plain ones."""
    made = FunctionType(
        function.__code__,
        _compiled_names(function.__globals__),
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__qualname__, made.__module__ = function.__qualname__, function.__module__
    made.__doc__ = function.__doc__
    return made


def _compiled_names(names: dict[str, Any]) -> dict[str, Any]:
    """Return the names of a module, with compiled parts in the place of plain ones.

    So a part is called by a name of the module, not as an attribute of another.
    """
    known = _names_of.get(id(names))
    if known is not None:
        return known[1]
    found = dict(names)
    _names_of[id(names)] = names, found  # before its parts are made, which look names up here
    for name, value in names.items():
        if isinstance(value, FunctionType) and (value in PARTS or value in REPLACED):
            found[name] = _compiled(value)
    return found


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


def is_on_disk(kernel: Kernel) -> bool:
    """Return whether code of a kernel is on disk, of these sources and for this processor."""
    kept = _cache_of(kernel.plain)
    return kept is not None and _has_code(kept)


def placing_kernels_on_disk() -> bool:
    """Return whether code of the kernels that every placement calls is on disk."""
    from placement.kernels import decide, index

    return is_on_disk(decide.decide) and is_on_disk(index.build)
