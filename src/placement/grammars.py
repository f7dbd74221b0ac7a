"""Grammars, and their parsers: from tables made ahead, or else built here, which takes longer.

In: the name of a grammar and Lark's options for it.  Out: a parser.  Building LALR tables takes ten
times as long as reading them, so ``tools/make_parser_tables.py`` writes them down, with what they
were made of: version of Lark, text of the grammar, options.  Where one of these is another here,
the tables are not used.

Grammars and tables are in the folder ``grammar`` of a checkout, and beside the modules that read
them once the package is installed.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

__all__ = ["Grammar"]


class Grammar:
    """A grammar of ours, and how Lark reads it.

    Attributes:
        name: Name of its file, without ``.lark``.
    """

    def __init__(self, module_file: str, name: str, options: Callable[[], dict[str, Any]]) -> None:
        """Name a grammar; nothing is read.

        Args:
            module_file: ``__file__`` of the module that reads it.
            name: Its file's name, without ``.lark``.
            options: Returns Lark's options: plain values; classes that can be imported, for
                ``lexer``; instances without state of such classes, for ``transformer``.
        """
        self.name = name
        self._module_file = module_file
        self._options = options

    def text(self) -> str:
        """Return the grammar."""
        return self._path("lark").read_text(encoding="utf-8")

    def parser(self) -> Lark:
        """Return a parser: from the tables if they were made of the same, otherwise built."""
        from lark import Lark

        path = self._path("tables")
        if path.exists():
            file = io.BytesIO(path.read_bytes())
            if pickle.load(file) == self._made_of():
                return Lark.load(file)
        return self.build()

    def build(self, **options: Any) -> Lark:
        """Return a parser built from the grammar, with further options."""
        from lark import Lark

        return Lark(self.text(), **self._options(), **options)

    def tables(self) -> bytes:
        """Return what the file of the tables should hold: what they are made of, and they."""
        file = io.BytesIO()
        pickle.dump(self._made_of(), file)
        self.build().save(file)
        return file.getvalue()

    def _made_of(self) -> dict[str, Any]:
        """Return all that tables depend on."""
        import lark

        options = {name: _plain(value) for name, value in self._options().items()}
        return {"lark": lark.__version__, "grammar": self.text(), "options": options}

    def _path(self, suffix: str) -> Path:
        """Return a file of the installed package, or of the checkout it is worked on in."""
        name = f"{self.name}.{suffix}"
        installed = Path(self._module_file).with_name(name)
        checkout = Path(__file__).parents[2] / "grammar" / name
        return installed if installed.exists() else checkout


def _plain(value: Any) -> Any:
    """Return an option as a value that can be compared: a class, or that of an instance, by name.

    What a class does is not in the tables: they name it, too.
    """
    if isinstance(value, str | int):
        return value
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"
