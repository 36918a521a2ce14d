from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from waystation.adapters.sql.spans import DAY, HOUR, Grain, Span, period_before, spans

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def there(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def test_days_of_the_organizations_are_there_already() -> None:
    march = (at("2026-03-01"), at("2026-04-01"))
    assert spans(*march, None, None) == [Span("days", *march, at=0, grain=DAY)]
    assert spans(*march, "day", None) == [Span("days", *march, grain=DAY)]
    assert spans(march[0] + 5, march[1] - 5, "day", None) == [Span("days", *march, grain=DAY)]


def test_months_are_listed_at_their_beginning() -> None:
    assert spans(at("2025-12-15"), at("2026-02-03"), "month", None) == [
        Span("days", at("2025-12-15"), at("2026-01-01"), at("2025-12-01")),
        Span("days", at("2026-01-01"), at("2026-02-01"), at("2026-01-01")),
        Span("days", at("2026-02-01"), at("2026-02-03"), at("2026-02-01")),
    ]


def test_months_of_one_zone_are_made_of_hours() -> None:
    first = there("2026-02-10T05:30", SHANGHAI)
    assert spans(first, there("2026-03-02", SHANGHAI), "month", SHANGHAI) == [
        Span("hours", first - 1800, at("2026-02-28T16:00"), at("2026-02-01")),
        Span("hours", at("2026-02-28T16:00"), at("2026-03-01T16:00"), at("2026-03-01")),
    ]


def test_hours_without_a_zone_are_those_of_utc() -> None:
    assert spans(at("2026-03-01T10:20"), at("2026-03-01T12:20"), "hour", None) == [
        Span("hours", at("2026-03-01T10:00"), at("2026-03-01T13:00"))
    ]


def test_one_sum_of_a_zone_is_of_hours() -> None:
    assert spans(HOUR, 3 * HOUR, None, SHANGHAI) == [Span("hours", HOUR, 3 * HOUR, at=0)]


def test_days_with_23_and_25_hours() -> None:
    found = spans(there("2026-03-28", BERLIN), there("2026-03-31", BERLIN), "day", BERLIN)
    changes = at("2026-03-29T01:00")
    assert found == [
        Span("hours", there("2026-03-28", BERLIN), changes, shift=HOUR, grain=DAY),
        Span("hours", changes, there("2026-03-31", BERLIN), shift=2 * HOUR, grain=DAY),
    ]
    days: dict[int, int] = {}
    for span in found:
        for hour in range(span.since, span.until, HOUR):
            day = (hour + span.shift) // DAY * DAY
            days[day] = days.get(day, 0) + 1
    assert days == {at("2026-03-28"): 24, at("2026-03-29"): 23, at("2026-03-30"): 24}


def test_a_year_of_a_zone_has_each_hour_once() -> None:
    first, after = there("2026-01-01", BERLIN), there("2027-01-01", BERLIN)
    grains: tuple[Grain | None, ...] = ("hour", "day", "month", None)
    for grain in grains:
        found = spans(first, after, grain, BERLIN)
        assert [span.since for span in found[1:]] == [span.until for span in found[:-1]]
        assert (found[0].since, found[-1].until) == (first, after)


def test_an_hour_that_midnight_cuts_is_of_the_day_in_which_it_begins() -> None:
    (span,) = spans(there("2026-03-01", KOLKATA), there("2026-03-02", KOLKATA), "day", KOLKATA)
    assert span == Span("hours", at("2026-02-28T18:00"), at("2026-03-01T19:00"), shift=19_800, grain=DAY)
    assert (span.since + span.shift) // DAY * DAY == at("2026-02-28")


@pytest.mark.parametrize(
    ("since", "until", "before"),
    [
        ("2026-03-01", "2026-04-01", "2026-02-01"),
        ("2026-01-01", "2026-04-01", "2025-10-01"),
        ("2026-03-03", "2026-03-10", "2026-02-24"),
        ("2026-03-01T06:00", "2026-03-01T09:00", "2026-03-01T03:00"),
    ],
)
def test_the_period_before(since: str, until: str, before: str) -> None:
    for zone in (None, SHANGHAI):
        begin, end, earlier = (there(text, zone or ZoneInfo("UTC")) for text in (since, until, before))
        assert period_before(begin, end, zone) == (earlier, begin)


def test_the_day_before_a_change_of_clocks_is_a_whole_day() -> None:
    begin, end = there("2026-03-30", BERLIN), there("2026-03-31", BERLIN)
    assert period_before(begin, end, BERLIN) == (begin - 23 * HOUR, begin)
