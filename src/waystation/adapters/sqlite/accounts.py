"""Opening accounts, and reading them. Every function works inside the caller's transaction."""

import sqlite3
from typing import Final

from waystation.ledger.budget import window
from waystation.ledger.posting import AMOUNT_MAX, EQUITY, SOFT, Account, AccountKind, opened_by
from waystation.wire.booking import Ceiling
from waystation.wire.catalogue import Budget, Period

_COLUMNS: Final = "kind, owner_id, currency, period, starts_at, credits_posted, debits_posted, debits_pending, slack"


def open_wallet(
    connection: sqlite3.Connection, organization_id: str, currency: str, opening_nanos: int, at: float
) -> None:
    """Give an organization its wallet, with an opening credit. A wallet that exists is left as it is.

    Raises: ValueError for an amount below zero or above AMOUNT_MAX.
    """
    _check(opening_nanos)
    wallet = Account(kind="wallet", owner_id=organization_id, currency=currency, credits_posted=opening_nanos)
    if _find(connection, wallet) is not None:
        return
    wallet_id = _open(connection, wallet)
    equity_id = system_account(connection, EQUITY, currency)
    connection.execute("UPDATE accounts SET debits_posted = debits_posted + ? WHERE id = ?", (opening_nanos, equity_id))
    connection.execute(
        "INSERT INTO postings"
        " (at, kind, debit_account, credit_account, amount, currency, held, chain, shortfall, marks)"
        " VALUES (?, 'opening', ?, ?, ?, ?, 0, '[]', 0, '[]')",
        (at, equity_id, wallet_id, opening_nanos, currency),
    )


def set_budget(connection: sqlite3.Connection, token_id: str, budget: Budget | None, at: float) -> None:
    """Give a sub-token its one budget, and carry a changed one into its open windows.

    None leaves the windows as they are: nobody asks for them any more. Raises: ValueError as `open_wallet`.
    """
    before = connection.execute("SELECT amount FROM budgets WHERE id = ?", (token_id,)).fetchone()
    if budget is None:
        connection.execute("UPDATE budgets SET removed_at = ? WHERE id = ? AND removed_at IS NULL", (at, token_id))
        return
    _check(budget.amount_nanos)
    open_ = window(budget, "UTC", at)
    assert open_ is not None
    connection.execute(
        "INSERT INTO budgets (id, owner_kind, owner_id, position, amount, currency, period, hard, thresholds)"
        " VALUES (?, 'token', ?, 0, ?, ?, ?, ?, '[]') ON CONFLICT (id) DO UPDATE SET removed_at = NULL,"
        " amount = excluded.amount, currency = excluded.currency, period = excluded.period, hard = excluded.hard",
        (token_id, token_id, budget.amount_nanos, budget.currency, budget.period, int(budget.hard)),
    )
    if before is not None:
        connection.execute(
            "UPDATE accounts SET credits_posted = credits_posted + ?, slack = ? WHERE kind = 'budget' AND owner_id = ?"
            " AND currency = ? AND period = ? AND starts_at >= ?",
            (
                budget.amount_nanos - before[0],
                0 if budget.hard else SOFT,
                token_id,
                budget.currency,
                budget.period,
                open_.starts_at,
            ),
        )


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


def _check(nanos: int) -> None:
    if not 0 <= nanos <= AMOUNT_MAX:
        raise ValueError(f"{nanos} nanos is not an amount from 0 to {AMOUNT_MAX}")
