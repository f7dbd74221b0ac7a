"""The strategies of ``placement.testing`` themselves: what they promise to those who use them."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import sys
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis import strategies as st

import placement
import placement.testing
from placement.lang.ast import Condition, Node, Operator
from placement.lang.printer import canonical
from placement.lang.subjects import ATTRIBUTE, BUILT_IN
from placement.testing import clusters, expressions
from placement.testing.expressions import MAX_DEPTH, conditions, depth

MODULES = [
    module.name for module in pkgutil.iter_modules(placement.testing.__path__, "placement.testing.")
]
STILL = settings(
    max_examples=200,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
THOROUGH = settings(STILL, max_examples=5000)


@pytest.mark.parametrize("name", ["placement.testing", *MODULES])
def test_examples_in_docstrings_hold(name: str) -> None:
    module = importlib.import_module(name)
    found = doctest.testmod(module, extraglobs={"placement": placement}, report=True)
    assert found.failed == 0


@pytest.mark.parametrize("name", placement.testing.__all__)
def test_every_public_name_shows_an_example(name: str) -> None:
    assert ">>>" in (inspect.getdoc(getattr(placement.testing, name)) or "")


def test_without_hypothesis_the_error_asks_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    for name in ["placement.testing", *MODULES]:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ImportError, match=r"needs Hypothesis: pip install hypothesis$"):
        importlib.import_module("placement.testing")


def test_expressions_are_neither_always_true_nor_always_false() -> None:
    truths: list[bool] = []

    @seed(1)
    @STILL
    @given(clusters(min_instances=2), expressions())
    def collect(cluster: placement.Cluster, tree: Node) -> None:
        query = placement.compile(canonical(tree), max_length=None)
        truths.extend(query.matches(cluster, id) for id in cluster.ids if id)

    collect()
    assert 0.25 < sum(truths) / len(truths) < 0.75


def test_attribute_conditions_are_neither_always_true_nor_always_false() -> None:
    truths: dict[Operator, list[bool]] = {operator: [] for operator in Operator}

    @seed(2)
    @settings(STILL, max_examples=100)
    @given(clusters(min_instances=4, max_changes=2), st.lists(conditions(), min_size=15))
    def collect(cluster: placement.Cluster, found: list[Condition]) -> None:
        for condition in found:
            if condition.subject.attribute is not None:
                mask = placement.compile(canonical(condition)).mask(cluster)
                truths[condition.operator].extend(mask.tolist())

    collect()
    for operator, answers in truths.items():
        assert 0.03 < sum(answers) / len(answers) < 0.97, operator


@pytest.mark.parametrize("subject", [ATTRIBUTE, *BUILT_IN.values()], ids=lambda type: type.name)
def test_every_subject_meets_every_operator_it_takes(subject: Any) -> None:
    def is_wanted(operator: Operator, tree: Condition) -> bool:
        name = "attribute:NAME" if tree.subject.attribute is not None else tree.subject.text
        return (name, tree.operator) == (subject.name, operator)

    for operator in subject.operators:
        found = find(conditions(), partial(is_wanted, operator), settings=THOROUGH)
        assert found.operator is operator


def test_the_deepest_expressions_reach_the_limit_and_stay_within() -> None:
    """C2."""
    trees: list[Node] = []

    @seed(3)
    @STILL
    @given(expressions())
    def collect(tree: Node) -> None:
        trees.append(tree)

    collect()
    assert max(map(depth, trees)) <= MAX_DEPTH
    assert max(map(depth, trees)) > MAX_DEPTH // 2


@pytest.mark.parametrize(
    "wanted",
    [
        lambda cluster: None in list(cluster.ids),
        lambda cluster: bool(cluster.store.tasks.groups.present()),
        lambda cluster: "DRAINING" in cluster.store.status.dictionary.codes,
        lambda cluster: "false" in cluster.store.connected.dictionary.codes,
        lambda cluster: (cluster.store.registered_at[: cluster.rows] > 0).any(),
    ],
    ids=["holes", "tasks in groups", "a status", "an agent that is away", "a date"],
)
def test_clusters_come_with(wanted: Any) -> None:
    assert wanted(find(clusters(), wanted, settings=THOROUGH))
