import msgspec

from waystation.adapters.sql.bulk import insert_rows
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.margin import Dimension, Margin, margins
from waystation.adapters.sql.tables.calls import calls
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


def keep(database: Database, *records: CallRecord) -> None:
    columns = ("call_id", "at", "organization_id", "token_id", "request_model", "upstream", "outcome", "amount_nanos")
    rows = [[*(getattr(one, name) for name in columns), msgspec.json.encode(one).decode()] for one in records]
    with database.writing("calls") as connection:
        insert_rows(connection, calls, rows, (*columns, "record"))


def found(database: Database, by: Dimension, since: float = START, until: float = START + DAY_S) -> list[Margin]:
    with database.reading() as connection:
        return margins(connection, by, since=since, until=until)


def test_revenue_and_cost_are_summed_by_what_is_asked_for(database: Database) -> None:
    keep(
        database,
        record(1),
        record(2, request_model="n", organization_id="org_2"),
        record(3, upstream="spare", cost_nanos=90),
        record(4, usage=None, amount_nanos=0, upstream=None),  # refused: it brought and cost nothing
        record(5, at=START + DAY_S),
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
    keep(
        database,
        record(1),
        record(2, currency="USD", amount_nanos=7, cost_currency="USD", cost_nanos=8),
        record(3, cost_nanos=None, cost_currency=None),
        record(4, request_model="n", cost_currency="USD", cost_nanos=5),
        record(5, request_model="o", upstream=None),
    )
    m, n, o = found(database, "model")
    assert (m.calls, m.calls_without_cost) == (3, 1)
    assert (m.revenue, m.cost, m.margin) == ({"CNY": 200, "USD": 7}, {"CNY": 60, "USD": 8}, {})
    assert (n.revenue, n.cost, n.margin) == ({"CNY": 100}, {"USD": 5}, {})
    assert o.margin == {"CNY": 40}
    assert [one.key for one in found(database, "upstream")] in (["-", "main"], ["main", "-"])
