"""Compiled patterns: which engine answers, within which bounds.

In: the text of a pattern, values.  Out: true or false, or an error.  A pattern that is a regular
language is asked of RE2 where the value is ASCII and its size allows; all else is asked of the
kernel, by a program that is written when it is first needed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from placement.caches import COMPILED
from placement.javaregex.errors import JavaRegexError, JavaRegexTimeout
from placement.javaregex.re2_pattern import Re2Text

if TYPE_CHECKING:
    from placement.javaregex.program import Program

__all__ = ["JavaPattern", "compile_java", "default_steps"]

MAX_LENGTH = 100_000
"""Code points that every match may need; a pattern that needs more is refused."""

_RE2_STEPS = 80_000
"""Instructions times characters up to which RE2 is asked: it takes up to 60 ns for each."""

_RE2_MEMORY = 64 * 1024, 128
"""Bytes that an automaton of RE2 may grow to: a base, and for each instruction."""

_BATCH = 1_024
"""Values that are asked of the kernel in one call."""

_SIMPLE = re.compile(r"(?:[A-Za-z0-9_\-/:@=,;<>!~%'\" |]|\\\.|\.\*)*")
"""Alternatives of literals and ``.*``: the same pattern for Java and RE2, but for the dot."""

_UTF_16 = f"utf-16-{sys.byteorder[0]}e"
"""UTF-16 in the byte order of the machine, without a mark of it."""

_BASE_SIZE = 600
"""Bytes that an entry of a cache takes besides what is counted."""


def default_steps(units: int) -> int:
    """Return the budget for a value of so many UTF-16 units."""
    return 50_000 + 1_500 * units


class JavaPattern:
    """A compiled pattern.  Immutable; several threads may ask it at once.

    It holds its text only: automata and programs are kept in ``placement.caches.COMPILED`` and made
    again where they have been dropped.

    Attributes:
        pattern: The text.
        engine: ``"re2"`` where an automaton of RE2 answers the values that it can, else
            ``"steps"``: the matcher of ours that counts them.
    """

    __slots__ = ("engine", "pattern")

    pattern: str
    engine: str

    def __init__(self, pattern: str) -> None:
        automaton = _re2_automaton(pattern)
        object.__setattr__(self, "pattern", pattern)
        object.__setattr__(self, "engine", "steps" if automaton is None else "re2")

    def fullmatch(self, value: str, steps: int | None = None) -> bool:
        """Return whether the pattern matches the whole value.

        Args:
            value: Any text; pairs of surrogates count as one code point.
            steps: The budget; without one it is ``default_steps`` of the value.

        Raises:
            JavaRegexTimeout: the budget was not enough.
        """
        return next(self.answers((value,), steps))

    def answers(self, values: Iterable[str], steps: int | None = None) -> Iterator[bool]:
        """Yield for each value whether the pattern matches it whole.

        Raises:
            JavaRegexTimeout: in the turn of a value for which the budget was not enough.
        """
        several = iter(values)
        automaton = self._automaton()
        while batch := list(islice(several, _BATCH)):
            known = [
                None if automaton is None else automaton.answer(value, steps) for value in batch
            ]
            asked = [value for value, answer in zip(batch, known, strict=True) if answer is None]
            found = iter(self._by_kernel(asked, steps)) if asked else iter(())
            for value, answer in zip(batch, known, strict=True):
                yield answer if answer is not None else self._found(next(found), value, steps)

    def _found(self, answer: bool | None, value: str, steps: int | None) -> bool:
        """Return an answer of the kernel, or raise where the steps ended before it."""
        if answer is None:
            raise JavaRegexTimeout(self.pattern, value, _budget(_units(value), steps))
        return answer

    def _automaton(self) -> _Automaton | None:
        """Return the automaton of RE2, None where the pattern has none."""
        if self.engine != "re2":
            return None
        found: _Automaton | None = COMPILED.get(("re2", self.pattern))
        return found or _re2_automaton(self.pattern)

    def _by_kernel(self, values: list[str], steps: int | None) -> list[bool | None]:
        """Return the answers of the kernel, up to the first value that takes too many steps."""
        from placement.kernels.asking import ask

        texts = [value.encode(_UTF_16, "surrogatepass") for value in values]
        limits = [_budget(len(text) // 2, steps) for text in texts]
        answers: list[bool | None] = []
        while len(answers) < len(texts) and None not in answers:
            at = len(answers)
            program = self._program(len(texts[at]) // 2)
            end = at + 1
            while end < len(texts) and program.answers(len(texts[end]) // 2):
                end += 1
            found = ask(program.tables, texts[at:end], limits[at:end])
            answers += [None if answer > 1 else answer == 1 for answer in found]
        return answers

    def _program(self, units: int) -> Program:
        """Return a program that answers values of so many UTF-16 units."""
        automaton: Program | _NoProgram | None = COMPILED.get(("automaton", self.pattern))
        if automaton is None:
            automaton = _written_automaton(self.pattern)
        if not isinstance(automaton, _NoProgram) and automaton.answers(units):
            return automaton
        program: Program | None = COMPILED.get(("backtracking", self.pattern))
        return program or _written_backtracking(self.pattern)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        del value
        raise AttributeError(f"a pattern does not change: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a pattern does not change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JavaPattern) and self.pattern == other.pattern

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"compile_java({self.pattern!r})"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return compile_java, (self.pattern,)


class _NoProgram:
    """Stands in the cache for a pattern that has no automaton."""


class _Automaton:
    """An automaton of RE2 and the values that it is asked about."""

    __slots__ = ("_cost", "_match", "_one_line")

    def __init__(self, text: Re2Text, regexp: Any) -> None:
        self._match = regexp.fullmatch
        self._cost = text.instructions
        self._one_line = text.one_line

    def answer(self, value: str, steps: int | None) -> bool | None:
        """Return whether the value matches, None where RE2 is not to be asked."""
        if not value.isascii() or (
            self._one_line and (not value or "\n" in value or "\r" in value)
        ):
            return None
        cost = self._cost * (len(value) + 1)
        if cost > _RE2_STEPS or (steps is not None and cost > steps):
            return None
        return self._match(value.encode("ascii")) is not None


def _written_automaton(pattern: str) -> Program | _NoProgram:
    """Write and keep the program of an automaton."""
    from placement.javaregex.automaton import automaton
    from placement.javaregex.meaning import meaning_of
    from placement.javaregex.regular import regular_form

    form = regular_form(meaning_of(pattern))
    program = None if form is None else automaton(form)
    size = _BASE_SIZE + 2 * len(pattern) + (program.size if program else 0)
    found = program or _NoProgram()
    COMPILED.put(("automaton", pattern), found, size)
    return found


def _written_backtracking(pattern: str) -> Program:
    """Write and keep the program that goes back."""
    from placement.javaregex.backtracking import backtracking
    from placement.javaregex.meaning import meaning_of

    program = backtracking(meaning_of(pattern))
    size = _BASE_SIZE + 2 * len(pattern) + program.size
    COMPILED.put(("backtracking", pattern), program, size)
    return program


def _units(value: str) -> int:
    return len(value.encode(_UTF_16, "surrogatepass")) // 2


def _budget(units: int, steps: int | None) -> int:
    return default_steps(units) if steps is None else steps


def _simple_text(pattern: str) -> Re2Text | None:
    """Return the pattern for RE2 where it can be had without a look at its structure."""
    if len(pattern) > 2_000 or _SIMPLE.fullmatch(pattern) is None:
        return None
    return Re2Text(pattern.replace(".*", "[^\\n\\r]*"), len(pattern) + 1, one_line=False)


def _checked_text(pattern: str) -> Re2Text | None:
    """Return the pattern for RE2, or None where it cannot answer; refuse what is wrong."""
    from placement.javaregex.meaning import meaning_of
    from placement.javaregex.re2_text import re2_text
    from placement.javaregex.regular import least_length, regular_form

    tree = meaning_of(pattern)
    if least_length(tree) > MAX_LENGTH:
        message = "the repetitions of this pattern are too large to be supported"
        raise JavaRegexError(message, 0, len(pattern))
    form = regular_form(tree)
    return None if form is None else re2_text(form)


def _re2_automaton(pattern: str) -> _Automaton | None:
    """Make and keep the automaton of RE2, or return None where there is none.

    Raises:
        JavaRegexError: Java refuses the pattern, or it is not supported here.
    """
    text = _simple_text(pattern) or _checked_text(pattern)
    if text is None:
        return None
    base, each = _RE2_MEMORY
    most = base + each * text.instructions
    regexp = _re2_regexp(text.text, most)
    if regexp is None:
        return None
    automaton = _Automaton(text, regexp)
    COMPILED.put(("re2", pattern), automaton, most + _BASE_SIZE + 2 * len(text.text))
    return automaton


def _re2_regexp(text: str, memory: int) -> Any:
    """Return RE2's own object, or None where it needs more memory than it may have."""
    re2 = _re2()
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = memory
    try:
        # The class itself: re2.compile keeps what it makes, beyond the bound on our caches.
        return _re2_class()(text.encode("latin-1"), options)
    except re2.error:
        return None


@cache
def _re2() -> Any:
    """Import RE2's module, which has no types, when it is needed."""
    return import_module("re2")


@cache
def _re2_class() -> Any:
    return type(_re2().compile(b""))


def compile_java(pattern: str) -> JavaPattern:
    """Compile a pattern.

    Raises:
        JavaRegexError: Java refuses the pattern, or it is not supported here.
    """
    found: JavaPattern | None = COMPILED.get(("pattern", pattern))
    if found is None:
        found = JavaPattern(pattern)
        COMPILED.put(("pattern", pattern), found, _BASE_SIZE + 4 * len(pattern))
    return found
