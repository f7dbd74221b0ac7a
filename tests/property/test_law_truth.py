"""Laws of truth: masks, matches, explanations and the naive twin say the same."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

import placement
from placement.lang.ast import And, Node, Not, Or
from placement.lang.evaluate import holds
from placement.lang.printer import canonical
from placement.lang.simplify import simplify
from placement.lang.typed import AllOf, AnyOf, Leaf, Negation, Tree
from placement.state.row_record import RowRecord
from placement.testing import (
    Change,
    build_cluster,
    clusters,
    expression_texts,
    expressions,
    histories,
    replay,
)
from twin_cluster import TwinCluster


def query_of(tree: Node) -> placement.Query:
    return placement.compile(canonical(tree), max_length=None)


def mask_of(cluster: placement.Cluster, tree: Node) -> list[bool]:
    found: list[bool] = query_of(tree).mask(cluster).tolist()
    return found


def both(history: list[Change]) -> tuple[placement.Cluster, TwinCluster]:
    cluster, twin = placement.Cluster(), TwinCluster()
    replay(history, cluster)
    replay(history, twin)
    return cluster, twin


@given(histories(), st.lists(expression_texts(), min_size=1, max_size=4))
def test_mask_is_what_the_naive_twin_says(history: list[Change], texts: list[str]) -> None:
    """The whole language at once, on clusters with a past."""
    cluster, twin = both(history)
    for text in texts:
        assert placement.compile(text).mask(cluster).tolist() == twin.mask(text)


@given(clusters(), expression_texts())
def test_mask_is_what_matches_says_of_each_row(cluster: placement.Cluster, text: str) -> None:
    query = placement.compile(text)
    by_row = [id is not None and query.matches(cluster, id) for id in cluster.ids]
    assert query.mask(cluster).tolist() == by_row


@given(clusters(), expression_texts())
def test_select_gives_the_ids_of_the_mask(cluster: placement.Cluster, text: str) -> None:
    """C7: in the order of registration."""
    query = placement.compile(text)
    rows = query.mask(cluster).nonzero()[0].tolist()
    assert query.select(cluster) == [cluster.ids[row] for row in rows]


@given(clusters(), expressions())
def test_holes_are_false_also_under_not(cluster: placement.Cluster, tree: Node) -> None:
    """C7."""
    for mask in (mask_of(cluster, tree), mask_of(cluster, Not(tree))):
        assert len(mask) == cluster.rows
        assert not any(mask[row] for row, id in enumerate(cluster.ids) if id is None)


@given(clusters(), expressions(max_depth=90))
def test_not_turns_every_instance_round(cluster: placement.Cluster, tree: Node) -> None:
    """A11: truth is two-valued."""
    truths, opposite = mask_of(cluster, tree), mask_of(cluster, Not(tree))
    for row, id in enumerate(cluster.ids):
        assert id is None or truths[row] != opposite[row]


@given(clusters(), expressions(max_depth=90))
def test_two_nots_are_none(cluster: placement.Cluster, tree: Node) -> None:
    assert mask_of(cluster, Not(Not(tree))) == mask_of(cluster, tree)


@given(clusters(), expressions(max_depth=45), expressions(max_depth=45))
def test_de_morgan(cluster: placement.Cluster, one: Node, two: Node) -> None:
    neither = And((Not(one), Not(two)))
    not_both = Or((Not(one), Not(two)))
    assert mask_of(cluster, Not(Or((one, two)))) == mask_of(cluster, neither)
    assert mask_of(cluster, Not(And((one, two)))) == mask_of(cluster, not_both)


@given(clusters(), expressions(max_depth=45), expressions(max_depth=45))
def test_a_further_clause_can_only_narrow(cluster: placement.Cluster, one: Node, two: Node) -> None:
    narrow, wide = mask_of(cluster, And((one, two))), mask_of(cluster, one)
    assert all(was for now, was in zip(narrow, wide, strict=True) if now)


@given(clusters(), expressions(max_depth=45), expressions(max_depth=45))
def test_an_alternative_can_only_widen(cluster: placement.Cluster, one: Node, two: Node) -> None:
    wide, narrow = mask_of(cluster, Or((one, two))), mask_of(cluster, one)
    assert all(now for now, was in zip(wide, narrow, strict=True) if was)


@given(clusters(), expressions(max_depth=45), expressions(max_depth=45))
def test_operands_may_change_places(cluster: placement.Cluster, one: Node, two: Node) -> None:
    assert mask_of(cluster, And((one, two))) == mask_of(cluster, And((two, one)))
    assert mask_of(cluster, Or((one, two))) == mask_of(cluster, Or((two, one)))


@given(clusters(), expressions(max_leaves=12))
def test_simplify_keeps_the_rows(cluster: placement.Cluster, tree: Node) -> None:
    typed = query_of(tree).typed
    simple = simplify(typed)
    for row, id in enumerate(cluster.ids):
        if id is not None:
            record = RowRecord(cluster.store, row)
            assert holds(simple, record) == holds(typed, record)


@given(expressions(max_leaves=12))
def test_simplify_leaves_no_negation_and_no_nesting(tree: Node) -> None:
    simple = simplify(query_of(tree).typed)
    for node in walk_typed(simple):
        assert not isinstance(node, Negation)
        if isinstance(node, AllOf | AnyOf):
            assert len(node.children) > 1
            assert not any(isinstance(child, type(node)) for child in node.children)


@given(expressions(max_leaves=12))
def test_simplify_has_nothing_left_to_do(tree: Node) -> None:
    simple = simplify(query_of(tree).typed)
    assert simplify(simple) == simple


def walk_typed(tree: Tree) -> Iterator[Tree | Leaf]:
    yield tree
    if isinstance(tree, AllOf | AnyOf):
        for child in tree.children:
            yield from walk_typed(child)


@given(clusters(min_instances=1), expression_texts())
def test_an_explanation_is_as_true_as_its_query(cluster: placement.Cluster, text: str) -> None:
    query = placement.compile(text)
    for id in filter(None, cluster.ids):
        explanation = query.explain(cluster, id)
        assert explanation.truth == query.matches(cluster, id)
        assert explanation.expression == str(query)


@given(clusters(min_instances=1), expression_texts())
def test_every_part_of_an_explanation_is_as_true_as_it_is_alone(
    cluster: placement.Cluster, text: str
) -> None:
    query = placement.compile(text)
    for id in filter(None, cluster.ids):
        for part in walk_explanation(query.explain(cluster, id)):
            alone = placement.compile(part.expression, max_length=None)
            assert part.truth == alone.matches(cluster, id)
            piece = text[part.span.start : part.span.end]
            assert placement.compile(piece).matches(cluster, id) == part.truth


@given(clusters(min_instances=1), expression_texts())
def test_an_explanation_has_a_line_for_each_part(cluster: placement.Cluster, text: str) -> None:
    for id in filter(None, cluster.ids):
        explanation = placement.compile(text).explain(cluster, id)
        lines = str(explanation).split("\n")
        assert len(lines) == len(list(walk_explanation(explanation)))
        assert all(line.startswith(("true ", "false")) for line in lines)


def walk_explanation(explanation: placement.Explanation) -> Iterator[placement.Explanation]:
    yield explanation
    for child in explanation.children:
        yield from walk_explanation(child)


@given(histories(min_instances=1), expression_texts())
def test_asking_changes_nothing(history: list[Change], text: str) -> None:
    """A cluster that was asked on the way is the cluster that was not."""
    from store_dump import dump

    asked = placement.Cluster()
    tasks: list[int | None] = []
    for change in history:
        replay([change], asked, tasks)
        placement.compile(text).select(asked)
    assert dump(asked) == dump(build_cluster(history))
