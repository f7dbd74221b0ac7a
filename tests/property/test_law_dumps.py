"""A cluster written by ``to_ecs`` and read by ``from_ecs`` is the same cluster (C9, C10, C12, C16).

Histories are those of ``engine_scenarios``.  A cluster and what became of it on the way through
JSON are then asked the same questions: what is left, what is known of the tasks, where further
tasks go, why not elsewhere, which tasks stop.  Rows close up (C7) and task ids begin anew (C15), so
answers are compared by ids and by the order of tasks.
"""

from __future__ import annotations

import json
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

import placement
from engine_players import Engine, explained, reserve_as, started
from engine_scenarios import Scenario, Step, changes, decisions, scenarios
from placement.documents.dump import ArnBuilder
from placement.documents.protections import protection_to_ecs
from placement.documents.task_writing import tasks_to_ecs
from placement.documents.tasks import TaskSnapshot, tasks_from_ecs
from placement.model.checks import HEALTHS, LAST_STATUSES
from placement.testing import clusters, roomy_instances, tasks

PREFIX = "arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/"


def through_json(cluster: placement.Cluster) -> placement.Cluster:
    """Return the cluster that a file of this one describes, the generator where it stands here."""
    text = json.dumps(cluster.to_ecs(), allow_nan=False)
    seed = cluster.store.tasks.random_state
    options: dict[str, Any] = {"release": cluster.release, "ties": cluster.ties}
    return placement.Cluster.from_ecs(json.loads(text), seed=seed, **options)


def facts(cluster: placement.Cluster) -> list[Any]:
    """Return all that can be read of a cluster; a task's number is its place among all tasks."""
    ids = [id for id in cluster.ids if id is not None]
    order = {task: place for place, task in enumerate(sorted(all_tasks(cluster)))}
    answers = []
    for id in ids:
        known = [attrs.asdict(cluster.task(task)) for task in cluster.tasks_on(id)]
        told = [task | {"id": order[task["id"]]} for task in known]
        instance = cluster.describe(id)
        answers.append((instance, sorted(instance.attributes), cluster.usage(id), told))
    return answers


def all_tasks(cluster: placement.Cluster) -> list[int]:
    return [task for id in cluster.ids if id is not None for task in cluster.tasks_on(id)]


class Player(Engine):
    """Plays steps, and answers in words that do not depend on rows and numbers."""

    def __init__(self, scenario: Scenario, cluster: placement.Cluster) -> None:
        super().__init__(scenario)
        self.cluster = cluster
        self.first = cluster.store.tasks.number
        self.ids = sorted(all_tasks(cluster))
        self.order = {task: place for place, task in enumerate(self.ids)}

    def number(self, task: int) -> int:
        """Return how old a task is; those placed since come after all that were there."""
        return self.order.get(task, len(self.order) + task - self.first)

    def id(self, row: int) -> str | None:
        return None if row < 0 else self.cluster.ids[row]

    def register(self, id: str, instance: dict[str, Any]) -> Any:
        super().register(id, instance)
        return id

    def add_task(self, id: str, group: str) -> int:
        return self.number(super().add_task(id, group))

    def place(self, request: int, **how: Any) -> Any:
        rows, tasks, unplaced = super().place(request, **how)
        return [self.id(row) for row in rows], [self.number(task) for task in tasks], unplaced

    def place_many(self, order: list[int], seed: int | None, prepared: bool) -> Any:
        rows, tasks = super().place_many(order, seed, prepared)
        return [self.id(row) for row in rows], [task < 0 or self.number(task) for task in tasks]

    def choose_to_stop(self, *what: Any, **how: Any) -> list[int]:
        return [self.number(task) for task in super().choose_to_stop(*what, **how)]

    def place_on(self, id: str, request: int, use_reserved: bool) -> Any:
        placed = super().place_on(id, request, use_reserved)
        return self.number(placed) if isinstance(placed, int) else placed

    def explain(self, request: int) -> Any:
        task, group, constraints, _ = self.request(request)
        found = self.cluster.explain(task, group=group, constraints=constraints)
        failures, closest, never_fits = explained(found, self.cluster)
        named = {self.id(row): codes for row, codes in failures.items()}
        return named, None if closest is None else self.id(closest), never_fits

    def compact(self) -> Any:
        super().compact()


