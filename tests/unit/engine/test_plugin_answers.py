"""C22: what plugins are asked, when, and how what they answer is checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import placement
from placement import Cluster, DocumentError, Instance, Random, Spread, Task, UsageError


def cluster(count: int, **how: Any) -> Cluster:
    found = Cluster(**how)
    for number in range(count):
        found.register(Instance(id=f"i{number}", cpu=1000, memory=1000))
    return found


class Scores:
    """A ranker that gives rows the numbers it is made with; notes what it was asked."""

    name = "scores"
    reads: Any = "instance"

    def __init__(self, *numbers: float) -> None:
        self.numbers = np.array(numbers)
        self.asked: list[list[int]] = []

    def key(self, out: Any, rows: Any) -> None:
        self.asked.append(rows.tolist())
        out[:] = self.numbers[rows]


class Normalized(Scores):
    """Only the largest number of those that are left counts: all others become 1."""

    def __init__(self, *numbers: float) -> None:
        super().__init__(*numbers)
        self.normalized: list[tuple[list[float], list[int]]] = []

    def normalize(self, out: Any, rows: Any) -> None:
        self.normalized.append((out.tolist(), rows.tolist()))
        out[:] = np.where(out == out.max(), 0.0, 1.0)


class ForRequest:
    """Prefers the row that the request's cpu names."""

    name = "for-request"
    reads: Any = "instance"
    wants_request = True

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.requests: list[Any] = []

    def key(self, out: Any, rows: Any, request: Any) -> None:
        self.asked.append(rows.tolist())
        self.requests.append(request)
        out[:] = rows if request is None else np.abs(rows - request.task.cpu)


class Resizes:
    """A filter and a ranker that changes the length of the array it is given."""

    reason = name = "RESIZES"
    reads = "anything"

    def keep(self, mask: Any, rows: Any) -> None:
        mask.resize(len(rows) + 1, refcheck=False)

    key = keep


class ResizesLater(Scores):
    """The same in ``normalize``."""

    name = "RESIZES"

    def normalize(self, out: Any, rows: Any) -> None:
        out.resize(len(rows) + 1, refcheck=False)


@pytest.mark.parametrize(
    "options",
    [
        {"constraints": [Resizes()]},
        {"strategy": Resizes()},
        {"strategy": ResizesLater(0, 0)},
    ],
)
def test_a_plugin_that_resizes_its_array_is_refused(options: dict[str, Any]) -> None:
    found = cluster(2)
    with pytest.raises(UsageError, match="RESIZES has changed the length"):
        found.place(Task(cpu=1), **options)
    assert found.task_counts().sum() == 0


def test_c22_what_a_plugin_does_to_its_rows_stays_its_own() -> None:
    class Turns(Normalized):
        reason = "TURNS"

        def keep(self, mask: Any, rows: Any) -> None:
            mask[rows == 0] = False
            rows[:] = 0

        def key(self, out: Any, rows: Any) -> None:
            super().key(out, rows)
            rows[:] = 0

        def normalize(self, out: Any, rows: Any) -> None:
            super().normalize(out, rows)
            rows[:] = 0

    found = cluster(3)
    turns = Turns(4, 3, 2)
    assert found.place(Task(), constraints=[turns], strategy=turns).rows.tolist() == [1]


# normalize


def test_c22_normalize_has_the_scores_of_those_that_are_left_at_its_turn() -> None:
    found = cluster(5)
    found.add_task("i1", "g")
    found.set_status("i4", "DRAINING")
    ranker = Normalized(5, 9, 3, 4, 99)
    chain: list[Any] = [Spread("instanceId"), ranker]
    assert found.place(Task(), group="g", strategy=chain).rows.tolist() == [0]
    assert ranker.asked == [[0, 1, 2, 3, 4]]
    assert ranker.normalized == [([5, 3, 4], [0, 2, 3])]


def test_c22_scores_are_kept_and_normalized_at_every_decision() -> None:
    found = cluster(3)
    ranker = Normalized(1, 2, 3)
    ranker.reads = ("status",)
    assert found.place(Task(cpu=600), 4, strategy=ranker).rows.tolist() == [2, 1, 0]
    assert ranker.asked == [[0, 1, 2]]
    # with row 0 alone left it is not asked, and for the fourth task there is nobody left
    assert ranker.normalized == [([1, 2, 3], [0, 1, 2]), ([1, 2], [0, 1])]


