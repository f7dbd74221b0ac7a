"""Why an expression has the truth it has, counted over many instances.

In: one ``Explanation`` for each instance.  Out: a few reasons, each with its number of instances.
An instance counts for one reason: the smallest set of conditions that alone decides, the first in
the text where several are equally small.  Instances with the same set have the same reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from placement.query.explain import Explanation

__all__ = ["Cause", "Reason", "deciding", "reasons"]


@attrs.frozen
class Cause:
    """A condition that decides.

    Attributes:
        expression: Its canonical text.
        truth: Its truth.
        values: What instances have where it looks, in words, and how many have it, most first.
    """

    expression: str
    truth: bool
    values: tuple[tuple[str, int], ...]


@attrs.frozen
class Reason:
    """Conditions that together decide, and for how many instances."""

    causes: tuple[Cause, ...]
    instances: int


def reasons(explanations: Iterable[Explanation]) -> list[Reason]:
    """Return the reasons why expressions have the truth they have, the most frequent first."""
    groups: dict[tuple[tuple[str, bool], ...], list[Sequence[Explanation]]] = {}
    for explanation in explanations:
        found = deciding(explanation)
        key = tuple((part.expression, part.truth) for part in found)
        groups.setdefault(key, []).append(found)
    found_reasons = [Reason(_causes(members), len(members)) for members in groups.values()]
    return sorted(found_reasons, key=lambda reason: -reason.instances)


def _causes(members: list[Sequence[Explanation]]) -> tuple[Cause, ...]:
    return tuple(
        Cause(
            same[0].expression,
            same[0].truth,
            tuple(Counter(value for part in same for value in _values(part)).most_common()),
        )
        for same in zip(*members, strict=True)
    )


def _values(part: Explanation) -> list[str]:
    """Return what one instance has where a condition looks, in words: each group of its tasks."""
    condition = _condition(part)
    if isinstance(condition.value, Mapping) and condition.value:
        return list(condition.value)
    return [condition.described_value()]


def deciding(explanation: Explanation) -> list[Explanation]:
    """Return the smallest set of conditions that alone gives an expression its truth.

    A condition under ``not`` counts as one condition with its ``not``.
    """
    children = explanation.children
    if not children or _condition(explanation) is not explanation:
        return [explanation]
    if explanation.operator == "not":
        return deciding(children[0])
    found = [deciding(child) for child in children if child.truth == explanation.truth]
    if explanation.truth == (explanation.operator == "or"):
        return min(found, key=len)
    unique = {part.expression: part for parts in found for part in parts}
    return list(unique.values())


def _condition(explanation: Explanation) -> Explanation:
    """Return the condition without a ``not`` before it."""
    if explanation.operator == "not" and not explanation.children[0].children:
        return explanation.children[0]
    return explanation
