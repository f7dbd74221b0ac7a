"""The seven subjects: what type each has and which operators it takes (section 1.4, A9).

A table, read by ``check`` (to refuse), by the error messages (to advise) and by the test
strategies (to generate).
"""

from __future__ import annotations

from enum import Enum

import attrs

from placement.lang.ast import Operator

__all__ = ["ATTRIBUTE", "BUILT_IN", "WORD_FORMS", "Kind", "SubjectType", "subject_type"]


class Kind(Enum):
    """How the values of a subject are understood."""

    TEXT = "text"
    BOOLEAN = "true or false"
    VERSION = "a version"
    NUMBER = "a whole number"
    DATE = "a date"
    GROUPS = "the groups of the tasks on the instance"


@attrs.frozen
class SubjectType:
    """A subject's kind and the operators it takes."""

    name: str
    kind: Kind
    operators: tuple[Operator, ...]


_O = Operator
_EQUALITY = (_O.EQ, _O.NE)
_ORDER = (_O.GT, _O.GE, _O.LT, _O.LE)
_TEXT = (*_EQUALITY, _O.IN, _O.NOT_IN, _O.MATCHES, _O.NOT_MATCHES)

ATTRIBUTE = SubjectType("attribute:NAME", Kind.TEXT, tuple(Operator))
"""Attributes take all twelve operators."""

BUILT_IN: dict[str, SubjectType] = {
    subject.name: subject
    for subject in (
        SubjectType("agentConnected", Kind.BOOLEAN, _TEXT),
        SubjectType("agentVersion", Kind.VERSION, (*_EQUALITY, *_ORDER)),
        SubjectType("ec2InstanceId", Kind.TEXT, _TEXT),
        SubjectType("registeredAt", Kind.DATE, (*_EQUALITY, *_ORDER)),
        SubjectType("runningTasksCount", Kind.NUMBER, (*_EQUALITY, *_ORDER)),
        SubjectType("task:group", Kind.GROUPS, _TEXT),
    )
}
"""The other six subjects by their spelling."""

WORD_FORMS: dict[str, Operator] = {
    "equals": _O.EQ,
    "not_equals": _O.NE,
    "greater_than": _O.GT,
    "greater_than_equal": _O.GE,
    "less_than": _O.LT,
    "less_than_equal": _O.LE,
    "in": _O.IN,
    "not_in": _O.NOT_IN,
    "matches": _O.MATCHES,
    "not_matches": _O.NOT_MATCHES,
    "exists": _O.EXISTS,
    "not_exists": _O.NOT_EXISTS,
}
"""Each operator's word form."""


def subject_type(text: str) -> SubjectType:
    """Return the type of a subject by its spelling, which the grammar has checked."""
    return BUILT_IN.get(text, ATTRIBUTE)