def test_c22_normalized_scores_do_not_become_those_that_are_kept() -> None:
    found = cluster(3)
    ranker = Normalized(3, 1, 2)
    for _ in range(2):
        assert found.place(Task(), strategy=ranker).rows.tolist() == [0]
    assert ranker.normalized == [([3, 1, 2], [0, 1, 2])] * 2


def test_c22_normalize_at_scale_in_has_the_distinct_rows_of_the_tasks_left() -> None:
    found = cluster(4)
    for number in (3, 1, 3, 0):  # tasks 0 to 3; row 2 has none
        found.add_task(f"i{number}", "g")
    found.add_task("i2", "other")
    ranker = Normalized(5, 2, 9, 7)
    # the largest number is 0 then: those with the others stop first, the lowest id of them
    assert found.choose_to_stop("g", 4, ranker) == [1, 3, 0, 2]
    assert ranker.asked == [[0, 1, 3], [0, 3]]
    assert ranker.normalized == [([5, 2, 7], [0, 1, 3]), ([5, 7], [0, 3])]


def test_c22_normalize_must_leave_numbers() -> None:
    class Odd(Scores):
        name = "odd"

        def normalize(self, out: Any, rows: Any) -> None:
            out /= out.sum() * len(rows)

    found = cluster(2)
    found.add_task("i0", "g")
    found.add_task("i1", "g")
    with np.errstate(invalid="ignore"):
        with pytest.raises(UsageError, match="odd gave no number for row 0"):
            found.place(Task(), strategy=Odd(0, 0))
        with pytest.raises(UsageError, match="odd gave no number for row 0"):
            found.choose_to_stop("g", 1, Odd(0, 0))


# wants_request


def test_c22_a_ranker_that_wants_it_is_given_the_prepared_request() -> None:
    found = cluster(4)
    ranker = ForRequest()
    constraints = [placement.DistinctInstance()]
    prepared = found.prepare(Task(cpu=2), group="g", constraints=constraints, strategy=ranker)
    assert found.place_many([prepared], [0]).rows.tolist() == [2]
    assert ranker.requests == [prepared]
    assert ranker.requests[0].group == "g"
    assert ranker.requests[0].constraints == tuple(constraints)
    assert found.place(Task(cpu=3), strategy=[ranker]).rows.tolist() == [3]
    assert ranker.requests[1].task == Task(cpu=3)


def test_c22_its_answers_are_kept_for_each_request() -> None:
    found = cluster(4)
    ranker = ForRequest()
    ranker.reads = ("attribute:rack",)
    asked = [found.prepare(Task(cpu=cpu), strategy=ranker) for cpu in (3, 1)]
    assert found.place_many(asked, [0, 1, 1, 0]).rows.tolist() == [3, 1, 1, 3]
    found.put_attributes("i2", {"rack": "r"})
    found.place_many(asked, [1, 0, 1, 0])
    assert ranker.asked == [[0, 1, 2, 3]] * 2 + [[2]] * 2
    assert ranker.requests == [*asked, asked[1], asked[0]]


def test_c22_at_scale_in_there_is_no_request() -> None:
    found = cluster(3)
    for number in range(3):
        found.add_task(f"i{number}", "g")
    ranker = ForRequest()
    assert found.choose_to_stop("g", 1, ranker) == [2]
    assert ranker.requests == [None]


def test_c22_one_that_does_not_want_the_request_is_not_given_it() -> None:
    class Plain(Scores):
        wants_request = np.False_

    assert cluster(2).place(Task(), strategy=Plain(1, 0)).rows.tolist() == [1]


def test_c22_a_ranker_may_want_the_request_and_normalize() -> None:
    class Both(ForRequest):
        def normalize(self, out: Any, rows: Any) -> None:
            out[:] = -out - rows / 10

    found = cluster(4)
    assert found.place(Task(cpu=1), strategy=Both()).rows.tolist() == [3]


# When a ranker is not asked


