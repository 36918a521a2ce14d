"""Books to work on: an organization with departments and budgets, and calls as the hot path leaves them."""

from typing import Any

import msgspec
from sqlalchemy import insert, select, text, update

from waystation.adapters.sql import accounts, closings, seals
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office import Office, book_costs, expire_gifts
from waystation.adapters.sql.postings import newest
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.catalogue import nodes, organizations
from waystation.adapters.sql.tables.ledger import accounts as table
from waystation.adapters.sql.tables.ledger import budgets, holds, postings
from waystation.adapters.sql.verify import verify
from waystation.ledger.errand import Booked, Correction, CreditLine, Errand, Gift, Refund, TopUp, Transfer
from waystation.ledger.posting import REVENUE, Account
from waystation.ledger.pricing import cost
from waystation.ledger.verify import Report
from waystation.wire.price import Price
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

ORG = "org_1"
MONTH = 31 * 86_400
NOW = 1_790_000_000.0  # 2026-09-21T14:13:20Z
PRICE = Price(currency="USD", input=1_000_000, output=3_000_000)  # 1 and 3 nanos a token


class Books:
    """`at` is the time of what is booked next."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.at = NOW
        self.office = Office(database, lambda: self.at)
        self._number = 0

    def set_up(self, *, zone: str = "UTC", name: str = "acme", id_: str = ORG) -> None:
        row = {"id": id_, "name": name, "created_at": 0, "kept_by": "file", "time_zone": zone}
        with self.database.writing() as connection:
            connection.execute(insert(organizations).values(row))

    def node(self, id_: str, kind: str, parent_id: str | None = None) -> None:
        row = {"id": id_, "kind": kind, "name": id_.upper(), "organization_id": ORG, "parent_id": parent_id}
        with self.database.writing() as connection:
            connection.execute(insert(nodes).values(row | {"paused": 0, "created_at": 0, "kept_by": "file"}))

    def budget(self, id_: str, amount: int, owner: tuple[str, str] = ("organization", ORG), **more: Any) -> None:
        row = {"id": id_, "owner_kind": owner[0], "owner_id": owner[1], "position": 0, "amount": amount}
        row |= {"currency": "USD", "period": "total", "hard": 1, "thresholds": "[]"}
        with self.database.writing() as connection:
            connection.execute(insert(budgets).values(row | more))

    def window(self, budget_id: str, amount: int) -> int:
        """The account of a budget that never resets, opened."""
        account = Account(kind="budget", owner_id=budget_id, currency="USD", credits_posted=amount)
        with self.database.writing() as connection:
            return accounts.find_or_open(connection, account)

    def book(self, errand: Errand, *, key: str | None = None) -> Booked:
        return self.office.book(errand, key=key)

    def top_up(self, amount: int, *, currency: str = "USD", id_: str = ORG) -> Booked:
        return self.book(TopUp(organization_id=id_, amount_nanos=amount, currency=currency))

    def wallet(self, *, currency: str = "USD", id_: str = ORG) -> Account:
        return self.account("wallet", id_, currency)

    def account(self, kind: Any, owner_id: str, currency: str = "USD") -> Account:
        with self.database.reading() as connection:
            of_it = (table.c.kind == kind, table.c.owner_id == owner_id, table.c.currency == currency)
            return accounts.account_of(connection.execute(select(table).where(*of_it)).one())

    def hold(self, amount: int, *, id_: str = "hold_open", expires_at: float = NOW + 600) -> None:
        with self.database.writing() as connection:
            wallet = accounts.wallet_of(connection, ORG, "USD")
            connection.execute(
                insert(holds).values(
                    id=id_, token_id="tok_1", amount=amount, chain=f"[{wallet}]", at=self.at, expires_at=expires_at,
                    run_id="run_1",
                )
            )  # fmt: skip
            connection.execute(update(table).where(table.c.id == wallet).values(debits_pending=amount))

    def drop_hold(self, id_: str = "hold_open") -> None:
        with self.database.writing() as connection:
            connection.execute(holds.delete().where(holds.c.id == id_))
            wallet = accounts.wallet_of(connection, ORG, "USD")
            connection.execute(update(table).where(table.c.id == wallet).values(debits_pending=0))

    def call(
        self, usage: Usage | None = None, *, windows: tuple[int, ...] = (), recorded: bool = True, **facts: Any
    ) -> tuple[int, CallRecord]:
        """A call that was held, posted and recorded; its posting's number and its record."""
        record = self.made(usage, **facts)
        (posting_id,) = self.post([record], windows)
        if recorded:
            self.record([record])
        return posting_id, record

    def made(self, usage: Usage | None = None, **facts: Any) -> CallRecord:
        self._number += 1
        usage = usage or Usage(input_tokens=10, output_tokens=10)
        base: dict[str, Any] = {
            "call_id": f"call_{self._number:06}", "at": self.at - 1, "organization_id": ORG, "token_id": "tok_1",
            "dialect": "openai.chat", "request_model": "gpt", "stream": False, "outcome": "ok", "status": 200,
            "upstream": "openai", "usage": usage, "price": PRICE, "currency": "USD",
        }  # fmt: skip
        return CallRecord(**(base | facts), amount_nanos=cost(usage, PRICE))

    def record(self, records: list[CallRecord]) -> None:
        columns = (
            "call_id",
            "at",
            "organization_id",
            "token_id",
            "request_model",
            "upstream",
            "outcome",
            "amount_nanos",
        )
        rows = [
            {name: getattr(record, name) for name in columns} | {"record": msgspec.json.encode(record).decode()}
            for record in records
        ]
        with self.database.writing("calls") as connection:
            connection.execute(insert(calls), rows)

    def amount_of(self, call_id: str) -> int:
        with self.database.reading() as connection:
            return int(connection.execute(select(calls.c.amount_nanos).where(calls.c.call_id == call_id)).scalar_one())

    def postings(self, kind: str) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(select(postings).where(postings.c.kind == kind).order_by(postings.c.id)))

    def post(self, records: list[CallRecord], windows: tuple[int, ...] = ()) -> list[int]:
        """Of one organization, in one transaction, as the hot path does; the numbers of the postings."""
        total = sum(record.amount_nanos for record in records)
        with self.database.writing() as connection:
            accounts.begin(connection)
            wallet = accounts.wallet_of(connection, records[0].organization_id, "USD")
            revenue = accounts.system(connection, REVENUE, "USD")
            more = {"debits_posted": table.c.debits_posted + total}
            connection.execute(update(table).where(table.c.id.in_((*windows, wallet))).values(more))
            earned = {"credits_posted": table.c.credits_posted + total}
            connection.execute(update(table).where(table.c.id == revenue).values(earned))
            before = newest(connection)
            chain = msgspec.json.encode([*windows, wallet]).decode()
            connection.execute(insert(postings), [self._row(each, wallet, revenue, chain) for each in records])
            return [before + 1 + number for number in range(len(records))]

    def _row(self, record: CallRecord, wallet: int, revenue: int, chain: str) -> dict[str, Any]:
        return {
            "at": self.at, "kind": "estimated" if record.estimated else "usage", "debit_account": wallet,
            "credit_account": revenue, "amount": record.amount_nanos, "currency": "USD",
            "hold_id": f"hold_{record.call_id}", "held": record.amount_nanos, "chain": chain, "shortfall": 0,
            "marks": "[]", "call_id": record.call_id, "basis": msgspec.json.encode(record),
        }  # fmt: skip


