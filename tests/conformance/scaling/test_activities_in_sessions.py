"""The tables of activities and schedules, played by a session."""

from __future__ import annotations

from typing import Any

from scaling_tables import each
from session_scaling import CPU, TARGET, Scaled


@each("life")
def test_an_activity_follows_its_service_e243_e244_d115_d122(row: dict[str, Any]) -> None:
    """The count is set by the bounds of RegisterScalableTarget, and by UpdateService after it."""
    first = row["checks"][0]
    before = first["running"]
    world = Scaled.of(before)
    wanted = row["wanted"]
    world.scaling.register_scalable_target(
        **TARGET, MinCapacity=min(wanted, 4), MaxCapacity=wanted if wanted < before else 4
    )
    (activity,) = world.activities()
    bound = "maximum" if wanted < before else "minimum"
    assert activity["Cause"] == f"{bound} capacity was set to {wanted}"
    assert activity["Description"] == f"Setting desired count to {wanted}."
    for check in row["checks"]:
        if check["at"] > world.second:
            world.session.advance(check["at"] - world.second)
        if world.desired != check["desired"]:
            world.session.client("ecs").update_service(service="web", desiredCount=check["desired"])
            world.session.advance(0)
        (activity,) = world.activities()
        expected = check["status"]
        if expected == "InProgress" and world.service["runningCount"] == wanted:
            # Without a time to stop, tasks are gone when Pending ends: the activity ends then.
            expected = "Successful"
        assert activity["StatusCode"] == expected
        assert ("EndTime" in activity) == (expected not in ("Pending", "InProgress"))
        if expected == check["status"]:
            assert activity.get("StatusMessage") == check.get("message")


@each("not_scaled")
def test_a_repeated_reason_is_no_activity_e245(row: dict[str, Any]) -> None:
    """Policies run into the maximum, then the minimum, then the maximum again."""
    low = {"AlreadyAtMaxCapacity": 800.0, "AlreadyAtMinCapacity": 0.0}
    loads = [low[code] for code in row["codes"]]
    world = Scaled.of(
        4,
        load=lambda second: loads[min(len(loads) - 1, max(0, round(second) - 1) // 1200)],
        minimum=4,
        maximum=4,
    )
    world.track(60, CPU)
    world.play(1200 * len(loads))
    assert world.changes == []
    expected = [
        code for place, code in enumerate(row["codes"]) if row["codes"][place - 1 : place] != [code]
    ]
    assert world.reasons() == expected
    assert len(expected) == row["records"]
    assert world.activities() == []
    for one in world.activities(not_scaled=True):
        assert one["Description"] == "Attempting to scale due to alarm triggered"
        assert one["StatusCode"] == "Failed"
        assert "EndTime" not in one
        assert "StatusMessage" not in one
        assert len(one["NotScaledReasons"][0]) == 2


@each("scheduled")
def test_a_scheduled_action_has_an_activity_for_each_change_e246(row: dict[str, Any]) -> None:
    minimum, maximum = row["bounds"]
    world = Scaled.of(row["desired"], minimum=minimum, maximum=maximum)
    world.scaling.put_scheduled_action(
        **TARGET,
        ScheduledActionName=row["name"],
        Schedule="at(2026-03-02T12:10:00)",
        ScalableTargetAction={"MinCapacity": row["minimum"]},
    )
    world.play(600)
    shown = [
        {
            "description": one["Description"],
            "cause": one["Cause"],
            "status": one["StatusCode"],
            **({"message": one["StatusMessage"]} if "StatusMessage" in one else {}),
        }
        for one in world.activities()
    ]
    assert shown == row["activities"]
    assert world.changes == [(600, row["desired"], row["minimum"])]
