from __future__ import annotations

from placement.scaling.cooldowns import Cooldowns


def test_none_runs_at_first() -> None:
    assert not Cooldowns().is_out(0)
    assert not Cooldowns().is_in(0)


def test_d112_a_cooldown_begins_at_the_decision_and_has_ended_at_its_end() -> None:
    out = Cooldowns().after_out(100, 300, 2)
    assert [out.is_out(moment) for moment in (100, 399, 400)] == [True, True, False]
    assert out.added == 2
    inwards = Cooldowns().after_in(100, 300)
    assert [inwards.is_in(moment) for moment in (100, 399, 400)] == [True, True, False]


def test_d112_increases_inside_add_up_and_a_later_one_begins_again() -> None:
    inside = Cooldowns().after_out(0, 300, 2).after_out(60, 300, 1)
    assert inside == Cooldowns(360, 3)
    assert inside.after_out(360, 300, 5) == Cooldowns(660, 5)


def test_an_increase_ends_the_cooldown_after_a_decrease() -> None:
    assert not Cooldowns().after_in(0, 300).after_out(10, 20, 1).is_in(11)


def test_d112_a_shorter_cooldown_does_not_shorten_the_one_that_runs() -> None:
    assert Cooldowns(300, 2).after_out(10, 20, 1) == Cooldowns(300, 3)
