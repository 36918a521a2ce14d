import msgspec
from sqlalchemy import insert

from tests.adapters.sql.bills import AT, bill, line, log, record
from waystation.adapters.sql.bills import load
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.estimates import estimates
from waystation.adapters.sql.reconcile import Run, reconcile
from waystation.adapters.sql.tables.ledger import accounts, postings
from waystation.ledger.reconcile.words import Terms
from waystation.wire.price import Price
from waystation.wire.record import CallRecord

ACCOUNT = {
    "currency": "USD",
    "period": "total",
    "starts_at": 0,
    "credits_posted": 10**12,
    "debits_posted": 0,
    "debits_pending": 0,
}
POSTING = {
    "at": AT,
    "debit_account": 1,
    "credit_account": 2,
    "currency": "USD",
    "held": 0,
    "chain": "[]",
    "shortfall": 0,
    "marks": "[]",
}


def run(database: Database) -> Run:
    return reconcile(database, "bill_1", "run_1", Terms(), (None, None), at=AT)


def booked(database: Database, *records: CallRecord) -> None:
    """Estimated postings of calls, between two accounts."""
    with database.writing() as connection:
        for number, (kind, owner) in enumerate((("wallet", "org_1"), ("system", "revenue")), start=1):
            connection.execute(insert(accounts).values(**ACCOUNT, id=number, kind=kind, owner_id=owner))
        for number, one in enumerate(records, start=1):
            names = {"id": number, "kind": "estimated", "hold_id": f"hold_{number}", "call_id": one.call_id}
            basis = msgspec.json.encode(one)
            connection.execute(insert(postings).values(**POSTING, **names, amount=one.amount_nanos, basis=basis))


def test_an_estimate_is_due_what_its_real_usage_costs(database: Database) -> None:
    price = Price(currency="USD", input=2_500_000_000, output=10_000_000_000)
    estimated = [
        record(1, estimated=True, price=price),
        record(2, estimated=True, price=None),
        record(3, estimated=True, price=price),
    ]
    log(database, estimated)
    booked(database, *estimated[:2])
    load(database, bill(), [line(number, tokens=(1000, 300, None, None)) for number in (1, 2, 3)])
    assert run(database).tally.kinds == {"estimated": 3}
    (estimate,) = estimates(database, "run_1")
    assert (estimate.call_id, estimate.posting_id, estimate.organization_id) == ("call_000001", 1, "org_1")
    assert (estimate.booked_nanos, estimate.due_nanos) == (9_000_000, 2_500_000 + 3_000_000)


def test_an_estimate_that_was_corrected_is_not_told_again(database: Database) -> None:
    log(database, [record(1, estimated=True)])
    booked(database, record(1, estimated=True))
    with database.writing() as connection:
        connection.execute(insert(postings).values(**POSTING, id=2, kind="correction", amount=5, corrects=1))
    load(database, bill(), [line(1, tokens=(1000, 300, None, None))])
    assert run(database).tally.confirmed == 1
