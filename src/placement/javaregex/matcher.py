"""A compiled Java pattern: the engine that answers it, and the one question it is asked.

In: the text of a pattern, then any text as a value.  Out: whether the whole value matches.  The two
engines are imported when a pattern first needs them.
"""

from __future__ import annotations

import functools
import importlib
from typing import Any, Protocol

from . import emit_backtrack, emit_re2
from .analysis import Analysis, matches_empty
from .errors import JavaRegexError, JavaRegexTimeout
from .marks import TESTS, Marker, marker_for
from .parser import parse
from .reader import join_surrogates
from .tree import Parsed

__all__ = ["MAX_MEMORY", "JavaPattern", "compile_java"]

MAX_MEMORY = 64 << 20
"""Bytes that RE2 may use for one pattern, program and caches together."""


class _Automaton(Protocol):
    """What is used of a pattern compiled by RE2."""

    def fullmatch(self, text: bytes) -> object | None: ...


class _Backtracker(Protocol):
    """What is used of a pattern compiled by the ``regex`` package."""

    def fullmatch(self, string: str, *, timeout: float) -> object | None: ...


class JavaPattern:
    """A pattern of ``java.util.regex``, asked for full matches only.

    ``engine`` is ``re2`` (an automaton, in time linear in the value) or ``regex`` (which
    backtracks, and is stopped after a time).  Objects do not change, are equal and hash by
    pattern, may be pickled, and may be used from several threads.
    """

    __slots__ = ("_ask", "engine", "pattern")

    pattern: str
    engine: str
    _ask: _Plain | _Marked | _Timed

    def __init__(self, pattern: str, engine: str, ask: _Plain | _Marked | _Timed) -> None:
        """Not to be called: see `compile_java`."""
        put = object.__setattr__
        put(self, "pattern", pattern)
        put(self, "engine", engine)
        put(self, "_ask", ask)

    def fullmatch(self, value: str, timeout: float = 0.1) -> bool:
        """Tell whether Java's ``Matcher.matches()`` would be true for the value.

        Raises JavaRegexTimeout, for the engine ``regex`` only, when ``timeout`` seconds were not
        enough; nothing else, whatever the value.
        """
        return self._ask(value, timeout)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a JavaPattern does not change: {name} cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a JavaPattern does not change: {name} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JavaPattern) and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash((JavaPattern, self.pattern))

    def __repr__(self) -> str:
        return f"compile_java({self.pattern!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (compile_java, (self.pattern,))


class _Plain:
    """Asks an automaton about the value as it is."""

    __slots__ = ("fullmatch",)

    def __init__(self, automaton: _Automaton) -> None:
        self.fullmatch = automaton.fullmatch

    def __call__(self, value: str, _timeout: float) -> bool:
        try:
            data = value.encode()
        except UnicodeEncodeError:
            data = _encode(value)
        return self.fullmatch(data) is not None


class _Marked:
    """Asks an automaton about a value whose positions are tested, see `marks`."""

    __slots__ = ("automaton", "empty", "marker", "plain")

    def __init__(
        self, plain: _Automaton, automaton: _Automaton, marker: Marker, empty: bool
    ) -> None:
        self.plain = plain
        self.automaton = automaton
        self.marker = marker
        self.empty = empty

    def __call__(self, value: str, _timeout: float) -> bool:
        if not value:
            return self.empty
        if value.isascii() and "\n" not in value and "\r" not in value:
            return self.plain.fullmatch(value.encode()) is not None
        data = _encode(self.marker.mark(join_surrogates(value)))
        return self.automaton.fullmatch(data) is not None


class _Timed:
    """Asks the engine that backtracks."""

    __slots__ = ("ascii", "pattern")

    def __init__(self, pattern: str, parsed: Parsed) -> None:
        self.pattern = pattern
        text, _ = emit_backtrack.emit(parsed)
        self.ascii = _backtracker(text, pattern)

    def __call__(self, value: str, timeout: float) -> bool:
        compiled, text = self.ascii, value
        if not value.isascii():
            compiled, text = _for_value(self.pattern, join_surrogates(value))
        try:
            return compiled.fullmatch(text, timeout=timeout) is not None
        except TimeoutError:
            raise JavaRegexTimeout(self.pattern, value, timeout) from None


@functools.lru_cache(maxsize=64)
def _for_value(pattern: str, value: str) -> tuple[_Backtracker, str]:
    """Return the pattern for one value that is not ASCII, and the value as it is to be matched."""
    parsed = parse(pattern)
    text, units = emit_backtrack.emit(parsed, value)
    return _backtracker(text, pattern), emit_backtrack.utf16_units(value) if units else value


def _encode(value: str) -> bytes:
    # RE2 looks at bytes: a lone surrogate is three of them, in its classes as in the value.
    return join_surrogates(value).encode("utf-8", "surrogatepass")


@functools.cache
def _re2() -> Any:
    return importlib.import_module("re2")


@functools.cache
def _re2_options() -> Any:
    options = _re2().Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    options.never_capture = True
    return options


def _automaton(text: bytes, pattern: str) -> _Automaton:
    engine = _re2()
    try:
        compiled: _Automaton = engine.compile(text, _re2_options())
    except engine.error as error:
        message = f"the pattern is too large to be supported ({error})"
        raise JavaRegexError(message, 0, len(pattern)) from None
    return compiled


def _backtracker(text: str, pattern: str) -> _Backtracker:
    regex = importlib.import_module("regex")
    try:
        compiled: _Backtracker = regex.compile(text, regex.V0 | regex.ASCII, cache_pattern=False)
    except (regex.error, RecursionError, OverflowError, MemoryError) as error:
        message = f"the pattern is too large to be supported ({error})"
        raise JavaRegexError(message, 0, len(pattern)) from None
    return compiled


def compile_java(pattern: str) -> JavaPattern:
    """Compile a pattern of ``java.util.regex`` as JDK 17 reads it, without flags.

    Raises JavaRegexError for a pattern that Java refuses or that is not supported, and nothing
    else.
    """
    parsed = parse(pattern)
    analysis = Analysis(parsed.node)
    if not analysis.regular:
        return JavaPattern(pattern, "regex", _Timed(pattern, parsed))
    if analysis.kinds.isdisjoint(TESTS):
        return JavaPattern(pattern, "re2", _Plain(_automaton(emit_re2.emit(parsed.node), pattern)))
    marker = marker_for(analysis.kinds)
    if marker is None:
        return JavaPattern(pattern, "regex", _Timed(pattern, parsed))
    plain = _automaton(emit_re2.emit(parsed.node), pattern)
    marked = _automaton(emit_re2.emit(parsed.node, tests=marker.tests), pattern)
    ask = _Marked(plain, marked, marker, matches_empty(parsed.node))
    return JavaPattern(pattern, "re2", ask)
