"""The table of managed daemons' deployments, played through sessions (S7.3, D55)."""

from __future__ import annotations

import pickle
import tomllib
from pathlib import Path
from typing import Any

import pytest

from daemon_session import DaemonSession
from placement.ecs import Timing

TABLE = tomllib.loads(Path(__file__).with_name("managed_daemons.toml").read_text())
ROLLOUTS = TABLE["rollout"]
LONGEST = 1000


class Rollout:
    """A row, second by second."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row
        timing = Timing(
            provisioning=0, pull=row["healthy"], start=0, stop=0, deprovisioning=0, healthy_after=0
        )
        self.world = DaemonSession(timing=timing)
        self.daemon = self.world.create()
        self.world.session.advance(0)
        for _ in range(row["instances"]):
            self.world.instance()
        self.world.session.advance(row["healthy"])
        self.world.register()
        self.batches: list[list[int]] = []
        self.leaving: dict[str, int] = {}

    def update(self) -> str:
        given: dict[str, Any] = {"bakeTimeInMinutes": self.row.get("bake", 0)}
        if "percent" in self.row:
            given["drainPercent"] = self.row["percent"]
        return self.world.update(self.daemon, deploymentConfiguration=given)

    def begin(self, second: int) -> None:
        """Do what the row says at a second, and what follows at once."""
        if not second:
            self.update()
        if self.row.get("change", [None])[0] == second:
            if self.row["change"][1] == "update":
                self.update()
            else:
                self.world.ecs.delete_daemon(daemonArn=self.daemon)
        due = [id for id, moment in self.leaving.items() if moment == second]
        if due:
            assert self.world.let_go() == due
            for id in due:
                del self.leaving[id]
                self.world.instance()
        self.world.session.advance(0)
        new = [id for id in self.world.drained() if id not in self.leaving]
        if new:
            self.batches.append([second, len(new)])
            self.leaving |= dict.fromkeys(new, second + self.row["gone"])

    def status(self) -> str:
        listed = self.world.ecs.list_daemons()["daemonSummariesList"]
        return str(self.world.deployment(self.daemon)["status"]) if listed else "deleted"

    def run(self) -> list[Any]:
        """Run until the deployment ends; return when that is, and its status."""
        for second in range(LONGEST):
            self.begin(second)
            status = self.status()
            has_changed = self.row.get("change", [0])[0] <= second
            if has_changed and status in ("SUCCESSFUL", "deleted"):
                return [second, status]
            self.world.session.advance(1)
        raise AssertionError("the deployment does not end")


@pytest.mark.parametrize("row", ROLLOUTS, ids=lambda row: f"{row['row']}-{row['title'][:40]}")
def test_d55_deployments_drain_batch_after_batch(row: dict[str, Any]) -> None:
    rollout = Rollout(row)
    assert rollout.run() == row["end"]
    assert rollout.batches == row["batches"]
    revisions = rollout.world.revisions()
    kinds = {None} if row["end"][1] == "deleted" else {"2"}
    assert set(revisions) <= kinds
    assert len(revisions) == row["instances"]


@pytest.mark.parametrize("row", ROLLOUTS, ids=lambda row: f"{row['row']}-{row['title'][:40]}")
def test_d55_copies_and_pickles_go_on_alike(row: dict[str, Any]) -> None:
    """C24: in the middle of a deployment a copy and a pickle have the same future."""
    rollout = Rollout(row)
    rollout.begin(0)
    session = rollout.world.session
    twins = [session.copy(), pickle.loads(pickle.dumps(session))]
    with session.trial():
        session.advance(100)
        rollout.world.let_go()
        session.advance(100)
    for one in (session, *twins):
        one.advance(200)
    for twin in twins:
        assert twin.history == session.history
        account = twin._account
        assert account.daemons is not session._account.daemons
        [known] = account.daemons.by_number.values()
        assert known.places == session._account.daemons.by_number[known.number].places
