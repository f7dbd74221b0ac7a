"""Write the tables of all parsers to ``grammar``: run it after a change of a grammar or of Lark.

    python tools/make_parser_tables.py

They are good for the version of Lark that is installed here (``placement.grammars``).
"""

from __future__ import annotations

from pathlib import Path

from placement.cli.options import shorthand
from placement.javaregex import meaning
from placement.lang import parse

GRAMMARS = (parse.GRAMMAR, meaning.GRAMMAR, shorthand.GRAMMAR)

FOLDER = Path(__file__).resolve().parents[1] / "grammar"


def main() -> None:
    """Write the file of each grammar."""
    for grammar in GRAMMARS:
        path = FOLDER / f"{grammar.name}.tables"
        path.write_bytes(grammar.tables())
        print(path)


if __name__ == "__main__":
    main()
