"""What is wrong with a task definition, or odd about it: a path and a sentence.

In: nothing.  Out: ``DefinitionProblem`` and the error that carries all of a definition's.  Which
problems there are is for the checks to know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from placement.errors import DocumentError, describe_value, sanitize

__all__ = ["DefinitionProblem", "InvalidDefinition", "Problems", "items", "objects", "plain_name"]


@attrs.frozen
class DefinitionProblem:
    """One thing about a task definition, and where.

    Attributes:
        path: Such as ``containerDefinitions[1].portMappings[0].hostPort``; empty for the whole.
        message: What was expected there.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return sanitize(f"{self.path}: {self.message}" if self.path else self.message)


Problems = Iterator[DefinitionProblem]


class InvalidDefinition(DocumentError):
    """A task definition that ECS would refuse; ``problems`` holds everything found, in order."""

    def __init__(self, problems: Sequence[DefinitionProblem], name: str = "") -> None:
        super().__init__("\n".join(map(str, problems)), "")
        self.problems = tuple(problems)
        self.name = name

    def __str__(self) -> str:
        head = f"{sanitize(self.name)}: " if self.name else ""
        if len(self.problems) == 1:
            return f"{head}{self.problems[0]}"
        lines = "".join(f"\n  {line}" for line in self.message.splitlines())
        return f"{head}{len(self.problems)} problems{lines}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems, self.name)


def plain_name(name: Any) -> str:
    """Return a name without quotes, as the service's texts have it; described if it is none."""
    if isinstance(name, str) and len(name) <= 255 and name.isprintable():
        return name
    return describe_value(name)


def items(document: Mapping[str, Any], name: str, path: str = "") -> Iterator[tuple[Any, str]]:
    """Yield what is in a list, each with its path; nothing where the list is not there."""
    here = f"{path}.{name}" if path else name
    found = document.get(name)
    if isinstance(found, (list, tuple)):
        for number, item in enumerate(found):
            yield item, f"{here}[{number}]"


def objects(
    document: Mapping[str, Any], name: str, path: str = ""
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield the objects in a list, each with its path."""
    for item, here in items(document, name, path):
        if isinstance(item, Mapping):
            yield item, here
