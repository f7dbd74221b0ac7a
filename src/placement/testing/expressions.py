"""Strategies for expressions as trees: ``placement.lang.ast`` nodes that ``check`` accepts.

In: the table of subjects and the pools that instances are made of.  Out: trees of every shape, all
subjects with all their operators (1.4), also very deep ones.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from placement.lang.ast import And, Condition, Literal, Node, Not, Operator, Or, Subject
from placement.lang.subjects import BUILT_IN, Kind, subject_type
from placement.testing import pools
from placement.testing.inventory import attribute_names, mostly

__all__ = ["depth", "expressions"]

MAX_DEPTH = 100
"""Levels of parentheses and nots that ECS's own text may have (C2)."""

_LISTS = (Operator.IN, Operator.NOT_IN)
_PATTERNS = (Operator.MATCHES, Operator.NOT_MATCHES)
_EXISTENCE = (Operator.EXISTS, Operator.NOT_EXISTS)

_ODD_VALUES = ("", "x", "'", 'a"b', "\\", "\\\\'", "é", "(a]", "a && b", "not", "-1", "+9.0")
"""Values for literals that no instance has (but the empty one), and that need care in a text."""

_LITERALS: dict[Kind, st.SearchStrategy[str]] = {
    Kind.TEXT: st.sampled_from(pools.VALUES[:2] * 8 + pools.VALUES + _ODD_VALUES),
    Kind.BOOLEAN: st.sampled_from(("true", "false")),
    Kind.VERSION: st.sampled_from(pools.VERSIONS),
    Kind.NUMBER: st.sampled_from(pools.WHOLE_NUMBERS),
    Kind.DATE: st.sampled_from(pools.DATES),
    Kind.GROUPS: st.sampled_from(pools.GROUPS * 2 + _ODD_VALUES),
}
_INSTANCE_IDS = st.sampled_from((*pools.EC2_INSTANCE_IDS * 2, "x"))


def conditions() -> st.SearchStrategy[Condition]:
    """Return single conditions: half of them on attributes, the others on the six subjects."""
    attribute = attribute_names().map(lambda name: f"attribute:{name}")
    subjects = st.one_of(attribute, st.sampled_from(tuple(BUILT_IN)))
    return subjects.flatmap(_conditions_on)


def _conditions_on(subject: str) -> st.SearchStrategy[Condition]:
    operators = st.sampled_from(subject_type(subject).operators)
    return operators.flatmap(
        lambda operator: st.builds(
            Condition, st.just(Subject(subject)), st.just(operator), _arguments(subject, operator)
        )
    )


def _arguments(subject: str, operator: Operator) -> st.SearchStrategy[tuple[Literal, ...]]:
    if operator in _EXISTENCE:
        return st.just(())
    if operator in _PATTERNS:
        return st.sampled_from(pools.PATTERNS).map(lambda pattern: (Literal(pattern),))
    kind = subject_type(subject).kind
    values = _INSTANCE_IDS if subject == "ec2InstanceId" else _LITERALS[kind]
    literals = st.builds(Literal, values)
    if operator in _LISTS:
        return st.lists(literals, max_size=4).map(tuple)
    return st.tuples(literals)


def expressions(*, max_leaves: int = 8, max_depth: int = MAX_DEPTH) -> st.SearchStrategy[Node]:
    """Return expressions as trees of ``placement.lang.ast``.

    ``placement.lang.printer.canonical`` makes the text of one, ``expression_texts`` any of its
    other spellings.  Most are small; about one in ten is a deep chain of nots and parentheses.

    Args:
        max_leaves: How many conditions, about, the small ones have at most.
        max_depth: How many levels of parentheses and nots the canonical text has at most.

    >>> from hypothesis import given
    >>> from placement.lang.printer import canonical
    >>> @given(expressions(max_leaves=3))
    ... def test_every_tree_has_a_text(tree):
    ...     assert placement.compile(canonical(tree), max_length=None).tree == tree
    >>> test_every_tree_has_a_text()
    """
    small = st.recursive(conditions(), _joined, max_leaves=max_leaves)
    shallow = small.filter(lambda node: depth(node) <= max_depth)
    return mostly(shallow, _deep(shallow, max_depth))


def _joined(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=4).map(tuple)
    return st.one_of(st.builds(And, several), st.builds(Or, several), st.builds(Not, parts))


def _deep(parts: st.SearchStrategy[Node], max_depth: int) -> st.SearchStrategy[Node]:
    """Return long chains of parts, each a level deeper than the one before."""
    wraps = st.sampled_from(_WRAPS)
    steps = st.integers(0, max_depth).flatmap(
        lambda count: st.lists(wraps, min_size=count, max_size=count)
    )
    beside = st.lists(conditions(), min_size=1, max_size=3)
    return st.builds(_chain, parts, steps, beside, st.just(max_depth))


_Wrap = Callable[[Node, Node], Node]
_WRAPS: tuple[_Wrap, ...] = (
    lambda inner, _: Not(inner),
    lambda inner, beside: And((inner, beside)),
    lambda inner, beside: And((beside, inner)),
    lambda inner, beside: Or((beside, inner)),
    lambda inner, beside: Or((inner, beside)),
)


def _chain(inner: Node, steps: list[_Wrap], beside: list[Condition], max_depth: int) -> Node:
    for number, wrap in enumerate(steps):
        outer = wrap(inner, beside[number % len(beside)])
        if depth(outer) > max_depth:
            break
        inner = outer
    return inner


def depth(node: Node) -> int:
    """Return how many levels of parentheses and nots the canonical text of ``node`` has (C2)."""
    match node:
        case Condition():
            return 0
        case Not(operand):
            return 2 + depth(operand)
        case And(operands):
            return max(depth(operand) + isinstance(operand, And | Or) for operand in operands)
        case Or(operands):
            return max(depth(operand) + isinstance(operand, Or) for operand in operands)
