"""Kernels on disk are good for the sources of all kernels: parts are written into several."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from numba.core.caching import IndexDataCacheFile

from placement.kernels import _jit


def stamped(folder: Path) -> Any:
    """Return numba's own file of a cache, as a compiled kernel has it, after our stamp."""
    make: Any = IndexDataCacheFile
    file = make(str(folder), "kernel", (1.5, 200))
    _jit._stamp(SimpleNamespace(_cache_file=file))
    return file


def test_a_kernel_is_found_again_while_no_source_has_changed(tmp_path: Path) -> None:
    stamped(tmp_path).save("signature", "machine code")
    assert stamped(tmp_path).load("signature") == "machine code"


def test_a_kernel_is_not_found_after_any_source_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamped(tmp_path).save("signature", "machine code")
    monkeypatch.setattr(_jit, "_sources", lambda: "other sources")
    assert stamped(tmp_path).load("signature") is None
