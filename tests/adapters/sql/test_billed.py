from datetime import date
from zoneinfo import ZoneInfo

from tests.adapters.sql.bills import AT, log, record
from waystation.adapters.sql.billed import Span, calls_by_request, calls_by_time
from waystation.adapters.sql.engine import Database

DAY = date(2026, 11, 30)
UTC = ZoneInfo("UTC")
A_DAY = 86_400.0


def span(zone: ZoneInfo = UTC, margin: int = 0, last: date = DAY) -> Span:
    return Span(upstream="main", zone=zone, first=DAY, last=last, margin=margin)


def test_a_call_is_seen_as_its_vendor_saw_it(database: Database) -> None:
    log(database, [record(1)])
    with database.reading() as connection:
        (call,) = calls_by_time(connection, span())
    assert (call.day, call.model, call.key, call.request_id) == ("2026-11-30", "m-1", "aaaa1111", "req-1")
    assert (call.tokens, call.amount_nanos, call.currency) == ((1000, 200, None, None), 4_500_000, "USD")
    assert (call.due, call.estimated, call.corrected) == (True, False, False)


def test_ids_are_sorted_byte_by_byte_and_none_comes_first(database: Database) -> None:
    names = ["b", "B", "a-1", "a_1", "é", "a1", "驿", None]
    log(database, [record(number, vendor_request_id=name) for number, name in enumerate(names)])
    with database.reading() as connection:
        found = [call.request_id for call in calls_by_request(connection, span())]
    assert found == [None, *sorted(name for name in names if name)]


def test_days_are_of_the_vendors_calendar(database: Database) -> None:
    log(database, [record(1, at=AT + 5 * 3600), record(2, at=AT - 21 * 3600)])  # 17:00 and 15:00 the day before
    with database.reading() as connection:
        assert [call.call_id for call in calls_by_time(connection, span())] == ["call_000001"]
        assert list(calls_by_time(connection, span(ZoneInfo("Asia/Shanghai")))) == []
        (late,) = calls_by_time(connection, span(ZoneInfo("Asia/Shanghai"), last=date(2026, 12, 1)))
    assert late.day == "2026-12-01"


def test_calls_around_may_be_in_the_bill_and_need_not(database: Database) -> None:
    log(database, [record(number, at=AT + number * A_DAY) for number in (-2, -1, 0, 1, 2)])
    with database.reading() as connection:
        assert [call.due for call in calls_by_time(connection, span(margin=1))] == [False, True, False]


def test_a_call_without_an_answer_need_not_be_in_the_bill(database: Database) -> None:
    log(database, [record(1, usage=None, attempts=()), record(2, upstream="another")])
    with database.reading() as connection:
        (call,) = calls_by_time(connection, span())
    assert (call.due, call.model, call.tokens) == (False, "m", (None,) * 4)
