"""What Lark takes for a lexer: it yields the tokens of ``scanner``.

A module of its own, because Lark wants a class of its own kind, and is imported with the first
pattern that needs the grammar.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lark.lexer import Lexer

from placement.javaregex.scanner import Scanner

__all__ = ["LarkLexer"]


class LarkLexer(Lexer):
    """Lark makes one from its settings, and asks it for the tokens of a pattern."""

    __future_interface__ = 0

    def __init__(self, conf: object) -> None:
        del conf

    def lex(self, lexer_state: Any, parser_state: Any = None) -> Iterator[Any]:
        """Yield the tokens of a pattern.

        Args:
            lexer_state: The text of the pattern; Lark gives the state to other kinds of lexers.
            parser_state: Not given to this kind.
        """
        del parser_state
        return Scanner(lexer_state).tokens()
