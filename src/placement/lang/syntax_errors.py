"""From a place where parsing stopped to a problem in the user's words.

In: the text and what Lark says of the place: position and which terminals could have come.  Out:
one ``Problem``.  No terminal's name and no class's name ever reaches the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from placement.errors import Problem, Span
from placement.lang.subjects import BUILT_IN, WORD_FORMS
from placement.suggest import closest_match

if TYPE_CHECKING:
    from lark.exceptions import UnexpectedInput

__all__ = ["syntax_problem"]

_WORD = re.compile(r"""[^ \t\r\n,\[\]()'"=!<>~&|]+""")
_SYMBOLS = re.compile(r"[=!<>~&|]+")
_BLANKS = re.compile(r"[ \t\r\n]*")
_ATTRIBUTE = re.compile(r"attribute:([A-Za-z0-9._/\\-]*)", re.IGNORECASE)
_SYMBOL_FOR = {
    "=": "==",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "=!": "!=",
    "=>": ">=",
    "=<": "<=",
    "~=": "=~",
    "~": "=~",
    "!": "!in",
    "&": "&&",
    "|": "||",
}
_WORD_FOR = {
    "is": "==",
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "like": "=~",
    "regex": "=~",
    "not": "not_in",
    "has": "exists",
    "present": "exists",
}
_LONGEST_NAME = 128
_EXAMPLE = "attribute:stack == prod"


@attrs.frozen
class _Token:
    """A token that parsing had read: which terminal, its text and its place."""

    terminal: str
    text: str
    span: Span


@attrs.frozen
class _Place:
    """Where parsing stopped: the text, the position, the piece found there, what may come."""

    text: str
    position: int
    found: str
    allowed: frozenset[str]
    before: tuple[_Token, ...]

    @property
    def span(self) -> Span:
        return Span(self.position, self.position + len(self.found))

    @property
    def shown(self) -> str:
        """The piece found, short enough for a sentence."""
        if not self.found:
            return "the end"
        return self.found if len(self.found) <= 40 else self.found[:40] + "…"

    @property
    def last(self) -> str:
        """The text right before the place, as far as it is not yet part of a condition."""
        return self.before[-1].text if self.before else "this"

    def behind(self, terminal: str) -> _Token | None:
        """Return the innermost unfinished token of a terminal."""
        return next((token for token in reversed(self.before) if token.terminal == terminal), None)

    def problem(self, message: str, suggestion: str | None = None) -> Problem:
        return Problem(message, self.span, suggestion)


def syntax_problem(text: str, error: UnexpectedInput) -> Problem:
    """Return what is wrong at the place where Lark stopped reading ``text``."""
    place = _place(text, error)
    for terminal, complain in _COMPLAINTS:
        if terminal in place.allowed:
            return complain(place)
    return _no_more_list(place) if place.behind("LSQB") else _no_joint(place)


def _place(text: str, error: UnexpectedInput) -> _Place:
    position = getattr(error, "pos_in_stream", None)
    token = getattr(error, "token", None)
    if token is not None:
        position = len(text) if token.type == "$END" else token.start_pos
    if position is None or position < 0:
        position = len(text)
    position = _skip_blanks(text, position)
    allowed = frozenset(getattr(error, "allowed", None) or getattr(error, "expected", None) or ())
    return _Place(text, position, _piece(text, position), allowed, _unfinished(error))


def _skip_blanks(text: str, position: int) -> int:
    match = _BLANKS.match(text, position)
    return match.end() if match else position


def _piece(text: str, position: int) -> str:
    """Return the word or the run of symbols at ``position``, else the one character."""
    match = _WORD.match(text, position) or _SYMBOLS.match(text, position)
    return match[0] if match else text[position : position + 1]


def _unfinished(error: UnexpectedInput) -> tuple[_Token, ...]:
    """Return the tokens before the place that are not yet part of a node, in order."""
    state: Any = getattr(error, "interactive_parser", None)
    stack = state.parser_state.value_stack if state is not None else ()
    return tuple(
        _Token(item.type, str(item), Span(item.start_pos, item.end_pos))
        for item in stack
        if hasattr(item, "type")
    )


def _no_condition(place: _Place) -> Problem:
    """A condition (or not, or a parenthesis) had to come."""
    found = place.found
    if not place.text.strip(" \t\r\n"):
        return Problem(f"the expression is empty; write one such as {_EXAMPLE}", Span(0, 0))
    if not found:
        return place.problem(f"the expression ends where a condition must follow {place.last}")
    match = _ATTRIBUTE.match(place.text, place.position)
    if match:
        return _bad_attribute(place, match)
    if found in ("and", "or", "&&", "||"):
        return place.problem(f"a condition must come before {found}")
    if found in (")", "]"):
        return place.problem(f"a condition must come before {found}, such as {_EXAMPLE}")
    if found[0] in "'\"[":
        return place.problem(
            f"a condition begins with its subject, such as attribute:stack, not with {found[0]}"
        )
    return _unknown_subject(place)


def _unknown_subject(place: _Place) -> Problem:
    found = place.found
    candidates = closest_match(found, ["not", "attribute", *BUILT_IN])
    if candidates == "attribute":
        return place.problem(f"unknown subject {place.shown}", "attribute:NAME")
    if candidates is not None:
        kind = "keyword" if candidates == "not" else "subject"
        return place.problem(f"unknown {kind} {place.shown}", candidates)
    known = ", ".join(BUILT_IN)
    message = f"unknown subject {place.shown}; expected attribute:NAME or one of {known}"
    is_name = re.fullmatch(r"[A-Za-z0-9._/\\-]{1,128}", found)
    return place.problem(message, f"attribute:{found}" if is_name else None)


def _bad_attribute(place: _Place, match: re.Match[str]) -> Problem:
    name, end = match[1], match.end()
    if place.text[place.position : place.position + 10] != "attribute:":
        suggestion = f"attribute:{name}" if len(name) <= _LONGEST_NAME else "attribute:NAME"
        return place.problem(f"unknown subject {place.shown}", suggestion)
    if not name and not place.text[end : end + 1].strip(" \t\r\n"):
        return place.problem("attribute: needs a name right after the colon")
    if len(name) > _LONGEST_NAME:
        span = Span(place.position + 10, end)
        return Problem(
            f"an attribute name has at most {_LONGEST_NAME} characters, not {len(name)}", span
        )
    message = (
        f"an attribute name cannot hold {place.text[end : end + 1]}; "
        "it is made of letters, digits and - _ . / \\"
    )
    return Problem(message, Span(end, end + 1))


def _no_operator(place: _Place) -> Problem:
    """An operator had to come."""
    subject = place.last
    found = place.found
    if not found:
        return place.problem(f"expected an operator after {subject}, such as == or exists")
    candidates = (
        _SYMBOL_FOR.get(found) or _WORD_FOR.get(found.lower()) or closest_match(found, WORD_FORMS)
    )
    if found == "!":
        rest = _piece(place.text, _skip_blanks(place.text, place.position + 1))
        candidates = "!" + rest if rest in ("in", "exists") else "!="
        return place.problem("! must touch the word that it negates", candidates)
    if found.lower() == "not":
        rest = _piece(place.text, _skip_blanks(place.text, place.position + 3)).lower()
        candidates = {"in": "not_in", "exists": "not_exists", "matches": "not_matches"}.get(rest)
    return place.problem(f"expected an operator after {subject}, not {place.shown}", candidates)


def _no_value(place: _Place) -> Problem:
    """A value had to come."""
    found = place.found
    operator = place.last
    if found in ("'", '"'):
        return _open_quote(place)
    if not found:
        return place.problem(f"expected a value after {operator}")
    if found == "[" and operator != "[":
        return place.problem(f"{operator} takes one value; for a list use in or not_in")
    if found == "]":
        return place.problem("expected a value before ]")
    if found == ",":
        return place.problem("expected a value before the comma")
    advice = f"a value that holds {found[0]} needs quotes"
    return place.problem(f"expected a value after {operator}, not {place.shown}; {advice}")


def _no_list(place: _Place) -> Problem:
    operator = place.last
    return place.problem(f"{operator} takes a list in brackets, such as {operator} [a, b]")


def _no_pattern(place: _Place) -> Problem:
    """A regular expression had to come."""
    operator = place.last
    if place.found in ("'", '"'):
        return _open_quote(place)
    if not place.found:
        return place.problem(f"expected a regular expression after {operator}")
    return _unbalanced(place)


def _open_quote(place: _Place) -> Problem:
    return place.problem(f"the quoted text is not closed; expected another {place.found}")


def _unbalanced(place: _Place) -> Problem:
    """Return which bracket of the bare regular expression at ``place`` has no partner."""
    at = _unpartnered(place.text, place.position)
    if at >= len(place.text) or place.text[at] in " \t\r\n":
        message = "a bare regular expression cannot end with a backslash; put it in quotes"
        return Problem(message, Span(at - 1, at))
    what = {"(": "is not closed", "[": "is not closed"}.get(place.text[at], "closes nothing")
    message = (
        f"{place.text[at]} {what} in this regular expression, which ends at the first blank; "
        "put it in quotes"
    )
    return Problem(message, Span(at, at + 1))


def _unpartnered(text: str, position: int) -> int:
    """Return where the first bracket without a partner is, or the end of the bare run."""
    opened: list[int] = []
    while position < len(text) and text[position] not in " \t\r\n":
        character = text[position]
        in_class = bool(opened) and text[opened[-1]] == "["
        if character == "\\":
            position += 1
        elif character == "[" or (character == "(" and not in_class):
            opened.append(position)
        elif character == "]" or (character == ")" and not in_class):
            if not opened or (character == "]" and not in_class):
                return position
            opened.pop()
        position += 1
    return opened[0] if opened else min(position, len(text))


def _no_more_list(place: _Place) -> Problem:
    """A comma or the closing bracket had to come."""
    if not place.found:
        return place.problem("the list is not closed; expected , or ]")
    if place.found in ("'", '"'):
        return _open_quote(place)
    return place.problem(
        f"expected , or ] in the list, not {place.shown}; a value with blanks or signs needs quotes"
    )


def _no_joint(place: _Place) -> Problem:
    """``and``, ``or``, a closing parenthesis or the end had to come."""
    found = place.found
    pattern = place.behind("PATTERN")
    if pattern is not None and pattern.span.end == place.position:
        return _unbalanced(attrs.evolve(place, position=pattern.span.start))
    opening = place.behind("OPEN")
    if not found and opening is not None:
        return Problem("this ( is not closed", opening.span)
    if found == ")":
        return place.problem("this ) closes nothing")
    candidates = {"&": "&&", "|": "||"}.get(found) or closest_match(found, ["and", "or"])
    if candidates is not None:
        return place.problem(f"expected and, or, or the end, not {found}", candidates)
    existence = place.behind("EXISTENCE")
    if existence is not None:
        return place.problem(f"{existence.text} takes no value, but {place.shown} follows")
    advice = f"a value that holds {found[:1]} needs quotes"
    if _WORD.match(found):
        advice = "a value with blanks needs quotes"
    return place.problem(f"expected and, or, or the end, not {place.shown}; {advice}")


_COMPLAINTS: tuple[tuple[str, Callable[[_Place], Problem]], ...] = (
    ("SUBJECT", _no_condition),
    ("EXISTENCE", _no_operator),
    ("PATTERN", _no_pattern),
    ("WORD", _no_value),
    ("LSQB", _no_list),
)
"""The function that words the problem, by a terminal that was acceptable at the place."""
