"""Where grammars are: beside the modules that read them once the package is installed.

In: the module's file and the name of a grammar.  Out: its text.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_grammar"]


def read_grammar(module_file: str, name: str) -> str:
    """Return a grammar: from the installed package, or from the checkout it is worked on in.

    Args:
        module_file: ``__file__`` of the module that reads it.
        name: Its file's name, in the folder ``grammar`` of the checkout.
    """
    installed = Path(module_file).with_name(name)
    checkout = Path(__file__).parents[2] / "grammar" / name
    return (installed if installed.exists() else checkout).read_text(encoding="utf-8")
