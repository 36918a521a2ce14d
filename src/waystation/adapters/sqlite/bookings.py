"""The SQL of holds and postings, on one connection and inside the transaction that its owner began. No threads here."""

import sqlite3
from math import inf
from typing import Final, Literal, NamedTuple

import msgspec

from waystation.adapters.sqlite import accounts
from waystation.ledger.posting import AMOUNT_MAX, REVENUE, fit
from waystation.wire.booking import Ceiling, Held, HoldOrder, Posted, PostOrder, Refused
from waystation.wire.errors import HoldEnded

CACHE_MAX: Final = 20_000  # entries; about a kilobyte each

# The guarded statement: it reserves on one account, or touches no row.
_RESERVE: Final = (
    "UPDATE accounts SET debits_pending = debits_pending + ?1"
    " WHERE id = ?2 AND credits_posted - debits_posted - debits_pending >= ?1"
)
_SETTLE: Final = (
    "UPDATE accounts SET debits_pending = debits_pending - ?, debits_posted = debits_posted + ? WHERE id = ?"
)
_EARN: Final = "UPDATE accounts SET credits_posted = credits_posted + ? WHERE id = ?"
_OPEN_HOLD: Final = (
    "INSERT INTO holds (id, token_id, amount, chain, at, expires_at, run_id) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
    " WHERE NOT EXISTS (SELECT 1 FROM postings WHERE hold_id = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM releases WHERE hold_id = ?1) ON CONFLICT DO NOTHING"
)
_END_HOLD: Final = "DELETE FROM holds WHERE id = ? RETURNING amount, chain, token_id, at"
_INSERT_POSTING: Final = (
    "INSERT INTO postings (at, kind, debit_account, credit_account, amount, currency, hold_id, held, chain, shortfall,"
    " marks, call_id, basis) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_RELEASE: Final = (
    "INSERT INTO releases (hold_id, token_id, amount, chain, at, reason, released_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
)


class Chain(NamedTuple):
    """The accounts that a hold is reserved on, as stored, and where its posting goes from and to."""

    ids: tuple[int, ...]
    text: str
    wallet_id: int
    revenue_id: int
    currency: str


class _Basis(msgspec.Struct):
    call_id: str | None = None


_read_basis: Final = msgspec.json.Decoder(_Basis).decode
_write_marks: Final = msgspec.json.Encoder().encode


