"""The engine and its naive twin make the same decisions, one by one.

Every call of a scenario is made on both; what it answers (or that it is refused) must be equal.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine_players import Engine, compare, engine_masks, masks, started
from engine_scenarios import Scenario, Step, changes, decisions, scenarios


@given(scenarios())
def test_the_engine_decides_as_its_twin(scenario: Scenario) -> None:
    """The whole engine at once; in the end both count the same tasks."""
    engine, twin = compare(scenario)
    assert engine_masks(engine) == masks(twin)


@given(scenarios())
def test_a_count_is_one_by_one(scenario: Scenario) -> None:
    """Many identical tasks are decided as one after the other, the same stream going on."""
    together, single = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for number in range(len(scenario.requests)):
        rows, ids, _ = together.place(number, count=20)
        answers = [single.place(number, count=1) for _ in range(20)]
        assert rows == [row for rows, _, _ in answers for row in rows]
        assert ids == [id for _, ids, _ in answers for id in ids]


@given(scenarios(), st.lists(st.integers(0, 4), max_size=40))
def test_prepared_requests_decide_as_plain_ones(scenario: Scenario, order: list[int]) -> None:
    """Request by request, with what is prepared anew each time and what is kept."""
    kept, anew = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for number in order:
        one = kept.place_many(order=[number], seed=None, prepared=True)
        assert one == anew.place_many(order=[number], seed=None, prepared=False)


@given(scenarios())
def test_the_same_history_gives_the_same_answers(scenario: Scenario) -> None:
    one, two = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    assert [one.play(step) for step in scenario.steps] == [
        two.play(step) for step in scenario.steps
    ]


@given(scenarios(), st.lists(decisions() | changes(), max_size=10))
def test_what_was_only_tried_has_not_happened(scenario: Scenario, tried: list[Step]) -> None:
    """C21: every later answer is that of a cluster that never tried."""
    inside = [step for step in tried if step.name not in ("pickle", "compact")]
    one, two = started(Engine(scenario), scenario), started(Engine(scenario), scenario)
    for step in scenario.steps:
        one.play(Step("trial", {"steps": inside}))
        assert one.play(step) == two.play(step)