def played(scenario: Scenario) -> Engine:
    """Return the player of a scenario at its end, some of the ids of its instances ARNs."""
    player = started(Engine(scenario), scenario)
    for place in (1, 2):
        instance = scenario.instances[place % len(scenario.instances)]
        player.cluster.register(placement.Instance(id=f"{PREFIX}{place:032x}", **instance))
    for step in scenario.steps:
        player.play(step)
    return player


@given(scenarios())
def test_a_round_trip_loses_nothing_that_can_be_read(scenario: Scenario) -> None:
    """Instances and their order, what is left, tasks, their order, what is known of them."""
    cluster = played(scenario).cluster
    assert facts(through_json(cluster)) == facts(cluster)


@given(scenarios(), st.lists(decisions() | changes(), max_size=8))
def test_every_later_answer_is_the_same(scenario: Scenario, later: list[Step]) -> None:
    """Decisions, explanations, choices of what stops, refusals: answer by answer."""
    cluster = played(scenario).cluster
    loaded = through_json(cluster)
    reserve_as(loaded, cluster)
    one, two = Player(scenario, cluster), Player(scenario, loaded)
    for step in later:
        for asked in (step, Step("explain", {"request": 0})):
            assert two.play(asked) == one.play(asked), asked
    assert facts(two.cluster) == facts(one.cluster)


@given(scenarios())
def test_a_dump_of_what_was_loaded_is_the_same_dump(scenario: Scenario) -> None:
    """ARNs of tasks included: those that were made for the first dump stay."""
    first = played(scenario).cluster.to_ecs()
    release = scenario.options["release"]
    assert placement.Cluster.from_ecs(first, release=release).to_ecs() == first


@given(scenarios())
def test_stopping_everything_gives_back_what_was_taken(scenario: Scenario) -> None:
    """C10: nothing is held twice, nothing stays; where no task is unknown all is free again."""
    cluster = through_json(played(scenario).cluster)
    for task in all_tasks(cluster):
        cluster.remove_task(task)
    for id in filter(None, cluster.ids):
        instance, usage = cluster.describe(id), cluster.usage(id)
        assert usage.remaining_cpu == instance.cpu
        assert usage.remaining_memory == instance.memory
        assert usage.free_gpus == instance.gpu_ids
        assert usage.remaining_resources == instance.resources
        assert set(usage.taken_tcp_ports) == set(instance.tcp_ports or ())
        assert set(usage.taken_udp_ports) == set(instance.udp_ports or ())
        assert usage.remaining_network_interfaces == instance.network_interfaces


@given(clusters())
def test_clusters_of_documents_survive(cluster: placement.Cluster) -> None:
    """Tasks nobody knows, odd versions, dates, attributes without value (C6, C9, C10)."""
    twin = through_json(cluster)
    assert facts(twin) == facts(cluster)
    assert twin.to_ecs()["containerInstances"] == cluster.to_ecs()["containerInstances"]


@given(st.lists(roomy_instances(), max_size=3), st.lists(tasks(), max_size=6))
def test_what_is_reported_as_taken_by_nobody_known_stays_taken(
    instances: list[placement.Instance], wanted: list[placement.Task]
) -> None:
    """C10, B14: cpu, memory, ports taken by unknown tasks, beside tasks that are known."""
    cluster = placement.Cluster()
    for number, instance in enumerate(instances):
        cluster.register(attrs.evolve(instance, id=f"i{number}"))
    for task in wanted:
        cluster.place(task, 2)
    assert facts(through_json(cluster)) == facts(cluster)


