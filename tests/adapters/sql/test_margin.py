"""Margins from sums by hour and from records, which must come to the same."""

from collections.abc import Callable
from random import Random
from typing import Any, get_args

import msgspec
from sqlalchemy import delete, func, select, update

from tests.adapters.sql.logged import a_call, log
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.margin import Dimension, Margin, margins
from waystation.adapters.sql.retention import delete_some, keep
from waystation.adapters.sql.rollup import amend, fold
from waystation.adapters.sql.tables.calls import calls, usage_hours, usage_keys, watermark
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

DAY_S = 86_400
START = 1_795_392_000.0  # 2026-11-23T00:00:00Z


def record(number: int, **facts: object) -> CallRecord:
    made = CallRecord(
        call_id=f"call_{number}",
        at=START + number,
        organization_id="org_1",
        token_id="tok_1",
        dialect="openai.chat",
        request_model="m",
        stream=False,
        outcome="ok",
        status=200,
        upstream="main",
        usage=Usage(input_tokens=1, output_tokens=1),
        currency="CNY",
        amount_nanos=100,
        cost_nanos=60,
        cost_currency="CNY",
    )
    return msgspec.structs.replace(made, **facts)


def found(database: Database, by: Dimension, since: float = START, until: float = START + DAY_S) -> list[Margin]:
    with database.reading() as connection:
        return margins(connection, by, since=since, until=until)


def test_revenue_and_cost_are_summed_by_what_is_asked_for(database: Database) -> None:
    log(
        database,
        [
            record(1),
            record(2, request_model="n", organization_id="org_2"),
            record(3, upstream="spare", cost_nanos=90),
            # refused: it brought and cost nothing
            record(4, usage=None, amount_nanos=0, upstream=None, cost_nanos=None, cost_currency=None),
            record(5, at=START + DAY_S),
        ],
    )
    (m, n) = found(database, "model")
    assert m == Margin(key="m", calls=2, calls_without_cost=0, revenue={"CNY": 200}, cost={"CNY": 150})
    assert m.margin == {"CNY": 50}
    assert (n.key, n.calls) == ("n", 1)
    assert [(one.key, one.margin) for one in found(database, "upstream")] == [
        ("main", {"CNY": 80}),
        ("spare", {"CNY": 10}),
    ]
    assert [(one.key, one.calls) for one in found(database, "organization")] == [("org_1", 2), ("org_2", 1)]
    days = found(database, "day", until=START + 2 * DAY_S)
    assert [(one.key, one.calls) for one in days] == [("2026-11-23", 3), ("2026-11-24", 1)]


def test_currencies_are_kept_apart_and_what_is_not_known_is_counted(database: Database) -> None:
    log(
        database,
        [
            record(1),
            record(2, currency="USD", amount_nanos=7, cost_currency="USD", cost_nanos=8),
            record(3, cost_nanos=None, cost_currency=None),
            record(4, request_model="n", cost_currency="USD", cost_nanos=5),
            record(5, request_model="o", upstream=None),
        ],
    )
    m, n, o = found(database, "model")
    assert (m.calls, m.calls_without_cost) == (3, 1)
    assert (m.revenue, m.cost, m.margin) == ({"CNY": 200, "USD": 7}, {"CNY": 60, "USD": 8}, {})
    assert (n.revenue, n.cost, n.margin) == ({"CNY": 100}, {"USD": 5}, {})
    assert o.margin == {"CNY": 40}
    assert [one.key for one in found(database, "upstream")] in (["-", "main"], ["main", "-"])


def calls_of_three_days(seed: int = 1) -> list[CallRecord]:
    """Of whatever seed, at the same times. Some are billed nothing, or to nobody, and some cost what nobody knows."""
    draw = Random(seed)
    return [
        a_call(
            number,
            at=START + Random(number).random() * 3 * DAY_S,
            organization_id=draw.choice(["org_1", "org_2"]),
            request_model=draw.choice(["m", "n"]),
            utc_offset_s=28_800,
            **draw.choice(KINDS)(draw),
        )
        for number in range(80)
    ]


