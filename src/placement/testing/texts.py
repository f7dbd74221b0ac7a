"""Strategies for expressions as texts: valid ones in every spelling, and nearly valid ones.

In: trees.  Out: texts.  A spelling chooses between symbols and words, quotes, blanks and
superfluous parentheses wherever the grammar (1.2, 1.3, B1) leaves a choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import TypeVar

from hypothesis import strategies as st

from placement.lang.ast import And, Condition, Node, Not, Operator, Or
from placement.lang.parse import bare_pattern
from placement.lang.subjects import WORD_FORMS
from placement.testing.expressions import depth, expressions

__all__ = ["damaged_texts", "expression_texts", "spelled"]

MAX_LENGTH = 2000
"""Characters that ``placement.compile`` takes by default (A1)."""

_WORD = re.compile(r"""[^ \t\r\n,\[\]()'"=!<>~&|]+""")
_BLANKS = (" ", "", "  ", "\t", "\n", "\r\n ")
_WORDS: dict[Operator, str] = {operator: word for word, operator in WORD_FORMS.items()}
_PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)
_LISTS = (Operator.IN, Operator.NOT_IN)
_ROOM = 20
"""How deep a tree may be to get superfluous parentheses: two around each node stay far below C2."""

T = TypeVar("T")


def expression_texts(
    trees: st.SearchStrategy[Node] | None = None, *, max_length: int | None = MAX_LENGTH
) -> st.SearchStrategy[str]:
    """Return valid expressions as texts, in all their spellings.

    Args:
        trees: What the texts say; by default ``expressions()``.
        max_length: How many characters a text has at most; None for no limit.

    >>> from hypothesis import given
    >>> @given(expression_texts())
    ... def test_every_spelling_is_accepted(text):
    ...     placement.compile(text)
    >>> test_every_spelling_is_accepted()
    """
    texts = st.builds(spelled, trees or expressions(), st.lists(st.integers(0, 59), max_size=40))
    if max_length is None:
        return texts
    return texts.filter(lambda text: len(text) <= max_length)


def spelled(tree: Node, tape: Sequence[int] = ()) -> str:
    """Return a text of ``tree``; the numbers of ``tape`` make the choices, in turn.

    >>> from placement.lang.ast import Condition, Not, Operator, Subject
    >>> tree = Not(Condition(Subject("attribute:gpu"), Operator.EXISTS))
    >>> spelled(tree), spelled(tree, [1])
    ('not attribute:gpu exists', '!attribute:gpu exists')
    """
    speller = _Speller(tape or [0], roomy=depth(tree) <= _ROOM)
    speller.node(tree)
    return speller.text()


