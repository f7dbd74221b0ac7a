"""The conditions that decide: enough to give the truth, and as few as can be."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from placement import Explanation, Span
from placement.query.reasons import deciding, reasons

NOWHERE = Span(0, 0)


@st.composite
def explanations(draw: Any) -> Any:
    """Trees over at most seven conditions, each of another attribute."""
    names = iter(range(7))

    def condition() -> Any:
        subject = f"attribute:a{next(names)}"
        truth = draw(st.booleans())
        return Explanation(f"{subject} == x", truth, NOWHERE, subject=subject, value="y")

    def tree(depth: Any, room: Any) -> Any:
        kind = draw(st.sampled_from(["condition", "not", "and", "or"])) if depth else "condition"
        if kind == "condition" or room < 2:
            return condition()
        children = [tree(depth - 1, room // 2) for _ in range(1 if kind == "not" else 2)]
        return joined(kind, children)

    return tree(4, 7)


def joined(operator: Any, children: Any) -> Any:
    """Return the explanation of an operator over its operands."""
    truths = [child.truth for child in children]
    truth = {"not": not truths[0], "and": all(truths), "or": any(truths)}[operator]
    text = f"{operator}({', '.join(child.expression for child in children)})"
    return Explanation(text, truth, NOWHERE, operator, children=tuple(children))


def conditions(explanation: Any) -> Any:
    """Return the conditions of a tree by their text."""
    if not explanation.children:
        return {explanation.expression: explanation.truth}
    return {k: v for child in explanation.children for k, v in conditions(child).items()}


def truth(explanation: Any, assignment: Any) -> Any:
    """Return the truth of a tree for other truths of its conditions."""
    if not explanation.children:
        return assignment[explanation.expression]
    truths = [truth(child, assignment) for child in explanation.children]
    return {"not": not truths[0], "and": all(truths), "or": any(truths), None: None}[
        explanation.operator
    ]


def decide(explanation: Any, fixed: Any) -> Any:
    """Return whether some conditions alone give the tree its truth, whatever the others are."""
    known = conditions(explanation)
    free = [name for name in known if name not in fixed]
    return all(
        truth(explanation, {**known, **dict(zip(free, values, strict=True))}) == explanation.truth
        for values in product([False, True], repeat=len(free))
    )


@given(explanations())
def test_what_decides_is_enough_and_nothing_smaller_is(explanation: Any) -> None:
    found = [part for top in deciding(explanation) for part in conditions(top)]
    assert decide(explanation, found)
    smaller = combinations(conditions(explanation), len(found) - 1)
    assert not any(decide(explanation, names) for names in smaller)


def test_reasons_count_every_instance_once_and_the_heaviest_comes_first() -> None:
    def asked(stack: Any, zone: Any) -> Any:
        parts = [
            Explanation("attribute:s == p", stack == "p", NOWHERE, None, "attribute:s", stack),
            Explanation("attribute:z == a", zone == "a", NOWHERE, None, "attribute:z", zone),
        ]
        return joined("and", parts)

    found = reasons([asked("d", "b"), asked("p", "b"), asked("d", "a"), asked(None, "a")])
    assert [(reason.instances, reason.causes[0].expression) for reason in found] == [
        (3, "attribute:s == p"),
        (1, "attribute:z == a"),
    ]
    assert found[0].causes[0].values == (("is d", 2), ("absent", 1))


def test_a_condition_that_is_true_under_not_says_so() -> None:
    both = joined("and", [Explanation(f"attribute:{n} == x", True, NOWHERE) for n in "ab"])
    (reason,) = reasons([joined("not", [both])])
    assert [cause.truth for cause in reason.causes] == [True, True]


def test_groups_of_tasks_are_counted_one_by_one() -> None:
    def asked(groups: Any) -> Any:
        return Explanation("task:group == x", False, NOWHERE, None, "task:group", groups)

    (reason,) = reasons([asked({"web": 3, "api": 1}), asked({"web": 1}), asked({})])
    assert reason.causes[0].values == (("web", 2), ("api", 1), ("no tasks with a known group", 1))
