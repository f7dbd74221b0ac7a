"""``--behaviour``: a file that says what tasks do (C52).

In: the name of a YAML or JSON file.  Out: a function for ``Session(behaviour=...)``, or an error
that names the file, the line and the path.  What a rule may say, ``placement.ecs`` knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placement import DocumentError
from placement.cli.options.reading import read_bytes, shown_name

if TYPE_CHECKING:
    from placement.ecs.behaviour_rules import BehaviourRules

__all__ = ["read_behaviour"]

EXPECTED = "a list of rules, such as [{family: web, start_failure: CannotPullContainerError}]"


def read_behaviour(file: str) -> BehaviourRules:
    """Return the behaviour that a file describes.

    Raises:
        DocumentError: it cannot be read, is neither YAML nor JSON, or holds no list of rules.
    """
    from placement.cli.options.located import parse_located  # with the reader of YAML
    from placement.ecs.behaviour_rules import behaviour_rules

    document = parse_located(read_bytes(file), shown_name(file), EXPECTED)
    try:
        return behaviour_rules(document.value)
    except DocumentError as error:
        raise document.located(error) from None
