"""Looking after the ledger: is it right, is it sealed, which months are closed. What `waystation ledger` does."""

from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from waystation.adapters.clock import SystemClock
from waystation.adapters.sql import closings, seals
from waystation.adapters.sql.closings import Closed
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.ledger import runs
from waystation.adapters.sql.verify import verify
from waystation.adapters.sqlite.connection import CALLS_FILE, LEDGER_FILE, require
from waystation.adapters.sqlite.lock import is_served
from waystation.house.database import opened
from waystation.ledger.verify import Report
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

__all__ = ["Closed", "Head", "close_month", "closed_months", "seal_ledger", "verify_ledger"]


SEEN_S: Final = 60.0  # as long as a gateway may be silent before the others end its holds


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest seal, to be noted where nobody can change it: it vouches for every posting up to that number."""

    sealed_now: int
    seal: int
    last_posting: int
    hash: str


def verify_ledger(settings: Settings) -> Report:
    """Raises: Misconfigured if there are no books, StoreUnavailable."""
    if settings.database_url is None:
        for name in (LEDGER_FILE, CALLS_FILE):
            require(settings.data_dir / name)
    now = SystemClock().now()
    try:
        with opened(settings) as database:
            return verify(database, now=now, served=_is_served(settings, database, now))
    except DBAPIError as error:  # a file that is none of ours, or damaged
        raise Misconfigured(f"can't use the data in {str(settings.data_dir)!r}: {error.orig}") from error


def _is_served(settings: Settings, database: Database, now: float) -> bool:
    """Whether a gateway runs that ends holds in time. On PostgreSQL each tells every few seconds that it does."""
    if database.dialect == "sqlite":
        return is_served(settings.data_dir)
    alive = select(runs.c.run_id).where(runs.c.ended_at.is_(None), runs.c.seen_at > now - SEEN_S)
    with database.reading() as connection:
        return connection.execute(alive).first() is not None


def seal_ledger(settings: Settings) -> Head:
    """Seal what can be. Raises: StoreUnavailable if the books are too busy for it just now."""
    with opened(settings) as database:
        sealed = seals.seal(database, SystemClock().now())
        with database.reading() as connection:
            newest = seals.last(connection)
    if newest is None:
        return Head(sealed_now=0, seal=0, last_posting=0, hash="")
    return Head(sealed_now=sealed, seal=newest.number, last_posting=newest.last_posting, hash=newest.hash.hex())


def close_month(settings: Settings, month: str, *, by: str, organization: str | None) -> list[Closed]:
    """Raises: NotBooked if it is not over, Misconfigured for what is not there."""
    with opened(settings) as database:
        return closings.close(database, month, at=SystemClock().now(), by=by, organization=organization)


def closed_months(settings: Settings, organization: str | None) -> list[Closed]:
    with opened(settings) as database:
        return closings.periods(database, organization)