@pytest.mark.parametrize("reporter", [None, lambda _: None])
def test_c22_a_ranker_is_not_asked_where_it_can_decide_nothing(reporter: Any) -> None:
    found = cluster(3, reporter=reporter)
    ranker = Normalized(1, 2, 3)
    only = [placement.MemberOf("attribute:rack == r")]
    found.put_attributes("i1", {"rack": "r"})
    assert found.place(Task(), constraints=only, strategy=ranker).rows.tolist() == [1]
    assert found.place(Task(cpu=5000), 2, strategy=ranker).unplaced == 2
    found.place(Task(), 0, strategy=ranker)
    found.place(Task(), strategy=[Random(), ranker])
    found.prepare(Task(), strategy=ranker)
    found.explain(found.prepare(Task(), strategy=ranker))
    found.place_on("i2", Task(), group="g")
    chain = [Scores(2, 1, 3), ranker]
    assert found.place(Task(), strategy=chain).rows.tolist() == [1]
    assert found.choose_to_stop("g", 1, ranker) == [2]
    found.place_on("i2", Task(), group="g")
    assert len(found.choose_to_stop("g", 2, ranker)) == 2
    assert found.choose_to_stop("g", 0, ranker) == []
    assert found.choose_to_stop("none", 1, ranker) == []
    assert (ranker.asked, ranker.normalized) == ([], [])


# What is refused


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("reads", ["status"], r"Scores.reads is 'instance', 'anything' or a tuple of columns"),
        ("reads", None, r"Scores.reads is 'instance', 'anything' or a tuple of columns"),
        ("reads", np.array(["status", "connected"]), "a tuple of columns"),
        ("reads", "status", "a tuple of columns"),
        ("reads", ("status", "price"), r"Scores.reads: a column is remaining.*not 'price'"),
        ("reads", ("remaining.", "status"), "Scores.reads: a column of amounts ends in a resource"),
        ("reads", ("remaining.eni",), "Scores.reads: amounts are those of"),
        ("reads", ("tasks:",), "Scores.reads: a column of tasks ends in a group"),
        ("reads", ("attribute:",), "Scores.reads: a column of attributes ends in a name"),
        ("reads", (3,), "Scores.reads: a column is .*not int 3"),
        ("reads", (("status",),), "Scores.reads: a column is"),
        ("wants_request", 1, "Scores.wants_request is true or false, not int 1"),
        ("wants_request", None, "Scores.wants_request is true or false, not None"),
        ("normalize", 3, "Scores.normalize is a method, not int 3"),
    ],
)
def test_c22_what_a_ranker_declares_is_checked(attribute: str, value: Any, message: str) -> None:
    found = cluster(2)
    ranker = Scores(0, 0)
    setattr(ranker, attribute, value)
    for call in (
        lambda: found.place(Task(), strategy=[ranker]),
        lambda: found.prepare(Task(), strategy=ranker),
        lambda: found.choose_to_stop("g", 1, ranker),
    ):
        with pytest.raises(DocumentError, match=message) as caught:
            call()
        assert caught.value.path == "strategy"
    assert found.task_counts().sum() == 0


@pytest.mark.parametrize("name", ["remaining.never", "tasks:never", "attribute:never"])
def test_c22_columns_of_what_was_never_seen_may_be_read_and_stay_unseen(name: str) -> None:
    found = cluster(2)
    ranker = Scores(1, 0)
    ranker.reads = (name,)
    before = found.to_ecs()
    assert found.place(Task(), strategy=ranker).rows.tolist() == [1]
    found.place(Task(), strategy=ranker).undo()
    found.remove_task(0)
    assert found.to_ecs() == before
    assert found.store.tasks.known_resource("never") is None
    assert "never" not in found.store.attributes
    assert "never" not in found.store.tasks.groups.names.codes


def test_c22_a_filter_that_names_an_unknown_column_is_refused() -> None:
    class Named:
        reason = "NAMED"
        reads = ("state",)

        def keep(self, mask: Any, rows: Any) -> None:
            """Keep all."""

    with pytest.raises(DocumentError, match=r"Named.reads: a column is .*'state' @ constraints"):
        cluster(1).place(Task(), constraints=[Named()])


def test_c22_a_ranker_may_have_no_normalize() -> None:
    class Plain(Scores):
        normalize = None

    assert cluster(2).place(Task(), strategy=Plain(1, 0)).rows.tolist() == [1]
