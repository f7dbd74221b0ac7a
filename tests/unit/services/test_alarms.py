"""Which alarms fail a deployment."""

from __future__ import annotations

from placement.services.alarms import AlarmWatch, alarm_reason, unknown_alarms, watch_alarms

NAMES = ("cpu", "errors")


def test_any_alarm_in_alarm_fails_the_deployment() -> None:
    watch = watch_alarms(NAMES, set())
    assert watch.triggered(set()) == ()
    assert watch.triggered({"errors", "another"}) == ("errors",)


def test_alarms_are_ignored_where_one_is_in_alarm_at_the_start_d36() -> None:
    watch = watch_alarms(NAMES, {"cpu"})
    assert watch == AlarmWatch(NAMES, is_ignored=True)
    assert watch.triggered({"errors"}) == ()
    assert not watch_alarms(NAMES, {"another"}).is_ignored


def test_alarms_that_are_not_enabled_fail_nothing() -> None:
    assert watch_alarms(NAMES, set(), enabled=False).triggered({"cpu"}) == ()


def test_names_of_no_alarm_are_found_d37() -> None:
    assert unknown_alarms(NAMES, {"cpu"}) == ("errors",)


def test_the_reason_names_the_alarm_d19() -> None:
    assert alarm_reason("cpu") == "ECS deployment alarm: cpu in ALARM."