def fill(books: Books) -> Books:
    """Every kind of posting, corrected, sealed and closed."""
    books.budget("bud_1", 5_000)
    books.budget("bud_2", 5_000)
    window = books.window("bud_1", 5_000)
    books.book(CreditLine(organization_id=ORG, amount_nanos=100, currency="USD"))
    books.top_up(10_000)
    books.book(Gift(organization_id=ORG, amount_nanos=500, currency="USD", expires_at=NOW + 100))
    books.book(Gift(organization_id=ORG, amount_nanos=500, currency="USD"))
    lower, _ = books.call(Usage(input_tokens=100, output_tokens=5), windows=(window,), estimated=True)
    higher, _ = books.call(Usage(input_tokens=100, output_tokens=5), windows=(window,))
    books.call(cost_nanos=20, cost_currency="USD")
    books.book(Correction(organization_id=ORG, posting_id=lower, due_nanos=70))
    books.book(Correction(organization_id=ORG, posting_id=higher, due_nanos=200))
    books.book(Refund(organization_id=ORG, amount_nanos=1_000, currency="USD"))
    books.book(Transfer(organization_id=ORG, from_budget="bud_1", to_budget="bud_2", amount_nanos=500))
    expire_gifts(books.database, NOW + 200)
    book_costs(books.database, NOW + 86_400)
    books.hold(40)
    seals.seal(books.database, NOW)
    closings.close(books.database, "2026-09", at=NOW + MONTH, by="ann")
    return books


def check(books: Books, *, now: float = NOW, served: bool = False) -> Report:
    return verify(books.database, now=now, served=served)


def named(books: Books, **options: Any) -> set[str]:
    return {difference.check for difference in check(books, **options).differences}


def tamper(books: Books, statement: str) -> None:
    """As somebody would who owns the database: the triggers are no obstacle to him."""
    with books.database.writing() as connection:
        on = " ON postings" if connection.dialect.name == "postgresql" else ""
        for name in ("change", "go"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS postings_never_{name}{on}"))
        connection.execute(text(statement))
