"""Reading calls of a cluster as steps of a history: each answers as the naive twin does.

In: a world.  Out: steps that read, and ``STEPS``, all steps by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import naive
import placement
from cluster_pools import EXPRESSIONS, GROUPS, ZONE
from cluster_world import World, said
from naive_engine import INTERFACES, Request

STEPS: dict[str, tuple[int, Callable[[World], None]]] = {}


def step(weight: int = 2) -> Callable[[Callable[[World], None]], Callable[[World], None]]:
    """Take a function among the steps; those of more weight come more often."""

    def taken(function: Callable[[World], None]) -> Callable[[World], None]:
        STEPS[function.__name__] = weight, function
        return function

    return taken


# --- Steps: reading -----------------------------------------------------------------------------


def failures_of(found: placement.PlacementExplanation) -> dict[int, list[str]]:
    return {row: list(codes) for row, codes in found.failures.items()}


def failing(w: World, request: Request) -> dict[int, list[str]]:
    """Return the twin's reasons for each candidate without room."""
    failures = w.twin.failures(request.task, request.group, request.constraints)
    return {row: codes for row, codes in failures.items() if codes}


@step(3)
def explain(w: World) -> None:
    request = w.request()
    task, group, constraints, _ = request
    own = any(hasattr(one, "says") for one in constraints)

    def library() -> Any:
        found = w.call("explain", task, group=group, constraints=constraints)
        closest = None if found.closest is None else w.cluster.row(found.closest)
        assert str(found)
        return failures_of(found), found.fitting, own or (closest, found.never_fits)

    def twin() -> Any:
        found = failing(w, request)
        fitting = len(w.twin.candidates()) - len(found)
        if own:  # what a filter would say of an empty cluster, it is not asked
            return found, fitting, True
        closest = w.twin.closest(task, group, constraints)
        return found, fitting, (closest, w.twin.never_fits(task, group, constraints))

    w.same(library, twin, changes=False)


@step(2)
def missing(w: World) -> None:
    request = w.request()
    task, group, constraints, _ = request
    w.same(
        lambda: set(w.call("missing", task, group=group, constraints=constraints)),
        lambda: {w.twin.node(row).id for row in failing(w, request)},
        changes=False,
    )


@step(1)
def explain_prepared(w: World) -> None:
    if not w.requests:
        return
    kept = w.choose(w.requests)
    if kept.good:
        w.same(
            lambda: failures_of(w.call("explain", kept.prepared)),
            lambda: failing(w, kept.request),
            changes=False,
        )
    else:
        w.refuses(lambda: w.call("explain", kept.prepared), placement.UsageError)


@step(2)
def reads_instances(w: World) -> None:
    before = w.facts()
    cluster, twin = w.cluster, w.twin
    w.called |= {"rows", "ids", "__len__", "__contains__", "__repr__"}
    assert cluster.rows == len(twin.nodes) == len(cluster.ids)
    assert len(cluster) == len(twin.registered())
    assert ("none" in cluster, "nobody" in cluster.ids) == (False, False)
    assert repr(cluster).startswith("<Cluster: ")
    for node in twin.registered():
        row = node.row
        assert node.id in cluster
        assert w.call("row", node.id) == row
        for name in (ZONE, "stack", "none"):
            value = node.attributes.get(name, "absent")
            expected = None if value == "absent" else value or ""
            assert w.call("attribute", node.id, name) == expected
        tcp, udp = twin.taken_ports(row)
        usage = w.call("usage", node.id)
        assert (usage.running_tasks, usage.free_gpus) == (
            twin.running(row),
            tuple(twin.free_gpus(row)),
        )
        assert (usage.taken_tcp_ports, usage.taken_udp_ports) == (
            tuple(sorted(tcp)),
            tuple(sorted(udp)),
        )
        assert usage.remaining_neuron_devices == twin.neuron_devices_left(row)
        assert usage.remaining_network_interfaces == twin.interfaces_left(row)
        assert {name: twin.left(row, name) for name in usage.remaining_resources} == dict(
            usage.remaining_resources
        )
        reserved = w.call("reservation", node.id)
        told_reserved = {"cpu": reserved.cpu, "memory": reserved.memory, **reserved.resources}
        told_reserved[INTERFACES] = reserved.interfaces
        assert {name: amount for name, amount in told_reserved.items() if amount} == node.reserved
        told = w.call("describe", node.id)
        assert (told.status, told.agent_connected, told.agent_version) == (
            node.status,
            node.connected,
            node.version,
        )
        assert {name: text or None for name, text in node.attributes.items()} == dict(
            told.attributes
        )
        assert (told.cpu, told.memory, told.remaining_cpu, told.remaining_memory) == (
            node.cpu,
            node.memory,
            twin.left(row, "cpu"),
            twin.left(row, "memory"),
        )
    w.refuses(lambda: w.call("describe", "none"), placement.InstanceError)
    assert w.facts() == before


