"""Opening accounts, and reading them. Every function works inside the caller's transaction."""

import sqlite3
from typing import Final

from waystation.ledger.posting import SOFT, Account, AccountKind, opened_by
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Period

_COLUMNS: Final = "kind, owner_id, currency, period, starts_at, credits_posted, debits_posted, debits_pending, slack"


def account_for(connection: sqlite3.Connection, ceiling: Ceiling) -> int | None:
    """The id of the account that a ceiling names. A budget's window is opened when it is first asked for.

    None: there is no such wallet, or no such budget any more.
    """
    found = _find(connection, opened_by(ceiling, 0))
    if found is not None or ceiling.kind == "wallet":
        return found
    row = connection.execute(
        "SELECT amount, hard FROM budgets WHERE id = ? AND currency = ? AND period = ? AND removed_at IS NULL",
        (ceiling.owner_id, ceiling.currency, ceiling.period),
    ).fetchone()
    if row is None:
        return None
    amount, hard = row
    return _open(connection, opened_by(ceiling, amount, 0 if hard else SOFT))


def ceiling_of(connection: sqlite3.Connection, account_id: int) -> Ceiling:
    """The ceiling that names a wallet or a budget's window."""
    row = connection.execute(
        "SELECT kind, owner_id, currency, period, starts_at FROM accounts WHERE id = ?", (account_id,)
    ).fetchone()
    return Ceiling(*row)


def system_account(connection: sqlite3.Connection, name: str, currency: str) -> int:
    """The id of a system account, which is opened if it is new."""
    account = Account(kind="system", owner_id=name, currency=currency)
    found = _find(connection, account)
    return _open(connection, account) if found is None else found


def read(connection: sqlite3.Connection, account_id: int) -> Account:
    row = connection.execute(f"SELECT {_COLUMNS} FROM accounts WHERE id = ?", (account_id,)).fetchone()  # noqa: S608 - constant
    return _account(row)


def read_all(connection: sqlite3.Connection, *, kind: AccountKind, owner_id: str) -> list[Account]:
    """An owner's accounts of one kind, newest window last."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM accounts WHERE kind = ? AND owner_id = ? ORDER BY currency, starts_at",  # noqa: S608 - constant
        (kind, owner_id),
    )
    return [_account(row) for row in rows]


def _account(row: tuple[AccountKind, str, str, Period, int, int, int, int, int]) -> Account:
    kind, owner_id, currency, period, starts_at, credits_posted, debits_posted, debits_pending, slack = row
    return Account(
        kind=kind,
        owner_id=owner_id,
        currency=currency,
        period=period,
        starts_at=starts_at,
        credits_posted=credits_posted,
        debits_posted=debits_posted,
        debits_pending=debits_pending,
        slack=slack,
    )


def _find(connection: sqlite3.Connection, account: Account) -> int | None:
    row = connection.execute(
        "SELECT id FROM accounts WHERE kind = ? AND owner_id = ? AND currency = ? AND period = ? AND starts_at = ?",
        (account.kind, account.owner_id, account.currency, account.period, account.starts_at),
    ).fetchone()
    return None if row is None else int(row[0])


def _open(connection: sqlite3.Connection, account: Account) -> int:
    (account_id,) = connection.execute(
        f"INSERT INTO accounts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?) RETURNING id",  # noqa: S608 - constant
        (
            account.kind,
            account.owner_id,
            account.currency,
            account.period,
            account.starts_at,
            account.credits_posted,
            account.slack,
        ),
    ).fetchone()
    return int(account_id)
