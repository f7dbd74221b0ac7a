r"""The AWS CLI's shorthand syntax: ``key=value,key=value`` as one item of an option.

In: the text of one item.  Out: keys and values, which are texts, lists or further keys and values;
or ``ShorthandError``, which shows the text with a caret.  Which keys there are is not known here.

```text
item   = pair, {",", pair}               pair = key, ["@"], "=", value
value  = text, {",", text} | list | object      a comma parts texts until key= follows
list   = "[", inner, {",", inner}, "]"   object = "{", key, "=", inner, {",", ...}, "}"
inner  = text | list | object            text = '...' | "..." | as it is written
```

A text that is not in quotes ends at a comma (``\,`` is one that belongs to it), at a quote, and at
``]`` or ``}``.  In quotes a backslash takes the same quote or a backslash.  ``key@=file://...``
takes the value from a file.  Where the AWS CLI silently drops something (a text between two commas,
a key that stands twice in an object) or takes a key without a name, this is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from placement.errors import PlacementError, Problem, Span, caret_line, sanitize

__all__ = ["ShorthandError", "Value", "parse"]

Value = str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 50
"""Levels of lists and objects in one another; the API's structures have far fewer."""

_BLANK = " \t\n\r\v\f"
_KEY = re.compile(r"[A-Za-z0-9_.#/:-]+")
_QUOTED = {"'": re.compile(r"'(?:\\'|[^'])*'"), '"': re.compile(r'"(?:\\"|[^"])*"')}
_START = r"""(?:\\,|[^\x00-\x20"',=\[{])"""
_TEXT = re.compile(_START + r"""(?:\\,|[^"',\]}])*""")
_FURTHER = re.compile(_START + r"""(?:\\,|[^"',=])*""")
"""A text behind a comma: ``=`` ends it, because then it was the next key."""


class ShorthandError(PlacementError, ValueError):
    """A text is no shorthand; ``str()`` shows it with carets below what is wrong."""

    def __init__(self, source: str, problem: Problem) -> None:
        super().__init__(source, problem)
        self.source = source
        self.problem = problem

    def __str__(self) -> str:
        return f"{sanitize(str(self.problem))}\n{caret_line(self.source, self.problem.span)}"


def parse(text: str, load: Callable[[str], str]) -> dict[str, Value]:
    """Return the keys and values of one item.

    ``load`` returns the text of a file, given its name with ``file://`` before it.

    Raises:
        ShorthandError: the text is no shorthand.
    """
    return _Reader(text, load).item()


class _Reader:
    """A text, and how far it has been read."""

    def __init__(self, text: str, load: Callable[[str], str]) -> None:
        self.text = text
        self.load = load
        self.at = 0
        self.from_file = False
        """Whether the last key was followed by ``@=``."""

    def item(self) -> dict[str, Value]:
        pairs: dict[str, Value] = {}
        while True:
            key = self.key(pairs)
            pairs[key] = self.value()
            if self.peek() == "":
                return pairs
            if not self.took(","):
                raise self.unexpected("a comma or the end")

    def key(self, known: dict[str, Value]) -> str:
        """Read a key that is not known yet, and what parts it from its value."""
        self.skip_blanks()
        start = self.at
        found = _KEY.match(self.text, start)
        if found is None:
            raise self.unexpected("key=value")
        key, self.at = found[0], found.end()
        if key in known:
            message = f"{key} stands twice; items are parted by blanks, not by commas"
            raise self.error(message, start, self.at)
        end = self.at
        self.from_file = self.took("@")
        if not self.took("="):
            raise self.error(f"expected = behind {key}", start, end)
        return key

    def value(self) -> Value:
        if self.peek() in ("[", "{"):
            return self.inner(0)
        first = self.scalar(_TEXT)
        texts: list[Value] = [first]
        while True:
            comma = self.at
            if not self.took(","):
                break
            if self.at == len(self.text):
                raise self.unexpected("a value or key=value")
            further = self.further()
            if further is None:  # it was the next key
                self.at = comma
                break
            texts.append(further)
        return texts if len(texts) > 1 else first

    def further(self) -> str | None:
        """Return the text behind a comma, None if it is no text but the next key."""
        if self.peek() not in ("'", '"') and _FURTHER.match(self.text, self.at) is None:
            return None
        text = self.scalar(_FURTHER)
        return text if self.peek() in ("", ",") else None

    def inner(self, depth: int) -> Value:
        """Read what stands in a list or object, or a list or object itself."""
        if depth > MAX_DEPTH:
            raise self.error("nested too deeply", self.at, self.at + 1)
        if self.took("["):
            return self.list(depth)
        if self.took("{"):
            return self.object(depth)
        return self.scalar(_TEXT)

    def list(self, depth: int) -> Value:
        values: list[Value] = []
        while not self.took("]"):
            values.append(self.inner(depth + 1))
            if not self.took(",") and self.peek() != "]":
                raise self.unexpected("a comma or ]")
        return values

    def object(self, depth: int) -> Value:
        pairs: dict[str, Value] = {}
        while not self.took("}"):
            key = self.key(pairs)
            pairs[key] = self.inner(depth + 1)
            if not self.took(",") and self.peek() != "}":
                raise self.unexpected("a comma or }")
        return pairs

    def scalar(self, pattern: re.Pattern[str]) -> str:
        """Read a text, in quotes or not; it may be empty."""
        quote = self.peek()
        if quote in _QUOTED:
            found = _QUOTED[quote].match(self.text, self.at)
            if found is None:
                raise self.error("this quote is never closed", self.at, self.at + 1)
            text = found[0][1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")
        else:
            found = pattern.match(self.text, self.at)
            text = found[0].replace("\\,", ",").rstrip() if found else ""
        self.at = found.end() if found else self.at
        is_file = self.from_file and text.startswith("file://")
        return self.load(text) if is_file else text

    # Characters

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _BLANK:
            self.at += 1

    def peek(self) -> str:
        """Return the next character that is no blank, "" at the end."""
        self.skip_blanks()
        return self.text[self.at : self.at + 1]

    def took(self, character: str) -> bool:
        """Read a character, with the blanks around it, if it is the next."""
        if self.peek() != character:
            return False
        self.at += 1
        self.skip_blanks()
        return True

    def unexpected(self, expected: str) -> ShorthandError:
        found = self.peek()
        message = f"expected {expected}, not {found or 'the end'}"
        if found and found in "]}'\"=":
            message += "; a value that holds it must stand in quotes"
        return self.error(message, self.at, self.at + 1)

    def error(self, message: str, start: int, end: int) -> ShorthandError:
        return ShorthandError(self.text, Problem(message, Span(start, end)))
