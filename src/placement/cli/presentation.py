"""How the result of a command is to be presented: what ``--output`` and its companions say.

``options`` fill it in while click parses the arguments, ``output`` reads it when something is
printed; it belongs to the context of the running command, so that no command has to pass it on.
"""

from __future__ import annotations

from typing import Any

import attrs
import click

__all__ = ["Presentation", "presentation"]


@attrs.define
class Presentation:
    """How results are presented.

    Attributes:
        as_text: Whether documents are printed as lines of fields between tabs, as the AWS CLI does
            with ``--output text``, and not as JSON.
        as_table: Whether they are printed as tables of what they hold, as the AWS CLI does with
            ``--output table``.
        query: A compiled JMESPath expression that is applied to documents; None: none.
        truncate: Whether tables may be cut to the width and height of a terminal.
    """

    as_text: bool = False
    as_table: bool = False
    query: Any = None
    truncate: bool = True


def presentation() -> Presentation:
    """Return the presentation of the running command; the default one outside of any command."""
    context = click.get_current_context(silent=True)
    if context is None:
        return Presentation()
    found: Presentation = context.find_root().meta.setdefault(__name__, Presentation())
    return found