class _Speller:
    """Collects the tokens of one tree; every choice takes the next number of the tape."""

    def __init__(self, tape: Sequence[int], *, roomy: bool) -> None:
        self._tape: Iterator[int] = cycle(tape)
        self._roomy = roomy
        self._tokens: list[tuple[str, bool]] = []

    def node(self, node: Node) -> None:
        """Spell a node, within superfluous parentheses now and then."""
        if self._roomy and self.choose([False] * 5 + [True]):
            self.parenthesised(node)
        else:
            self.bare(node)

    def parenthesised(self, node: Node) -> None:
        """Spell a node in parentheses, one pair or now and then two."""
        pairs = self.choose((1, 1, 1, 2)) if self._roomy else 1
        for _ in range(pairs):
            self.token("(")
        self.bare(node)
        for _ in range(pairs):
            self.token(")")

    def bare(self, node: Node) -> None:
        match node:
            case Condition():
                self.condition(node)
            case Not(operand):
                for spelling in self.choose(_NOTS):
                    self.token(spelling)
                if isinstance(operand, Condition):
                    self.node(operand)
                else:
                    self.parenthesised(operand)
            case And(operands):
                self.joined(operands, ("and", "&&"), (And, Or))
            case Or(operands):
                self.joined(operands, ("or", "||"), (Or,))

    def joined(
        self, operands: Sequence[Node], words: Sequence[str], looser: tuple[type, ...]
    ) -> None:
        for number, operand in enumerate(operands):
            if number:
                self.token(self.choose(words))
            if isinstance(operand, looser):
                self.parenthesised(operand)
            else:
                self.node(operand)

    def condition(self, node: Condition) -> None:
        self.token(node.subject.text)
        self.token(self.choose((node.operator.value, _WORDS[node.operator])))
        values = [argument.value for argument in node.arguments]
        if node.operator in _PATTERNS:
            self.pattern(values[0])
        elif node.operator in _LISTS:
            self.listed(values)
        else:
            for value in values:
                self.token(self.value(value))

    def listed(self, values: Sequence[str]) -> None:
        self.token("[")
        for number, value in enumerate(values):
            if number:
                self.token(",")
            self.token(self.value(value))
        self.token("]")

    def value(self, value: str) -> str:
        """Return a literal, bare where it can be (keywords too, A8), or in quotes (A7)."""
        forms = [self.quoted(value, "'"), self.quoted(value, '"')]
        return self.choose([value, *forms] if _WORD.fullmatch(value) else forms)

    def pattern(self, pattern: str) -> None:
        """Spell a regular expression; no token but ) may follow a bare one directly (1.3)."""
        quotes = [self.quoted(pattern, "'"), self.quoted(pattern, '"')]
        if bare_pattern().fullmatch(pattern) and self.choose((True, True, False)):
            self.token(pattern, touchy=True)
        else:
            self.token(self.choose(quotes))

    def quoted(self, value: str, quote: str) -> str:
        """Return a value in quotes; a backslash is doubled where it must be, or everywhere."""
        where = r"\\" if self.choose((False, True)) else rf"\\(?=[\\{quote}]|\Z)"
        escaped = re.sub(where, r"\\\\", value)
        return quote + escaped.replace(quote, "\\" + quote) + quote

    def token(self, text: str, *, touchy: bool = False) -> None:
        self._tokens.append((text, touchy))

    def choose(self, options: Sequence[T]) -> T:
        return options[next(self._tape) % len(options)]

    def text(self) -> str:
        """Return the tokens with blanks between them, also where they are not needed."""
        text, touchy = "", False
        for token, touchy_next in self._tokens:
            words = bool(text) and bool(_WORD.match(text[-1])) and bool(_WORD.match(token))
            blank = self.choose(_BLANKS)
            text += (blank or " " if words or (touchy and token != ")") else blank) + token
            touchy = touchy_next
        return text.strip(" ") + self.choose(("", "", " ", "\n"))


_NOTS = (["not"], ["!"], ["not", "not", "not"], ["!", "!", "!"], ["!", "not", "!"])
"""Runs of nots that fold to one (C2)."""


def damaged_texts(texts: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[str]:
    """Return nearly valid expressions: texts with one to three small mistakes.

    A character or a token is dropped, doubled, changed in case or swapped with the next, or
    something that does not belong there is put in.  Some texts are still valid.

    Args:
        texts: What is damaged; by default ``expression_texts()``.

    >>> from hypothesis import given
    >>> @given(damaged_texts())
    ... def test_a_mistake_is_explained_or_harmless(text):
    ...     try:
    ...         placement.compile(text)
    ...     except placement.CqlError as error:
    ...         assert error.problems
    >>> test_a_mistake_is_explained_or_harmless()
    """
    damage = st.tuples(
        st.booleans(), st.sampled_from(_DAMAGES), st.integers(0, 200), st.sampled_from(_STRANGERS)
    )
    return st.builds(
        _damaged, texts or expression_texts(), st.lists(damage, min_size=1, max_size=3)
    )


_DAMAGES = ("drop", "double", "case", "swap", "insert", "cut")
_STRANGERS = (
    "'",
    '"',
    "(",
    ")",
    "[",
    "]",
    ",",
    "\\",
    "!",
    "=",
    "&",
    "~",
    " ",
    "\0",
    "é",
    "x",
    "and",
)
_TOKEN = re.compile(r"""\w[\w.:-]*|'[^']*'|"[^"]*"|[=!<>~&|]+|\s+|.""", re.DOTALL)


def _damaged(text: str, damages: Sequence[tuple[bool, str, int, str]]) -> str:
    for by_token, damage, place, stranger in damages:
        pieces = _TOKEN.findall(text) if by_token else list(text)
        text = "".join(_damage(pieces, damage, place % (len(pieces) or 1), stranger))
    return text


def _damage(pieces: list[str], damage: str, place: int, stranger: str) -> list[str]:
    before, piece, behind = pieces[:place], pieces[place : place + 1], pieces[place + 1 :]
    match damage:
        case "drop":
            return before + behind
        case "double":
            return before + piece * 2 + behind
        case "case":
            return before + [text.swapcase() for text in piece] + behind
        case "swap":
            return before + behind[:1] + piece + behind[1:]
        case "insert":
            return [*before, stranger, *piece, *behind]
    return before