@step(2)
def reads_tasks(w: World) -> None:
    before = w.facts()
    twin = w.twin
    for node in twin.registered():
        there = sorted(held.id for held in twin.holding(node.row))
        assert w.call("tasks_on", node.id) == there
    for held in list(twin.tasks.values())[-4:]:
        task = w.call("task", held.id)
        assert (task.instance, task.group, task.gpus) == (
            twin.node(held.row).id,
            held.group,
            held.gpus,
        )
        assert (task.last_status, task.health, task.protected, task.deployment) == (
            held.last_status,
            held.health,
            held.protected,
            held.deployment,
        )
        assert task.stopping == (held.desired == "STOPPED")
        assert w.call("task_arn", held.id) is None
    for group in (*GROUPS, "none"):
        counts = [(node and twin.groups(node.row).get(group, 0)) or 0 for node in twin.nodes]
        assert w.call("task_counts", group).tolist() == counts
    running = [(node and twin.running(node.row)) or 0 for node in twin.nodes]
    assert w.call("task_counts").tolist() == running
    w.refuses(lambda: w.call("task", twin.next_task), placement.TaskError)
    w.refuses(lambda: w.call("task_arn", -1), placement.TaskError)
    w.refuses(lambda: w.call("task_by_arn", "none"), placement.TaskError)
    assert w.facts() == before


@step(2)
def reads_columns(w: World) -> None:
    """C36: what a column says does not depend on what was asked, refused or undone before."""
    before = w.facts()
    twin = w.twin
    columns: dict[str, Callable[[Any], Any]] = {
        "remaining.cpu": lambda node: twin.left(node.row, "cpu"),
        "remaining.disk": lambda node: twin.left(node.row, "disk"),
        "remaining.other": lambda _: 0,
        "registered.memory": lambda node: node.memory,
        "running_tasks": lambda node: twin.running(node.row),
        "tasks:g": lambda node: twin.groups(node.row).get("g", 0),
        "connected": lambda node: node.connected,
    }
    for name, read in columns.items():
        expected = [0 if node is None else read(node) for node in twin.nodes]
        assert w.call("column", name).tolist() == expected, name
    texts = w.call("column", "attribute:stack")
    stacks = [None if code < 0 else texts.values[code] for code in texts.codes.tolist()]
    assert stacks == [
        None if node is None or "stack" not in node.attributes else node.attributes["stack"] or ""
        for node in twin.nodes
    ]
    w.refuses(lambda: w.call("column", "none"), placement.UsageError)
    assert w.facts() == before


@step(2)
def reads_queries(w: World) -> None:
    """``mask``, ``select`` and ``matches`` say what the twin of the language says (A13, C7)."""
    before = w.facts()
    w.called |= {"Query.mask", "Query.select", "Query.matches", "Query.explain", "lint"}
    for text in [w.choose(EXPRESSIONS) for _ in range(3)]:
        query = placement.compile(text)
        tree = naive.parse(text, max_length=None)
        truths = [
            node is not None and naive.holds(tree, w.twin.instance(node.row))
            for node in w.twin.nodes
        ]
        assert query.mask(w.cluster).tolist() == truths
        chosen = [node.id for node in w.twin.registered() if truths[node.row]]
        assert query.select(w.cluster) == chosen
        for node in w.twin.registered()[:1]:
            assert query.matches(w.cluster, node.id) == truths[node.row]
            assert query.explain(w.cluster, node.id).truth == truths[node.row]
    name = w.choose(["stack", "rack", "none"])
    codes = {one.code for one in placement.lint(f"attribute:{name} exists", cluster=w.cluster)}
    known = any(name in node.attributes for node in w.twin.registered())
    assert ("unknown-attribute" in codes) != known
    assert w.facts() == before


def agree_fully(w: World) -> None:
    """Compare everything that can be read, and what was kept."""
    w.agree()
    for check in (reads_instances, reads_tasks, reads_columns, reads_queries):
        check(w)
    for kept in w.results:
        assert said(kept.result) == kept.facts
