"""The rows of one transaction of the books: gathered while its orders are decided, and written at its end."""

import sqlite3
from collections.abc import Callable, Collection
from functools import cache
from typing import Literal, NamedTuple

from waystation.adapters.sqlite.rows import Row, values, write_rows
from waystation.ledger.posting import PostingKind


class HoldRow(NamedTuple):
    id: str
    token_id: str
    amount: int
    chain: str
    at: float
    expires_at: float
    run_id: str


class GrownRow(NamedTuple):
    """An open hold, as it is now."""

    id: str
    amount: int
    expires_at: float


class PostingRow(NamedTuple):
    at: float
    kind: PostingKind
    debit_account: int
    credit_account: int
    amount: int
    currency: str
    hold_id: str
    held: int
    chain: str
    shortfall: int
    marks: str
    call_id: str | None
    basis: bytes


class ReleaseRow(NamedTuple):
    hold_id: str
    token_id: str
    amount: int
    chain: str
    at: float
    reason: Literal["voided", "expired"]
    released_at: float


class Journal:
    """After a rollback `forget` must be called. Whoever asks the file about a hold must `write` first."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.cursor().execute
        self._opened: list[HoldRow] = []
        self._grown: dict[str, GrownRow] = {}
        self._ended: list[tuple[str]] = []
        self._postings: list[PostingRow] = []
        self._releases: list[ReleaseRow] = []
        # In the order in which a hold that is opened, extended and ended in one transaction needs them.
        self._waiting: tuple[tuple[Callable[[int], str], Collection[Row]], ...] = (
            (_open_holds, self._opened),
            (_grow_holds, self._grown.values()),
            (_end_holds, self._ended),
            (_insert_postings, self._postings),
            (_insert_releases, self._releases),
        )

    def open(self, hold: HoldRow) -> None:
        self._opened.append(hold)

    def open_now(self, hold: HoldRow) -> bool:
        """False, and nothing written, if its id was used before."""
        return write_rows(self._execute, _open_holds, (hold,)) == 1

    def grow(self, hold: GrownRow) -> None:
        """What it was before in this transaction is not written: two rows for one hold would both be taken for it."""
        self._grown[hold.id] = hold

    def post(self, posting: PostingRow) -> None:
        self._ended.append((posting.hold_id,))
        self._postings.append(posting)

    def release(self, release: ReleaseRow) -> None:
        self._ended.append((release.hold_id,))
        self._releases.append(release)

    def write(self) -> None:
        """Raises: sqlite3.IntegrityError if a hold's id was used before, or if one ends that is not open.

        The transaction must be rolled back then: some of its rows are written.
        """
        for statement, rows in self._waiting:
            if rows and write_rows(self._execute, statement, tuple(rows)) != len(rows):
                raise sqlite3.IntegrityError(f"one of {len(rows)} holds is not as it was believed to be")
        self.forget()

    def forget(self) -> None:
        self._opened.clear()
        self._grown.clear()
        self._ended.clear()
        self._postings.clear()
        self._releases.clear()


@cache
def _open_holds(count: int) -> str:
    return (
        f"INSERT INTO holds ({', '.join(HoldRow._fields)}) SELECT * FROM ({values(HoldRow._fields, count)})"  # noqa: S608 - constants
        " WHERE NOT EXISTS (SELECT 1 FROM postings WHERE hold_id = column1)"
        " AND NOT EXISTS (SELECT 1 FROM releases WHERE hold_id = column1) ON CONFLICT DO NOTHING"
    )


@cache
def _grow_holds(count: int) -> str:
    return (
        "UPDATE holds SET amount = column2, expires_at = column3"  # noqa: S608 - constants
        f" FROM ({values(GrownRow._fields, count)}) WHERE id = column1"
    )


@cache
def _end_holds(count: int) -> str:
    return f"DELETE FROM holds WHERE id IN ({', '.join('?' * count)})"  # noqa: S608 - constants


@cache
def _insert_postings(count: int) -> str:
    return f"INSERT INTO postings ({', '.join(PostingRow._fields)}) {values(PostingRow._fields, count)}"


@cache
def _insert_releases(count: int) -> str:
    return f"INSERT INTO releases ({', '.join(ReleaseRow._fields)}) {values(ReleaseRow._fields, count)}"