class Books:
    """Holds and postings. After a rollback, `forget` must be called: the caches may name rows that are gone."""

    def __init__(self, connection: sqlite3.Connection, run_id: str, revision: int | None = None) -> None:
        self._connection = connection
        self._execute = connection.cursor().execute
        self._run_id = run_id
        self.revision = revision  # of the catalogue that was seen last
        self._live: dict[str, float] = {}  # sub-token -> when it expires; -inf: revoked or unknown
        self._chains: dict[tuple[Ceiling, ...], Chain] = {}
        self._chains_by_text: dict[str, Chain] = {}
        self._earned: dict[int, int] = {}  # revenue account -> what this transaction's postings brought

    def refresh(self) -> bool:
        """Whether another process has changed the catalogue. Tokens are looked up anew then."""
        (revision,) = self._execute("SELECT revision FROM catalogue").fetchone()
        if revision == self.revision:
            return False
        known, self.revision = self.revision, revision
        self._live.clear()
        return known is not None

    def hold(self, order: HoldOrder) -> Held | Refused:
        """Raises: HoldEnded if the id was used for another hold, ValueError for an order that makes no sense."""
        amount = order.amount_nanos
        if amount < 0:
            raise ValueError(f"hold {order.hold_id!r} is for {amount} nanos")
        expires_at = self._live.get(order.token_id)
        if expires_at is None:
            expires_at = self._look_up(order.token_id)
        if expires_at <= order.at:
            return Refused("token_revoked")
        chain = self._chains.get(order.ceilings) or self._open_chain(order.ceilings)
        if isinstance(chain, Refused):
            return chain
        refused = self._reserve(order, chain)
        if refused is not None:
            return refused
        row = (order.hold_id, order.token_id, amount, chain.text, order.at, order.expires_at, self._run_id)
        if self._execute(_OPEN_HOLD, row).rowcount == 0:
            self._settle(chain.ids, amount, 0)
            return self._again(order)
        return Held(order.hold_id, amount)

    def post(self, order: PostOrder) -> Posted:
        """Raises: HoldEnded if the hold was voided, has expired or never was; ValueError for a negative amount."""
        if order.amount_nanos < 0:
            raise ValueError(f"posting {order.hold_id!r} is for {order.amount_nanos} nanos")
        row = self._execute(_END_HOLD, (order.hold_id,)).fetchone()
        if row is None:
            return self._posted_before(order.hold_id)
        held, text, _, _ = row
        chain = self._chains_by_text.get(text) or self._reopen_chain(text)
        booked, shortfall = order.amount_nanos, 0
        marks = order.marks
        if booked > held:
            booked, shortfall = fit(booked, held_nanos=held, spare_nanos=self._spare(chain))
            marks = (*marks, "shortfall") if shortfall else marks
        self._settle(chain.ids, held, booked)
        self._earned[chain.revenue_id] = self._earned.get(chain.revenue_id, 0) + booked
        self._execute(
            _INSERT_POSTING,
            (
                order.at,
                "estimated" if order.estimated else "usage",
                chain.wallet_id,
                chain.revenue_id,
                booked,
                chain.currency,
                order.hold_id,
                held,
                text,
                shortfall,
                _write_marks(marks).decode() if marks else "[]",
                _call_id(order.basis),
                order.basis,
            ),
        )
        return Posted(order.hold_id, booked, shortfall)

    def void(self, hold_id: str, at: float) -> None:
        self._release(hold_id, "voided", at)

    def expire(self, at: float) -> int:
        """End the open holds that are past their time; how many. At most a thousand at once."""
        rows = self._execute("SELECT id FROM holds WHERE expires_at <= ? LIMIT 1000", (at,)).fetchall()
        for (hold_id,) in rows:
            self._release(hold_id, "expired", at)
        return len(rows)

    def expire_orphans(self, at: float) -> int:
        """End the open holds of other runs: their process is dead, or this one couldn't run. How many."""
        rows = self._execute("SELECT id FROM holds WHERE run_id <> ?", (self._run_id,)).fetchall()
        for (hold_id,) in rows:
            self._release(hold_id, "expired", at)
        return len(rows)

    def close_batch(self) -> None:
        """Book what this transaction's postings earned: the last thing before its commit."""
        for account_id, nanos in self._earned.items():
            self._execute(_EARN, (nanos, account_id))
        self._earned.clear()

    def forget(self) -> None:
        self._live.clear()
        self._chains.clear()
        self._chains_by_text.clear()
        self._earned.clear()

    def _look_up(self, token_id: str) -> float:
        row = self._execute("SELECT revoked_at, expires_at FROM tokens WHERE id = ?", (token_id,)).fetchone()
        expires_at = -inf
        if row is not None and row[0] is None:
            expires_at = inf if row[1] is None else row[1]
        if len(self._live) >= CACHE_MAX:
            self._live.clear()
        self._live[token_id] = expires_at
        return expires_at

    def _open_chain(self, ceilings: tuple[Ceiling, ...]) -> Chain | Refused:
        wallets = [ceiling for ceiling in ceilings if ceiling.kind == "wallet"]
        if len(wallets) != 1 or len(set(ceilings)) < len(ceilings):
            raise ValueError(f"a hold needs one wallet and no account twice, not {ceilings}")
        ids = []
        for ceiling in ceilings:
            account_id = accounts.account_for(self._connection, ceiling)
            if account_id is None:
                return Refused("no_wallet" if ceiling.kind == "wallet" else "budget", ceiling)
            ids.append(account_id)
        text = f"[{','.join(map(str, ids))}]"
        if len(self._chains) >= CACHE_MAX:
            self._chains.clear()
            self._chains_by_text.clear()
        chain = self._chains[ceilings] = self._chains_by_text.get(text) or self._reopen_chain(text)
        return chain

    def _reopen_chain(self, text: str) -> Chain:
        ids = tuple(msgspec.json.decode(text, type=tuple[int, ...]))
        wallet_id, currency = self._execute(
            "SELECT id, currency FROM accounts WHERE kind = 'wallet' AND id IN (SELECT value FROM json_each(?))",
            (text,),
        ).fetchone()
        revenue_id = accounts.system_account(self._connection, REVENUE, currency)
        chain = self._chains_by_text[text] = Chain(ids, text, wallet_id, revenue_id, currency)
        return chain

    def _reserve(self, order: HoldOrder, chain: Chain) -> Refused | None:
        """Reserve on every account of the chain, or on none and say which one could not cover it."""
        amount = order.amount_nanos
        for number, account_id in enumerate(chain.ids):
            if amount > AMOUNT_MAX or self._execute(_RESERVE, (amount, account_id)).rowcount == 0:
                self._settle(chain.ids[:number], amount, 0)
                account = accounts.read(self._connection, account_id)
                ceiling = order.ceilings[number]
                return Refused(ceiling.kind, ceiling, account.available, account.credits_posted)
        return None

    def _settle(self, ids: tuple[int, ...], held: int, booked: int) -> None:
        for account_id in ids:
            self._execute(_SETTLE, (held, booked, account_id))

    def _again(self, order: HoldOrder) -> Held:
        """The answer to an order that came twice."""
        row = self._execute("SELECT token_id, amount FROM holds WHERE id = ?", (order.hold_id,)).fetchone()
        if row != (order.token_id, order.amount_nanos):
            raise HoldEnded(f"hold {order.hold_id!r} is another one's")
        return Held(order.hold_id, order.amount_nanos)

    def _posted_before(self, hold_id: str) -> Posted:
        row = self._execute("SELECT amount, shortfall FROM postings WHERE hold_id = ?", (hold_id,)).fetchone()
        if row is not None:
            return Posted(hold_id, *row)
        row = self._execute("SELECT reason FROM releases WHERE hold_id = ?", (hold_id,)).fetchone()
        raise HoldEnded(f"there is no hold {hold_id!r}" if row is None else f"hold {hold_id!r} was {row[0]} before")

    def _spare(self, chain: Chain) -> int:
        return min(accounts.read(self._connection, account_id).available for account_id in chain.ids)

    def _release(self, hold_id: str, reason: Literal["voided", "expired"], at: float) -> None:
        row = self._execute(_END_HOLD, (hold_id,)).fetchone()
        if row is None:
            return
        held, text, token_id, held_at = row
        chain = self._chains_by_text.get(text) or self._reopen_chain(text)
        self._settle(chain.ids, held, 0)
        self._execute(_INSERT_RELEASE, (hold_id, token_id, held, text, held_at, reason, at))


def _call_id(basis: bytes) -> str | None:
    """The call that a bill is for. A basis that can't be read must not keep a bill from being booked; verify tells."""
    try:
        return _read_basis(basis).call_id
    except msgspec.DecodeError:
        return None
