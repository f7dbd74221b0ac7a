"""Strategies for histories: sequences of changes to a cluster, as data.

Out: lists of ``Change``, which name a method of ``placement.Cluster`` and its arguments, so that
another model of a cluster can be given the same history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import attrs
from hypothesis import strategies as st

from placement.engine.cluster import Cluster
from placement.errors import PlacementError
from placement.model import STATUSES
from placement.testing.inventory import (
    agent_versions,
    attribute_names,
    attributes,
    groups,
    instance_documents,
    instance_ids,
    instances,
)

__all__ = ["Change", "build_cluster", "clusters", "histories", "replay"]


@attrs.frozen
class Change:
    """One call that changes a cluster.

    Attributes:
        call: The method: ``register``, ``deregister``, ``put_attributes``, ``delete_attributes``,
            ``set_status``, ``set_agent``, ``add_task``, ``remove_task`` or ``compact``.
        arguments: Its positional arguments.  ``remove_task`` has the number of an ``add_task`` of
            the same history, counted from 0, since the task's id is not known beforehand.
        options: Its arguments by name.

    >>> cluster = placement.Cluster()
    >>> Change("register", (placement.Instance(id="ci-0"),)).apply(cluster)
    0
    >>> Change("set_agent", ("ci-0",), {"connected": False}).apply(cluster)
    """

    call: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = attrs.field(factory=dict)

    def apply(self, cluster: Any, tasks: list[int | None] | None = None) -> Any:
        """Make the call on a cluster, or on anything with the same methods, and return its result.

        ``tasks`` holds the id of the task of each ``add_task`` so far, None for a refused one; it
        grows with each further one.

        Raises:
            PlacementError: the cluster refuses the change.
        """
        tasks = [] if tasks is None else tasks
        method = getattr(cluster, self.call)
        if self.call == "remove_task":
            (number,) = self.arguments
            task = tasks[number] if number < len(tasks) else None
            return method(-1 if task is None else task)
        if self.call != "add_task":
            return method(*self.arguments, **self.options)
        tasks.append(None)
        tasks[-1] = method(*self.arguments, **self.options)
        return tasks[-1]


Outcome: TypeAlias = Any
"""What a call returned, or the PlacementError that it raised."""


def replay(
    history: Iterable[Change], cluster: Any, tasks: list[int | None] | None = None
) -> list[Outcome]:
    """Apply a history and return the outcome of each change: its result or the PlacementError.

    Args:
        history: The changes, in order.
        cluster: A ``placement.Cluster``, or anything with the same methods and errors.
        tasks: As for ``Change.apply``; pass one list to replay a history in pieces.

    >>> cluster = placement.Cluster()
    >>> instance = placement.Instance(id="ci-0")
    >>> replay([Change("register", (instance,)), Change("register", (instance,))], cluster)
    [0, InstanceError('container instance ci-0 is registered already')]
    """
    tasks = [] if tasks is None else tasks
    return [_outcome(change, cluster, tasks) for change in history]


def _outcome(change: Change, cluster: Any, tasks: list[int | None]) -> Outcome:
    try:
        return change.apply(cluster, tasks)
    except PlacementError as error:
        return error


def build_cluster(history: Iterable[Change]) -> Cluster:
    """Return the cluster that a history makes of an empty one.

    >>> build_cluster([Change("register", (placement.Instance(id="ci-0"),))]).rows
    1
    """
    cluster = Cluster()
    replay(history, cluster)
    return cluster


def histories(
    *, min_instances: int = 0, max_instances: int = 6, max_changes: int = 12
) -> st.SearchStrategy[list[Change]]:
    """Return histories: instances are registered, then changes of every kind follow.

    Ids and attributes come from small pools, so most changes meet what earlier ones left; some
    are refused, since the instance is not there (any more) or there already.

    Args:
        min_instances: How many instances are registered at first, at least.
        max_instances: How many at most; no more than eight.
        max_changes: How many changes follow, at most.

    >>> from hypothesis import given
    >>> @given(histories(max_changes=5))
    ... def test_no_change_moves_a_row_but_compact(history):
    ...     cluster = placement.Cluster()
    ...     for change, outcome in zip(history, replay(history, cluster)):
    ...         assert change.call != "compact" or len(outcome) <= len(history)
    >>> test_no_change_moves_a_row_but_compact()
    """
    first = st.lists(
        instances(),
        min_size=min_instances,
        max_size=max_instances,
        unique_by=lambda instance: instance.id.rpartition("/")[2],
    )
    start = first.map(lambda found: [Change("register", (instance,)) for instance in found])
    return st.builds(list.__add__, start, st.lists(_changes(), max_size=max_changes))


def clusters(
    *, min_instances: int = 0, max_instances: int = 6, max_changes: int = 12
) -> st.SearchStrategy[Cluster]:
    """Return clusters that a history left: with tasks in groups, tombstones, agents in every state.

    A failing example prints as ``build_cluster([...])`` with the history.

    >>> from hypothesis import given
    >>> @given(clusters())
    ... def test_a_mask_has_a_place_for_every_row(cluster):
    ...     mask = placement.compile("runningTasksCount > 0").mask(cluster)
    ...     assert len(mask) == cluster.rows
    >>> test_a_mask_has_a_place_for_every_row()
    """
    return st.builds(
        build_cluster,
        histories(
            min_instances=min_instances, max_instances=max_instances, max_changes=max_changes
        ),
    )


def _changes() -> st.SearchStrategy[Change]:
    ids = instance_ids()
    names = st.lists(attribute_names(), max_size=3)
    agent = st.fixed_dictionaries(
        {}, optional={"connected": st.booleans(), "version": agent_versions()}
    )
    add_task = _change("add_task", ids, groups())
    return st.one_of(
        _change("put_attributes", ids, attributes()),
        _change("delete_attributes", ids, names),
        add_task,
        add_task,
        _change("remove_task", st.integers(0, 5)),
        _change("set_status", ids, st.sampled_from(STATUSES)),
        _change("set_agent", ids, options=agent),
        _change("register", st.one_of(instances(), instance_documents())),
        _change("deregister", ids, options=st.fixed_dictionaries({"force": st.booleans()})),
        st.just(Change("compact")),
    )


def _change(
    call: str,
    *arguments: st.SearchStrategy[Any],
    options: st.SearchStrategy[dict[str, Any]] | None = None,
) -> st.SearchStrategy[Change]:
    if options is None:
        options = st.builds(dict)
    return st.builds(Change, st.just(call), st.tuples(*arguments), options)
