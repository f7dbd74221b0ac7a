"""Threads share a client (C53): calls run one after another, and copies see no half of one."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import placement
from placement.ecs import Client, Session

SCRIPT = Path(__file__).with_name("pairs_of_calls.py")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ZONE = "us-east-1a"


def test_eight_threads_make_every_pair_of_calls() -> None:
    """C53: in a process of its own, which crashed before calls took a lock."""
    source = str(Path(placement.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout.splitlines()[-1:]}\n{done.stderr}"
    pairs = done.stdout.splitlines()
    assert "run_task stop_task" in pairs
    count = len({name for pair in pairs for name in pair.split()})
    assert len(pairs) == count * (count + 1) // 2


def lived_in(clock: Callable[[], datetime] | None = None) -> Client:
    """Return a client with an instance and a task."""
    client = Client(seed=3, clock=clock)
    client.create_cluster()
    resources = [
        {"name": name, "type": "INTEGER", "integerValue": 4096} for name in ("CPU", "MEMORY")
    ]
    client.register_container_instance(totalResources=resources)
    container = {"name": "web", "image": "nginx", "memory": 64}
    client.register_task_definition(family="web", containerDefinitions=[container])
    client.run_task(taskDefinition="web")
    return client


def started(client: Client) -> str:
    """Start a task; return its ARN."""
    arn: str = client.run_task(taskDefinition="web")["tasks"][0]["taskArn"]
    return arn


def noon() -> datetime:
    return NOON


@pytest.mark.parametrize(
    "duplicate",
    [copy.deepcopy, lambda client: pickle.loads(pickle.dumps(client))],
    ids=["deepcopy", "pickle"],
)
@pytest.mark.parametrize("clock", [None, noon])
def test_a_copy_goes_its_own_way_with_a_lock_of_its_own(
    duplicate: Callable[[Client], Client], clock: Callable[[], datetime] | None
) -> None:
    """C53: the copy has the ids and random numbers to come, but shares nothing."""
    client = lived_in(clock)
    twin = duplicate(client)
    assert started(client) == started(twin)
    assert len(twin.list_tasks()["taskArns"]) == 2
    started(twin)
    assert len(client.list_tasks()["taskArns"]) == 2
    with client._lock.call("a call that goes on", only_reads=False):
        thread = threading.Thread(target=twin.list_tasks, daemon=True)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()


def test_a_shallow_copy_is_a_client_of_the_same_account_and_shares_the_lock() -> None:
    client = lived_in()
    twin = copy.copy(client)
    started(twin)
    assert len(client.list_tasks()["taskArns"]) == 2
    assert twin._lock is client._lock


class Clock:
    """A clock that can be pickled."""

    def __call__(self) -> datetime:
        return NOON


def test_a_clock_that_is_pickled_beside_its_client_stays_the_clients() -> None:
    clock = Clock()
    client, again = pickle.loads(pickle.dumps((lived_in(clock), clock)))
    assert client.session._caller_clock is again
    assert client._account._clock.function is again


def test_two_clients_of_a_session_share_its_lock_in_copies_too() -> None:
    session = Session()
    one, two = session.client("ecs"), session.client("elbv2")
    for first, second in (copy.deepcopy((one, two)), pickle.loads(pickle.dumps((one, two)))):
        assert first.session is second.session
        assert first._lock is second._lock
        assert first._account is second._account
        assert first._lock is not one._lock
        assert first.session.client("ecs") is first


# Calls from inside


def test_a_clock_may_read_and_must_not_change() -> None:
    """C55: a change from inside a call is refused before anything happens."""
    inside: list[Callable[[], object]] = []

    def clock() -> datetime:
        for call in inside:
            call()
        return NOON

    client = Client.from_ecs(lived_in().to_ecs(), clock=clock)
    before = client.to_ecs()
    found: list[object] = []
    inside.append(lambda: found.append(client.list_tasks()["taskArns"]))
    inside.append(lambda: found.append(client.to_ecs()))
    client.register_task_definition(
        family="other", containerDefinitions=[{"name": "a", "image": "b", "memory": 6}]
    )
    assert found == [[before["tasks"][0]["taskArn"]], before]
    inside[:] = [lambda: client.stop_task(task=before["tasks"][0]["taskArn"])]
    with pytest.raises(placement.UsageError, match="stop_task changes the account"):
        started(client)
    inside.clear()
    assert client.to_ecs()["tasks"] == before["tasks"]


def test_a_call_from_inside_the_clock_sees_the_time_before() -> None:
    """C55: the clock is asked once a call, and not for calls from inside it."""
    client: Client
    calls = 0

    def asking() -> datetime:
        nonlocal calls
        calls += 1
        if calls > 1:
            client.get_task_protection(cluster="default")
        return NOON

    client = Client.from_ecs(lived_in().to_ecs(), clock=asking)
    calls = 0
    client.list_clusters()
    assert calls == 1
    client.list_clusters()
    assert calls == 2


def test_a_call_from_inside_the_clock_before_it_gave_a_time() -> None:
    """C55: what it reads then is the moment at which the account began."""
    clients: list[Client] = []

    def asking() -> datetime:
        for client in clients:
            client.list_clusters()
        return NOON

    clients.append(Client(clock=asking))
    answer = clients[0].register_task_definition(
        family="other", containerDefinitions=[{"name": "a", "image": "b", "memory": 6}]
    )
    assert answer["taskDefinition"]["registeredAt"] == NOON


def test_a_call_waits_for_the_call_of_another_thread() -> None:
    """C53."""
    inside, leave = threading.Event(), threading.Event()

    def waiting() -> datetime:
        inside.set()
        leave.wait(60)
        return NOON

    leave.set()
    client = Client.from_ecs(lived_in().to_ecs(), clock=waiting)
    leave.clear()
    inside.clear()
    runner = threading.Thread(target=started, args=(client,), daemon=True)
    found: list[int] = []
    reader = threading.Thread(
        target=lambda: found.append(len(client.list_tasks()["taskArns"])), daemon=True
    )
    runner.start()
    assert inside.wait(60)
    reader.start()
    reader.join(0.2)
    assert reader.is_alive()
    assert found == []
    leave.set()
    runner.join(60)
    reader.join(60)
    assert found == [2]