def refused(_: Random) -> dict[str, Any]:
    return {"usage": None, "currency": None, "outcome": "refused", "upstream": None}


def failed(draw: Random) -> dict[str, Any]:
    """After it was held: the currency is known, and nothing was billed."""
    return {"usage": None, "currency": draw.choice(["USD", "CNY"]), "outcome": "failed", "upstream": None}


def billed(draw: Random) -> dict[str, Any]:
    paid = draw.choice([(None, None), (0, "USD"), (7, "USD"), (9, "CNY")])
    return {
        "usage": draw.choice([Usage(), Usage(input_tokens=5)]),
        "currency": draw.choice(["USD", "CNY"]),
        "amount_nanos": draw.choice([0, 3, 10**15]),
        "cost_nanos": paid[0],
        "cost_currency": paid[1],
        "upstream": draw.choice(["main", "spare"]),
        "outcome": draw.choice(["ok", "cut", "caller_gone"]),
    }


KINDS: list[Callable[[Random], dict[str, Any]]] = [refused, failed, billed, billed]
PERIODS = [
    (0.0, 3 * DAY_S),
    (3600.0, DAY_S),
    (1234.5, 2 * DAY_S + 77.0),
    (7200.0, 7300.0),
    (3500.0, 3700.0),
    (-1e6, 1e6),
]


def from_records(database: Database, by: Dimension, since: float, until: float) -> list[Margin]:
    with database.writing("calls") as connection:
        before = connection.execute(select(watermark.c.summed_since)).scalar_one()
        connection.execute(update(watermark).values(summed_since=1e12))
    told = found(database, by, since, until)
    with database.writing("calls") as connection:
        connection.execute(update(watermark).values(summed_since=before))
    return told


def compare(database: Database) -> None:
    for by in get_args(Dimension):
        for since, until in PERIODS:
            period = (START + since, START + until)
            assert found(database, by, *period) == from_records(database, by, *period), (by, period)


def test_sums_and_records_come_to_the_same(database: Database) -> None:
    log(database, calls_of_three_days())
    compare(database)
    with database.writing("calls") as connection:
        fold(connection)
    log(database, calls_of_three_days(seed=2))  # all of them anew
    with database.writing("calls") as connection:
        amend(connection, [(call.call_id, 5) for call in calls_of_three_days(seed=2) if call.usage is not None][:5])
    compare(database)
    with database.writing("calls") as connection:
        fold(connection)
    compare(database)


def test_full_hours_are_not_read_from_records(database: Database) -> None:
    log(database, calls_of_three_days())
    before = found(database, "model", START, START + 3 * DAY_S)
    with database.writing("calls") as connection:
        connection.execute(delete(calls))
    assert found(database, "model", START, START + 3 * DAY_S) == before != []


def test_hours_that_were_deleted_are_read_from_records(database: Database) -> None:
    log(database, calls_of_three_days())
    with database.writing("calls") as connection:
        fold(connection)
        keep(connection, "hours", 4)
    before = found(database, "day", START, START + 3 * DAY_S)
    while delete_some(database, START + 6 * DAY_S):
        pass
    with database.reading() as connection:
        (first,) = connection.execute(select(func.min(usage_hours.c.hour))).one()
    assert first >= START + 2 * DAY_S
    compare(database)
    assert found(database, "day", START, START + 3 * DAY_S) == before


def test_what_was_counted_by_an_older_version_is_read_from_records(database: Database) -> None:
    """It counted what nothing was billed for under the currency of its hold."""
    log(database, [a_call(1, at=START, usage=None, currency="CNY", outcome="failed"), a_call(2, at=START + 7200)])
    with database.writing("calls") as connection:
        connection.execute(update(usage_keys).values(currency="CNY"))
        connection.execute(update(watermark).values(summed_since=START + 1))
    assert not found(database, "model", START, START + 3600)
    assert found(database, "model", START + 3600, START + DAY_S)[0].calls == 1
