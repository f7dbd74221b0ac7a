"""A copied session shares nothing that changes with the first one (C24).

The twin lives on; then all that the first session says of itself is what it was, and what it has
entered for later too.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import placement.ecs as ecs
from session_dumps import OPERATIONS, new_session, operate, with_services

histories = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 6)), max_size=6)


def known(session: ecs.Session) -> Any:
    """Return what a session describes and remembers, and what is due in it."""
    account = session._account
    lives = [
        (number, task.version, task.life and (task.life.token, task.life.due, task.life.task_class))
        for number, task in account.live.items()
    ]
    pools = [
        (service.arn, one.id, [list(pool) for pool in one.pools.values()], list(one.stopping))
        for service in account.services.values()
        for one in service.deployments
    ]
    instances = [
        (
            id,
            instance.version,
            list(instance.tasks),
            list(instance.waiting),
            sorted(instance.ports.taken),
        )
        for cluster in account.clusters.values()
        for id, instance in cluster.instances.items()
    ]
    engines = [
        [
            (id, cluster.engine.usage(id), cluster.engine.tasks_on(id))
            for id in cluster.engine.ids
            if id
        ]
        for cluster in account.clusters.values()
    ]
    queue = sorted(map(repr, account.time.queue.entries()))
    return session.to_ecs(), session.history, lives, pools, instances, engines, queue


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories, histories, st.integers(0, 2))
def test_a_twin_that_lives_on_changes_nothing_of_the_first(
    before: list[tuple[str, int]], after: list[tuple[str, int]], percents: int
) -> None:
    """C24: and the first then has the future that a second twin had."""
    one = with_services(new_session(), percents)
    for step in before:
        operate(one, *step)
    told = known(one)
    twin = one.copy()
    for step in [*after, ("wait", 6), ("long", 7)]:
        operate(twin, *step)
    assert known(one) == told
    for step in [*after, ("wait", 6), ("long", 7)]:
        operate(one, *step)
    assert known(one) == known(twin)
