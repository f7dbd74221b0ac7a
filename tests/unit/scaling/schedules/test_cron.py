from __future__ import annotations

import pytest

from placement.errors import ScheduleError
from placement.scaling.schedules.cron import parse_cron
from placement.scaling.schedules.days import DaysOfMonth, Weekdays


@pytest.mark.parametrize(
    ("field", "minutes"),
    [
        ("5", (5,)),
        ("1,3-5", (1, 3, 4, 5)),
        ("0/20", (0, 20, 40)),
        ("*/20", (0, 20, 40)),
        ("10-30/10", (10, 20, 30)),
        ("58-1", (0, 1, 58, 59)),
        ("55-10/5", (0, 5, 10, 55)),
        ("59/5", (59,)),
        ("7,7", (7,)),
    ],
)
def test_lists_ranges_and_steps(field: str, minutes: tuple[int, ...]) -> None:
    assert parse_cron(f"{field} 0 * * ? *").minutes == minutes


def test_names_in_any_case_and_ranges_that_wrap() -> None:
    fields = parse_cron("0 0 ? nov-Feb fri-MON *")
    assert fields.months == (1, 2, 11, 12)
    assert fields.days == Weekdays((1, 2, 6, 7))


def test_a65_1_is_sunday() -> None:
    assert parse_cron("0 0 ? * SUN *").days == parse_cron("0 0 ? * 1 *").days


def test_five_fields_have_no_year_and_seven_have_seconds() -> None:
    full = parse_cron("0 9 * * ? *")
    assert parse_cron("0 9 * * ?") == full
    assert parse_cron("30 0 9 * * ? *") == full


def test_the_option_lenient_cron_reads_a_star_as_a_question_mark_a65() -> None:
    assert parse_cron("30 6 * * 2 *", lenient=True).days == Weekdays((2,))
    assert parse_cron("30 6 * * * *", lenient=True).days == DaysOfMonth(tuple(range(1, 32)))
    with pytest.raises(ScheduleError, match="exactly one"):
        parse_cron("30 6 3 * 2 *", lenient=True)


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("0 9 * *", "4 fields"),
        ("0 0 0 9 * * ? *", "8 fields"),
        ("0 9 * * * *", "exactly one of day of month and day of week"),
        ("0 9 ? * ? *", "exactly one of day of month and day of week"),
        ("60 9 * * ? *", "'60' is no value of minutes"),
        ("0 24 * * ? *", "'24' is no value of hours"),
        ("0 9 0 * ? *", "'0' is no value of days of the month"),
        ("0 9 32W * ? *", "'32' is no value of days of the month"),
        ("0 9 * 13 ? *", "'13' is no value of months"),
        ("0 9 * MAI ? *", "'MAI' is no value of months"),
        ("0 9 ? * 8 *", "'8' is no value of days of the week"),
        ("0 9 ? * 0L *", "'0' is no value of days of the week"),
        ("0 9 ? * 2#6 *", "the number is 1 to 5"),
        ("0 9 ? * 2#0 *", "the number is 1 to 5"),
        ("0 9 * * ? 1969", "'1969' is no value of years"),
        ("0 9 * * ? 2030-2026", "ends before it begins"),
        ("0/0 9 * * ? *", "the step in '0/0' is 0"),
        ("? 9 * * ? *", "'?' is nothing that minutes can be"),
        ("0, 9 * * ? *", "'' is nothing that minutes can be"),
        ("0 9 L,15 * ? *", "'L' is nothing that days of the month can be"),
        ("0 9 1-2-3 * ? *", "is nothing that days of the month can be"),
        ("0 9 * \N{LATIN SMALL LETTER LONG S}EP ? *", "not ASCII"),
        ("99 0 9 * * ? *", "no value of seconds"),
    ],
)
def test_errors_say_what_is_wrong(text: str, detail: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        parse_cron(text)
    begin = "Invalid schedule expression. Details: Invalid CRON expression: "
    assert caught.value.reason.startswith(begin)
    assert detail in caught.value.reason
