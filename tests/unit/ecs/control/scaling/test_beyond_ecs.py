"""Service auto scaling beyond ECS, each option off by default (C38): without it, and with it."""

from __future__ import annotations

from typing import Any

import pytest

from placement.ecs import ClientError
from session_scaling import TARGET, Scaled


@pytest.mark.parametrize(
    ("step", "changes"),
    [
        (None, [(900, 10, 4)]),
        (2, [(900, 10, 8), (1200, 8, 6), (1500, 6, 4)]),
    ],
)
def test_c38_a_task_scale_in_step_old_6_3(
    step: int | None, changes: list[tuple[int, int, int]]
) -> None:
    """E212's load from the beginning: the cooldown lies between two steps."""
    world = Scaled.of(10, load=200, max_task_scale_in_step=step)
    world.track(60)
    world.play(3600)
    assert world.changes == changes


@pytest.mark.parametrize(
    ("delay", "changes"), [(0, [(180, 4, 8)]), (90, [(300, 4, 8), (360, 8, 16)])]
)
def test_c38_points_are_known_later_with_a_delay(
    delay: int, changes: list[tuple[int, int, int]]
) -> None:
    """E209 with points that are known 90 s after their minute: the third one in minute 5.

    The policy then sees a point from before its own tasks ran, and adds too many (S13.1.2).
    """
    world = Scaled.of(4, load=480, metric_delay=delay)
    world.track(60)
    world.play(400)
    assert world.changes == changes


@pytest.mark.parametrize(("samples", "changes"), [(1, [(180, 4, 8)]), (3, [])])
def test_c38_samples_of_a_point_d100(samples: int, changes: list[tuple[int, int, int]]) -> None:
    """A load that peaks at each full minute only, where one sample is all that there is."""
    world = Scaled.of(
        4,
        load=lambda second: 480 if second % 60 == 0 else 120,
        metric_samples=samples,
        maximum=8,
    )
    world.track(60)
    world.play(600)
    assert world.changes == changes


@pytest.mark.parametrize(
    ("after", "status", "text"),
    [
        (None, "InProgress", "Waiting for change to be fulfilled by ecs."),
        (600, "Unfulfilled", "Change was not fulfilled by ecs."),
    ],
)
def test_c38_an_activity_ends_unfulfilled_with_the_option_d96(
    after: float | None, status: str, text: str
) -> None:
    """Eight tasks are wanted, and there is room for four."""
    world = Scaled.of(4, load=480, unfulfilled_after=after)
    world.session.set_service_options("web", at_most=4)
    world.track(60)
    world.play(180 + 599)
    [activity] = world.activities()
    assert activity["StatusCode"] == "InProgress"
    world.play(180 + 600)
    [activity] = world.activities()
    assert activity["StatusCode"] == status
    assert text in activity["StatusMessage"]
    assert ("EndTime" in activity) is (after is not None)


@pytest.mark.parametrize("lenient", [False, True])
def test_c38_a_cron_expression_without_a_question_mark(lenient: bool) -> None:
    """E234's ``30 6 * * 2 *``, which AAS's guide had: every Monday, where it is taken."""
    world = Scaled.of(1, lenient_cron=lenient)

    def put(text: str) -> None:
        bounds: dict[str, Any] = {"MinCapacity": 3, "MaxCapacity": 9}
        world.scaling.put_scheduled_action(
            **TARGET,
            ScheduledActionName="monday",
            Schedule=f"cron({text})",
            ScalableTargetAction=bounds,
        )

    if not lenient:
        with pytest.raises(ClientError, match="Invalid CRON expression"):
            put("10 12 * * 2 *")
        assert (
            world.scaling.describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"]
            == []
        )
        return
    put("10 12 * * 2 *")  # noon of the session is on a Monday
    world.play(1200)
    assert world.changes == [(600, 1, 3)]
