"""A session's behaviour from rules that are plain data (C27, C52).

In: a list of objects {service, family, revision, first} with fields of ``Behaviour``, as a file
holds them.  Out: a function for ``Session(behaviour=...)``; the first rule that matches a new task
decides.  Knows no files: an error names the path in the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import attrs

from placement.ecs.timing import Behaviour
from placement.errors import DocumentError, UsageError, describe_value
from placement.suggest import closest_match

__all__ = ["BehaviourRule", "BehaviourRules", "behaviour_rules"]

GLOBS = ("service", "family", "revision")
"""Which tasks a rule is about."""

FIELDS = tuple(field.name for field in attrs.fields(Behaviour))
"""What a rule says of them."""

_KNOWN = (*GLOBS, "first", *FIELDS)


@attrs.frozen
class BehaviourRule:
    """A rule: of which tasks, and what they do.

    Attributes:
        behaviour: What they do.
        service: Names of services, with ``*``, ``?`` and ``[]``; None: any, and standalone tasks.
        family: Families of task definitions, likewise.
        revision: Numbers of revisions, likewise: ``7``, ``1?``.
        first: How many tasks it is about, in the order in which they are created (D124); None: all.
    """

    behaviour: Behaviour
    service: str | None = None
    family: str | None = None
    revision: str | None = None
    first: int | None = None

    def matches(self, service: str | None, family: str, revision: str) -> bool:
        """Return whether a task is one that it is about, ``first`` aside."""
        if self.service is not None and (service is None or not fnmatchcase(service, self.service)):
            return False
        if self.family is not None and not fnmatchcase(family, self.family):
            return False
        return self.revision is None or fnmatchcase(revision, self.revision)


class BehaviourRules:
    """A function for ``Session(behaviour=...)``: what the first rule that matches says of a task.

    It counts the tasks of rules with ``first``, so that each session needs one of its own.
    """

    def __init__(self, rules: tuple[BehaviourRule, ...]) -> None:
        self.rules = rules
        self._left = [rule.first for rule in rules]

    def __call__(self, task: Mapping[str, Any]) -> Behaviour | None:
        """Return the behaviour of a task, given as DescribeTasks shows it; None: all goes well."""
        kind, _, name = str(task.get("group", "")).partition(":")
        service = name if kind == "service" else None
        definition = str(task.get("taskDefinitionArn", "")).rpartition("/")[2]
        family, _, revision = definition.partition(":")
        for number, rule in enumerate(self.rules):
            left = self._left[number]
            if left == 0 or not rule.matches(service, family, revision):
                continue
            if left is not None:
                self._left[number] = left - 1
            return rule.behaviour
        return None


def behaviour_rules(document: Any) -> BehaviourRules:
    """Return the function that a list of rules describes.

    Raises:
        DocumentError: it is no list of rules; ``path`` says where: ``[2].pull_seconds``.
    """
    if not isinstance(document, list):
        raise DocumentError(f"expected a list of rules, not {describe_value(document)}", "")
    return BehaviourRules(tuple(_rule(one, f"[{place}]") for place, one in enumerate(document)))


def _rule(document: Any, path: str) -> BehaviourRule:
    if not isinstance(document, Mapping):
        raise DocumentError(f"expected an object, not {describe_value(document)}", path)
    for name in document:
        if name not in _KNOWN:
            near = closest_match(str(name)[:80], _KNOWN)
            advice = f"did you mean {near}?" if near else f"expected one of {', '.join(_KNOWN)}"
            raise DocumentError(f"a rule has no {describe_value(name)}; {advice}", path)
    fields: dict[str, Any] = {}
    for name in FIELDS:
        if document.get(name) is None:
            continue
        try:
            Behaviour(**{name: document[name]})
        except UsageError as error:
            raise DocumentError(str(error), f"{path}.{name}") from None
        fields[name] = document[name]
    if not fields:
        raise DocumentError(f"expected one of {', '.join(FIELDS)}", path)
    globs = {name: _glob(document.get(name), f"{path}.{name}") for name in GLOBS}
    return BehaviourRule(Behaviour(**fields), first=_first(document, path), **globs)


def _glob(value: Any, path: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # the number of a revision, which YAML and JSON write without quotes
    if not isinstance(value, str) or not value:
        raise DocumentError(
            f"expected a name, which may hold * and ?, not {describe_value(value)}", path
        )
    return value


def _first(document: Mapping[str, Any], path: str) -> int | None:
    value = document.get("first")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DocumentError(
            f"expected a number of tasks, not {describe_value(value)}", f"{path}.first"
        )
    return value
