"""The AWS CLI's shorthand syntax: ``key=value,key=value`` as one item of an option.

In: the text of one item.  Out: keys and values, which are texts, lists or further keys and values;
or ``ShorthandError``, which marks the place with carets.  The syntax is ``grammar/shorthand.lark``;
which keys there are is not known here.

``key@=file://...`` takes the value from a file.  Where the AWS CLI silently drops something (a text
between two commas, a key that an object has twice) or takes a key without a name, this is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from placement.cli.errors import ShorthandError
from placement.errors import Problem, Span
from placement.grammars import Grammar

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

__all__ = ["GRAMMAR", "MAX_DEPTH", "Value", "parse"]

Value = str | list["Value"] | dict[str, "Value"]

MAX_DEPTH = 50
"""Levels of lists and objects in one another; the API's structures have far fewer."""

_BLANKS = " \t\n\r\v\f"
_KEY = re.compile(r"[A-Za-z0-9_.#/:-]+")
_FILE = "file://"

_VALUES = {"TEXT", "QUOTED", "LIST", "OBJECT"}
"""Terminals that begin a value."""


def parse(text: str, load: Callable[[str], str]) -> dict[str, Value]:
    """Return the keys and values of one item.

    Args:
        text: The item.
        load: Returns the text of a file, given its name with ``file://`` before it.

    Raises:
        ShorthandError: the text is not in shorthand.
    """
    from lark.exceptions import UnexpectedInput

    interactive: Any = _parser().parse_interactive(text)
    check = _Check(text)
    try:
        for token in interactive.iter_parse():
            check.token(token)
        tree = interactive.feed_eof()
    except UnexpectedInput as error:
        raise check.problem(_place(error, text), set(interactive.accepts())) from None
    return _pairs(tree.children, load)


def _place(error: Any, text: str) -> int:
    """Return the place of a syntax error; Lark gives none where the text has ended."""
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return len(text)
    place: int = error.pos_in_stream
    return place


def _options() -> dict[str, Any]:
    return {"start": "item", "parser": "lalr", "maybe_placeholders": False}


GRAMMAR = Grammar(__file__, "shorthand", _options)


@cache
def _parser() -> Lark:
    """Return the parser, which is made once in a process, and only if there is shorthand."""
    return GRAMMAR.parser()


class _Check:
    """What the grammar cannot say, checked while tokens pass, and errors in the user's words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.known: list[set[str]] = [set()]
        """The keys of the item and of each open object."""
        self.open: list[str] = []
        """The lists and objects that are open: the types of their first tokens."""
        self.key: Token | None = None
        """The last key."""

    def token(self, token: Token) -> None:
        """Check a token that the parser has not taken yet.

        Raises:
            ShorthandError: it is a key that is there already, or a value that is nested too deeply.
        """
        start = cast("int", token.start_pos)
        if token.type in _VALUES and len(self.open) > MAX_DEPTH:
            raise self.error("nested too deeply", start, start + 1)
        match token.type:
            case "KEY":
                if token in self.known[-1]:
                    raise self.twice(token, start)
                self.known[-1].add(str(token))
                self.key = token
            case "LIST" | "OBJECT":
                self.open.append(token.type)
                if token.type == "OBJECT":
                    self.known.append(set())
            case "_CLOSE_LIST" if self.open[-1:] == ["LIST"]:
                self.open.pop()
            case "_CLOSE_OBJECT" if self.open[-1:] == ["OBJECT"]:
                self.open.pop()
                self.known.pop()

    def problem(self, at: int, accepted: set[str]) -> ShorthandError:
        """Return what is wrong at a place where one of the accepted terminals was expected."""
        if self.text[at : at + 1] in ("'", '"') and accepted & {"QUOTED", "FURTHER_QUOTED"}:
            quote = self.text[at]
            if not re.match(rf"{quote}(\\{quote}|[^{quote}])*{quote}", self.text[at:]):
                return self.error("this quote is never closed", at, at + 1)
        if "FURTHER" in accepted and at == len(self.text):
            return self.unexpected("a value or key=value", at)
        if accepted & {"FURTHER", "KEY"}:
            return self.no_key(at)
        if "_EQUALS" in accepted and self.key is not None:
            return self.no_equals(self.key, cast("int", self.key.start_pos))
        if "_CLOSE_LIST" in accepted:
            return self.unexpected("a comma or ]", at)
        if "_CLOSE_OBJECT" in accepted:
            return self.unexpected("a comma or }", at)
        if self.text[at : at + 1] == ",":  # after a list or object only a key can follow it
            rest = self.text[at + 1 :]
            return self.no_key(at + 1 + len(rest) - len(rest.lstrip(_BLANKS)))
        return self.unexpected("a comma or the end", at)

    def no_key(self, at: int) -> ShorthandError:
        found = _KEY.match(self.text, at)
        if found is None:
            return self.unexpected("key=value", at)
        if found[0] in self.known[-1]:
            return self.twice(found[0], at)
        return self.no_equals(found[0], at)

    def twice(self, key: str, at: int) -> ShorthandError:
        message = f"{key} is listed twice; items are parted by blanks, not by commas"
        return self.error(message, at, at + len(key))

    def no_equals(self, key: str, at: int) -> ShorthandError:
        return self.error(f"expected = after {key}", at, at + len(key))

    def unexpected(self, expected: str, at: int) -> ShorthandError:
        found = self.text[at : at + 1]
        message = f"expected {expected}, not {found or 'the end'}"
        if found and found in "]}'\"=":
            message += "; a value that holds it must stand in quotes"
        return self.error(message, at, at + 1)

    def error(self, message: str, start: int, end: int) -> ShorthandError:
        return ShorthandError(self.text, Problem(message, Span(start, end)))


# From the tree to values


def _pairs(pairs: Sequence[Any], load: Callable[[str], str]) -> dict[str, Value]:
    """Return the keys and values of an item or object."""
    found = {}
    for pair in pairs:
        key, *value = pair.children
        name, *at = key.children
        found[str(name)] = _value(value[0] if value else None, load if at else None, load)
    return found


def _value(
    node: Tree[Token] | Token | None,
    load: Callable[[str], str] | None,
    inside: Callable[[str], str],
) -> Value:
    """Return a value.

    Args:
        node: Its part of the tree, None for an empty text.
        load: Returns the text of a file, where the key says so.
        inside: The same for keys inside.
    """
    if node is None:
        return ""
    if isinstance(node, str):  # a token
        return _text(node, load)
    children = node.children
    match node.data:
        case "object":
            return _pairs(children[1:], inside)
        case "list":
            return [_value(child, load, inside) for child in children[1:]]
        case "texts":
            texts = [_value(child, load, inside) for child in children]
            return texts if len(texts) > 1 else texts[0]
        case _:  # an item of a list, which may be empty
            return _value(children[0] if children else None, load, inside)


def _text(token: Token, load: Callable[[str], str] | None) -> str:
    """Return the text of a token, or the text of the file it names."""
    if token.type in ("QUOTED", "FURTHER_QUOTED"):
        quote = token[0]
        text = token[1:-1].replace(f"\\{quote}", quote).replace("\\\\", "\\")
    else:
        text = token.replace("\\,", ",").rstrip()
    return text if load is None or not text.startswith(_FILE) else load(text)