amounts = st.integers(0, 2**31 + 5)
ports = st.lists(st.integers(1, 65_535), unique=True, max_size=3).map(tuple)
records = st.builds(
    TaskSnapshot,
    arn=st.uuids().map(lambda id: f"arn:aws:ecs:eu-west-1:111122223333:task/prod/{id.hex}"),
    instance=st.just(PREFIX + "0"),
    group=st.sampled_from(["g", "service:s", "family:a/b:c"]),
    counted=st.booleans(),
    last_status=st.sampled_from(LAST_STATUSES),
    health=st.sampled_from(HEALTHS),
    protected=st.booleans(),
    deployment=st.integers(-3, 3),
    revision=st.none() | st.tuples(st.sampled_from(["a", "a/b", "a:1"]), amounts),
    cpu=amounts,
    memory=amounts,
    gpu_ids=st.sampled_from([(), ("x",), ("x", "y")]),
    gpus=st.integers(0, 2),
    tcp_ports=ports,
    udp_ports=ports,
    network_interface=st.booleans(),
    resources=st.dictionaries(st.sampled_from(["disk", "fpga", "a b/ü"]), amounts),
)


@given(st.lists(records, max_size=4, unique_by=lambda one: one.arn))
def test_a_task_is_read_as_it_was_written(written: list[TaskSnapshot]) -> None:
    """The reader of describe-tasks is the inverse of the writer, field by field."""
    arns = ArnBuilder([PREFIX])
    documents = json.loads(json.dumps(tasks_to_ecs(written, arns, {})[0]))
    protected = [protection_to_ecs(one.arn, True) for one in written if one.protected]
    assert tasks_from_ecs(documents, [], protected) == written


def test_what_ecs_has_no_field_for_is_written_all_the_same() -> None:
    """An explicit number of interfaces (C12), further resources, a deployment's number (C16)."""
    cluster = placement.Cluster()
    cluster.register(
        placement.Instance(id=f"{PREFIX}a", network_interfaces=1, resources={"disk": 2**40})
    )
    task = placement.Task(network_interface=True, resources={"disk": 5}, family="a/b", revision=7)
    number = cluster.add_task("a", "service:s", task)
    cluster.set_task(number, deployment=-2, protected=True)
    document = cluster.to_ecs()
    (instance,) = document["containerInstances"]
    long = {"type": "LONG", "longValue": 2**40, "integerValue": 0, "doubleValue": 0.0}
    assert {"name": "disk", **long} in instance["registeredResources"]
    (described,) = document["tasks"]
    assert described["startedBy"] == "ecs-svc/deployment/-2"
    assert described["taskDefinitionArn"].endswith(":task-definition/a/b:7")
    assert document["clusters"][0]["clusterName"] == "prod"
    loaded = placement.Cluster.from_ecs(document)
    (found,) = loaded.tasks_on("a")
    assert loaded.task(found).deployment == -2
    assert loaded.task(found).protected
    assert loaded.task(found).resources == {"disk": 5}
    assert loaded.usage("a").remaining_network_interfaces == 0
    loaded.stop(found)
    assert loaded.usage("a").remaining_resources == {"disk": 2**40}
    assert loaded.usage("a").remaining_network_interfaces == 1


def test_a_new_task_gets_no_arn_that_a_loaded_one_has() -> None:
    """C15: ARNs are made from numbers, and numbers begin anew in a cluster that was loaded."""
    cluster = placement.Cluster()
    cluster.register(placement.Instance(id="a"))
    cluster.remove_task(cluster.add_task("a", "g"))
    cluster.add_task("a", "g")  # number 1
    loaded = placement.Cluster.from_ecs(cluster.to_ecs())
    loaded.add_task("a", "g")  # number 1 again
    arns = [task["taskArn"] for task in loaded.to_ecs()["tasks"]]
    assert len(set(arns)) == 2
    assert len(placement.Cluster.from_ecs(loaded.to_ecs()).tasks_on("a")) == 2
