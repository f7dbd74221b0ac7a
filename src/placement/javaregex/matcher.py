"""Compiled patterns: which engine answers, within which bounds.

In: the text of a pattern, values.  Out: true or false, or an error.  A pattern that is a regular
language is asked of RE2 where the value is ASCII and its size allows; all else is asked of the
kernel, by a program that is written when it is first needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, NoReturn

from placement.javaregex.errors import JavaRegexError, JavaRegexTimeout
from placement.javaregex.meaning import meaning_of
from placement.javaregex.re2_text import Re2Text, re2_text
from placement.javaregex.regular import least_length, regular_form
from placement.javaregex.tree import Node

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

_TWO_BYTES = "utf-16-le"


def default_steps(units: int) -> int:
    """Return the budget for a value of so many UTF-16 units."""
    return 50_000 + 1_000 * units


class JavaPattern:
    """A compiled pattern.  Immutable; several threads may ask it at once.

    Attributes:
        pattern: The text.
        engine: ``"re2"`` where an automaton answers the values that it can, else ``"steps"``: the
            matcher of ours that counts them.
    """

    __slots__ = ("_automaton", "_backtracking", "_re2", "_text", "engine", "pattern")

    pattern: str
    engine: str

    def __init__(self, pattern: str) -> None:
        text = _simple_text(pattern) or _checked_text(pattern)
        engine = None if text is None else _re2_pattern(text)
        for name, value in (
            ("pattern", pattern),
            ("engine", "steps" if engine is None else "re2"),
            ("_text", text),
            ("_re2", engine),
            ("_automaton", None),
            ("_backtracking", None),
        ):
            object.__setattr__(self, name, value)

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
        while batch := list(islice(several, _BATCH)):
            known = [self._by_re2(value, steps) for value in batch]
            asked = [value for value, answer in zip(batch, known, strict=True) if answer is None]
            found = iter(self._by_kernel(asked, steps)) if asked else iter(())
            for value, answer in zip(batch, known, strict=True):
                if answer is not None:
                    yield answer
                    continue
                answer = next(found)
                if answer is None:
                    raise JavaRegexTimeout(self.pattern, value, _budget(value, steps))
                yield answer

    def _by_re2(self, value: str, steps: int | None) -> bool | None:
        """Return the answer of RE2, None where it is not to be asked."""
        text = self._text
        if self._re2 is None or not value.isascii():
            return None
        cost = text.instructions * (len(value) + 1)
        if cost > _RE2_STEPS or (steps is not None and cost > steps):
            return None
        if text.one_line and (not value or "\n" in value or "\r" in value):
            return None
        return self._re2.fullmatch(value.encode("ascii")) is not None

    def _by_kernel(self, values: list[str], steps: int | None) -> list[bool | None]:
        """Return the answers of the kernel, up to the first value that takes too many steps."""
        from placement.kernels.asking import ask

        texts = [value.encode(_TWO_BYTES, "surrogatepass") for value in values]
        limits = [_units_budget(len(text) // 2, steps) for text in texts]
        answers: list[bool | None] = []
        while len(answers) < len(texts):
            at = len(answers)
            program = self._program(len(texts[at]) // 2)
            end = at + 1
            while end < len(texts) and program.answers(len(texts[end]) // 2):
                end += 1
            found = ask(program.tables, texts[at:end], limits[at:end])
            answers += [None if answer > 1 else answer == 1 for answer in found]
            if answers[-1] is None:
                break
        return answers

    def _program(self, units: int) -> Program:
        """Return a program that answers values of so many UTF-16 units."""
        from placement.javaregex.automaton import automaton
        from placement.javaregex.backtracking import backtracking

        if self._automaton is None:
            form = regular_form(meaning_of(self.pattern))
            program = None if form is None else automaton(form)
            object.__setattr__(self, "_automaton", program or False)
        if self._automaton and self._automaton.answers(units):
            found: Program = self._automaton
            return found
        if self._backtracking is None:
            object.__setattr__(self, "_backtracking", backtracking(meaning_of(self.pattern)))
        return self._backtracking

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


def _budget(value: str, steps: int | None) -> int:
    return _units_budget(len(value.encode(_TWO_BYTES, "surrogatepass")) // 2, steps)


def _units_budget(units: int, steps: int | None) -> int:
    return default_steps(units) if steps is None else steps


def _simple_text(pattern: str) -> Re2Text | None:
    """Return the pattern for RE2 where it can be had without a look at its structure."""
    if len(pattern) > 2_000 or _SIMPLE.fullmatch(pattern) is None:
        return None
    return Re2Text(pattern.replace(".*", "[^\\n\\r]*"), len(pattern) + 1, one_line=False)


def _checked_text(pattern: str) -> Re2Text | None:
    """Return the pattern for RE2, or None where it cannot answer; refuse what is wrong."""
    tree: Node = meaning_of(pattern)
    if least_length(tree) > MAX_LENGTH:
        message = "the repetitions of this pattern are too large to be supported"
        raise JavaRegexError(message, 0, len(pattern))
    form = regular_form(tree)
    return None if form is None else re2_text(form)


def _re2_pattern(text: Re2Text) -> Any:
    """Return RE2's automaton, or None where it takes more memory than it may."""
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    base, each = _RE2_MEMORY
    options.max_mem = base + each * text.instructions
    try:
        # The class itself: re2.compile keeps what it makes, beyond the bound on our caches.
        return _re2_class()(text.text.encode("latin-1"), options)
    except re2.error:
        return None


@lru_cache(maxsize=1)
def _re2_class() -> Any:
    import re2

    return type(re2.compile(b""))


@lru_cache(maxsize=1024)
def compile_java(pattern: str) -> JavaPattern:
    """Compile a pattern.

    Raises:
        JavaRegexError: Java refuses the pattern, or it is not supported here.
    """
    return JavaPattern(pattern)
