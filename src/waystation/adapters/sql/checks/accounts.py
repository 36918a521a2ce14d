"""Each account against what its postings, holds and lots come to."""

from collections import defaultdict
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from waystation.adapters.sql.accounts import account_of
from waystation.adapters.sql.checks.postings import Sums
from waystation.adapters.sql.office import lots
from waystation.adapters.sql.tables import ledger, office
from waystation.ledger.lot import given
from waystation.ledger.posting import Account
from waystation.ledger.verify import Report

PAGE: Final = 2_000

_read_ids: Final = msgspec.json.Decoder(tuple[int, ...]).decode


def check(connection: Connection, report: Report, sums: Sums) -> None:
    _check_currencies(connection, report)
    held = _held(connection)
    with_gifts = set(connection.execute(select(office.lots.c.account_id).where(office.lots.c.remaining > 0)).scalars())
    after = 0
    while rows := connection.execute(
        select(ledger.accounts).where(ledger.accounts.c.id > after).order_by(ledger.accounts.c.id).limit(PAGE)
    ).fetchall():
        for row in rows:
            account = account_of(row)
            _check_totals(report, row.id, account, sums)
            _compare(report, "pending", account, account.debits_pending, held[row.id], "its open holds come")
            _check_left(report, account)
            if row.id in with_gifts:
                _check_lots(connection, report, row.id, account)
        after = rows[-1].id


def _check_currencies(connection: Connection, report: Report) -> None:
    table = ledger.accounts
    rest = func.sum(table.c.credits_posted) - func.sum(table.c.debits_posted)
    for currency, left in connection.execute(
        select(table.c.currency, rest).where(table.c.kind != "budget").group_by(table.c.currency)
    ):
        if left:
            report.differ("sum", currency, f"the accounts come to {left}, not to 0")


def _check_totals(report: Report, account_id: int, account: Account, sums: Sums) -> None:
    debits = sums.debits[account_id] + sums.counted[account_id]
    _compare(report, "debits", account, account.debits_posted, debits, "its postings come")
    if account.kind != "budget":  # a budget's credit is its amount, and what was transferred to it
        _compare(report, "credits", account, account.credits_posted, sums.credits[account_id], "its postings come")
    elif account.credits_posted < sums.credits[account_id]:
        came = sums.credits[account_id]
        report.differ("credits", account.name, f"{account.credits_posted} are stored, {came} were transferred to it")


def _check_left(report: Report, account: Account) -> None:
    if account.kind == "wallet" and account.available < 0:
        report.differ("overdrawn", account.name, f"{account.available} are left")
    if account.kind == "budget" and account.available < 0:
        report.notes.append(
            f"{account.name} was lowered, or its calls were corrected, past its amount: {account.available} are left"
        )


def _check_lots(connection: Connection, report: Report, account_id: int, account: Account) -> None:
    gifts = given(lots.left(connection, account_id, account.debits_posted))
    balance = max(account.credits_posted - account.debits_posted, 0)
    if gifts > balance:
        report.differ("gifts", account.name, f"{gifts} are left of its gifts, but only {balance} in all")


def _held(connection: Connection) -> defaultdict[int, int]:
    """What open holds reserve on each account."""
    held: defaultdict[int, int] = defaultdict(int)
    for amount, chain in connection.execute(select(ledger.holds.c.amount, ledger.holds.c.chain)):
        for account_id in _read_ids(chain):
            held[account_id] += amount
    return held


def _compare(report: Report, what: str, account: Account, stored: int, found: int, whose: str) -> None:
    if stored != found:
        report.differ(what, account.name, f"{stored} are stored, {whose} to {found}")
