"""The books on one connection: begin, hold and post and void, commit. No threads here."""

import sqlite3
from math import inf
from typing import Final, Literal

import msgspec

from waystation.adapters.sqlite.balances import Balances
from waystation.adapters.sqlite.call_keys import CallKeys
from waystation.adapters.sqlite.chains import Chain, Chains
from waystation.adapters.sqlite.journal import GrownRow, HoldRow, Journal, PostingRow, ReleaseRow
from waystation.ledger.posting import AMOUNT_MAX, fit
from waystation.wire.booking import ClaimOrder, ExtendOrder, Held, HoldOrder, Posted, PostOrder, Refused, Taken
from waystation.wire.errors import HoldEnded

TOKENS_MAX: Final = 50_000


class _Open(msgspec.Struct, frozen=True, eq=False):
    """A hold that has not ended."""

    amount: int
    chain: Chain
    token_id: str
    at: float
    expires_at: float


_write_marks: Final = msgspec.json.Encoder().encode


class Books:
    """Between `begin` and `commit` or `rollback`. What a refused order raises, it raises before it has written."""

    def __init__(self, connection: sqlite3.Connection, run_id: str, revision: int | None = None) -> None:
        self.revision = revision  # of the catalogue that was seen last
        self._execute = connection.cursor().execute
        self._run_id = run_id
        self._version: int | None = None  # of the file: moved by the commits of other connections only
        self._balances = Balances(connection)
        self._chains = Chains(connection)
        self._live: dict[str, float] = {}  # sub-token -> when it expires; -inf: revoked or unknown
        self._journal = Journal(connection)
        self._keys = CallKeys(connection)
        self._held: dict[str, _Open] = {}  # open holds: not all of them
        self._shared = False

    def begin(self, *, shared: bool = False) -> bool:
        """Take the write lock. Whether another process has changed the catalogue since the last look.

        `shared`: by several orders. If one uses a hold's id again, `commit` fails, and each must come by itself.
        """
        self._shared = shared
        self._execute("BEGIN IMMEDIATE")
        return self.look()

    def look(self) -> bool:
        """As `begin` tells, without the lock. What others may have changed is read anew."""
        (version,) = self._execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return False
        self._version = version
        self._forget()
        (revision,) = self._execute("SELECT revision FROM catalogue").fetchone()
        known, self.revision = self.revision, int(revision)
        return known != self.revision  # the first look too: there may have been a change since the catalogue was read

    def commit(self) -> None:
        """Raises: sqlite3.Error; `rollback` must follow then."""
        self._journal.write()
        self._balances.write()
        self._execute("COMMIT")

    def rollback(self) -> None:
        self._forget()
        self._execute("ROLLBACK")

    def hold(self, order: HoldOrder) -> Held | Refused:
        """Raises: HoldEnded if the id was used for another hold, ValueError for an order that makes no sense."""
        amount = order.amount_nanos
        if amount < 0:
            raise ValueError(f"hold {order.hold_id!r} is for {amount} nanos")
        expires_at = self._live.get(order.token_id)
        if (self._look_up(order.token_id) if expires_at is None else expires_at) <= order.at:
            return Refused("token_revoked")
        chain = self._chains.of(order.ceilings)
        if isinstance(chain, Refused):
            return chain
        short = self._balances.short_of(chain.ids, amount)
        if short is not None:
            return self._refused(chain, short)
        if order.hold_id in self._held or not self._open(order, chain):
            return self._again(order)
        self._balances.reserve(chain.ids, amount)
        self._held[order.hold_id] = _Open(amount, chain, order.token_id, order.at, order.expires_at)
        return Held(order.hold_id, amount)

    def extend(self, order: ExtendOrder) -> Held | Refused:
        """Raises: HoldEnded if the hold was posted, voided, has expired or never was; ValueError as `hold`."""
        if order.amount_nanos < 0:
            raise ValueError(f"hold {order.hold_id!r} is to be for {order.amount_nanos} nanos")
        hold = self._find(order.hold_id)
        if hold is None:
            raise self._ended(order.hold_id)
        amount, more = max(order.amount_nanos, hold.amount), max(order.amount_nanos - hold.amount, 0)
        short = self._balances.short_of(hold.chain.ids, more) if amount <= AMOUNT_MAX else 0
        if more and short is not None:
            return self._refused(hold.chain, short)
        expires_at = hold.expires_at if order.expires_at is None else max(order.expires_at, hold.expires_at)
        if more or expires_at > hold.expires_at:
            self._balances.reserve(hold.chain.ids, more)
            self._journal.grow(GrownRow(order.hold_id, amount, expires_at))
            hold = msgspec.structs.replace(hold, amount=amount, expires_at=expires_at)
        self._held[order.hold_id] = hold
        return Held(order.hold_id, amount)

    def post(self, order: PostOrder) -> Posted:
        """Raises: HoldEnded if the hold was voided, never was, or has expired and the order is not late; ValueError."""
        if order.amount_nanos < 0:
            raise ValueError(f"posting {order.hold_id!r} is for {order.amount_nanos} nanos")
        hold, marks = self._end(order.hold_id), order.marks
        if hold is None and order.late:
            hold, marks = self._expired(order.hold_id), (*marks, "late")
        if hold is None:
            return self._posted_before(order.hold_id)
        held, chain = hold.amount, hold.chain
        booked, shortfall = order.amount_nanos, 0
        if booked > held:
            booked, shortfall = fit(booked, held_nanos=held, spare_nanos=self._balances.spare(chain.ids))
            marks = (*marks, "shortfall") if shortfall else marks
        self._balances.settle(chain.ids, held, booked)
        self._balances.earn(chain.revenue_id, booked)
        self._journal.post(
            PostingRow(
                order.at,
                "estimated" if order.estimated else "usage",
                chain.wallet_id,
                chain.revenue_id,
                booked,
                chain.currency,
                order.hold_id,
                held,
                chain.text,
                shortfall,
                _write_marks(marks).decode() if marks else "[]",
                order.call_id,
                order.basis,
            )
        )
        return Posted(order.hold_id, booked, shortfall)

    def void(self, hold_id: str, at: float) -> None:
        self._release(hold_id, "voided", at)

    def claim_key(self, order: ClaimOrder) -> Taken | None:
        self._journal.write()
        return self._keys.claim(order)

    def free_key(self, digest: bytes, call_id: str) -> None:
        self._journal.write()
        self._keys.free(digest, call_id)

    def expire(self, at: float) -> int:
        """End the open holds that are past their time; how many. At most a thousand at once."""
        self._journal.write()
        rows = self._execute("SELECT id FROM holds WHERE expires_at <= ? LIMIT 1000", (at,)).fetchall()
        for (hold_id,) in rows:
            self._release(hold_id, "expired", at)
        return len(rows)

    def expire_orphans(self, at: float) -> int:
        """End the open holds of other runs: their process is dead, or this one couldn't run. How many."""
        self._journal.write()
        rows = self._execute("SELECT id FROM holds WHERE run_id <> ?", (self._run_id,)).fetchall()
        for (hold_id,) in rows:
            self._release(hold_id, "expired", at)
        return len(rows)

    def _forget(self) -> None:
        self._journal.forget()
        self._balances.forget()
        self._chains.forget()
        self._live.clear()
        self._held.clear()

    def _look_up(self, token_id: str) -> float:
        row = self._execute("SELECT revoked_at, expires_at FROM tokens WHERE id = ?", (token_id,)).fetchone()
        expires_at = -inf
        if row is not None and row[0] is None:
            expires_at = inf if row[1] is None else row[1]
        if len(self._live) >= TOKENS_MAX:
            self._live.clear()
        self._live[token_id] = expires_at
        return expires_at

    def _open(self, order: HoldOrder, chain: Chain) -> bool:
        """False if the hold's id was used before. In a shared transaction that comes out at its end."""
        row = HoldRow(
            order.hold_id, order.token_id, order.amount_nanos, chain.text, order.at, order.expires_at, self._run_id
        )
        if self._shared:
            self._journal.open(row)
            return True
        self._journal.write()
        return self._journal.open_now(row)

    def _again(self, order: HoldOrder) -> Held:
        """The answer to an order that came twice."""
        self._journal.write()
        row = self._execute("SELECT token_id, amount FROM holds WHERE id = ?", (order.hold_id,)).fetchone()
        if row != (order.token_id, order.amount_nanos):
            raise HoldEnded(f"hold {order.hold_id!r} is another one's")
        return Held(order.hold_id, order.amount_nanos)

    def _end(self, hold_id: str) -> _Open | None:
        """An open hold, which is open no more."""
        return self._held.pop(hold_id, None) or self._stored(hold_id)

    def _find(self, hold_id: str) -> _Open | None:
        """An open hold."""
        return self._held.get(hold_id) or self._stored(hold_id)

    def _stored(self, hold_id: str) -> _Open | None:
        self._journal.write()
        row = self._execute(
            "SELECT amount, chain, token_id, at, expires_at FROM holds WHERE id = ?", (hold_id,)
        ).fetchone()
        if row is None:
            return None
        amount, text, token_id, at, expires_at = row
        return _Open(amount, self._chains.stored(text), token_id, at, expires_at)

    def _expired(self, hold_id: str) -> _Open | None:
        """A hold that has expired, open again for its late bill, with nothing reserved for it."""
        row = self._execute(
            "DELETE FROM releases WHERE hold_id = ? AND reason = 'expired' RETURNING chain, token_id, at", (hold_id,)
        ).fetchone()
        if row is None:
            return None
        text, token_id, at = row
        self._journal.open_now(HoldRow(hold_id, token_id, 0, text, at, at, self._run_id))
        return _Open(0, self._chains.stored(text), token_id, at, at)

    def _posted_before(self, hold_id: str) -> Posted:
        row = self._execute("SELECT amount, shortfall FROM postings WHERE hold_id = ?", (hold_id,)).fetchone()
        if row is None:
            raise self._ended(hold_id)
        return Posted(hold_id, *row)

    def _ended(self, hold_id: str) -> HoldEnded:
        """How a hold that is not open has ended."""
        row = self._execute(
            "SELECT 'posted' FROM postings WHERE hold_id = ?1 UNION ALL SELECT reason FROM releases WHERE hold_id = ?1",
            (hold_id,),
        ).fetchone()
        return HoldEnded(f"there is no hold {hold_id!r}" if row is None else f"hold {hold_id!r} was {row[0]} before")

    def _refused(self, chain: Chain, short: int) -> Refused:
        balance, ceiling = self._balances.of(chain.ids[short]), chain.ceilings[short]
        return Refused(ceiling.kind, ceiling, balance.available, balance.limit)

    def _release(self, hold_id: str, reason: Literal["voided", "expired"], at: float) -> None:
        hold = self._end(hold_id)
        if hold is not None:
            self._balances.settle(hold.chain.ids, hold.amount, 0)
            self._journal.release(ReleaseRow(hold_id, hold.token_id, hold.amount, hold.chain.text, hold.at, reason, at))
