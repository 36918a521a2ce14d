"""Bookings by hand, and what was booked. What `waystation money` and `ledger accounts` do."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from waystation.adapters.clock import SystemClock
from waystation.adapters.sql.office import Office
from waystation.adapters.sql.office.listing import Posted, Query, balances, listed
from waystation.adapters.sql.office.naming import budget_named
from waystation.adapters.sql.statements import organization_row
from waystation.house.database import opened
from waystation.ledger.errand import Booked, Errand, Memo, Transfer
from waystation.ledger.posting import Account
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured

__all__ = ["Posted", "Query", "book", "list_accounts", "list_postings", "moment_for", "transfer"]


def book(settings: Settings, organization: str, errand: Callable[[str], Errand], *, key: str | None) -> Booked:
    """Do an errand for an organization, by name or id; a gateway that runs counts with it at once.

    `errand` is made from the organization's id. Raises: NotBooked, KeyReused, Misconfigured, StoreUnavailable.
    """
    with opened(settings) as database:
        with database.reading() as connection:
            organization_id = str(organization_row(connection, organization).id)
        return Office(database, SystemClock().now).book(errand(organization_id), key=key)


def transfer(
    settings: Settings, organization: str, *, between: tuple[str, str], amount_nanos: int, memo: Memo, key: str | None
) -> Booked:
    """`between`: from which budget to which, each by its id or by the name of whoever has only that one."""
    with _reading(settings) as connection:
        organization_id = str(organization_row(connection, organization).id)
        gives, takes = (budget_named(connection, organization_id, one) for one in between)

    def errand(id_: str) -> Errand:
        return Transfer(organization_id=id_, from_budget=gives, to_budget=takes, amount_nanos=amount_nanos, memo=memo)

    return book(settings, organization_id, errand, key=key)


def list_postings(settings: Settings, organization: str | None, query: Callable[[str | None], Query]) -> list[Posted]:
    """Newest first. `query` is made from the organization's id, None for all."""
    with _reading(settings) as connection:
        return list(listed(connection, query(_id(connection, organization))))


def list_accounts(settings: Settings, organization: str | None) -> list[Account]:
    with _reading(settings) as connection:
        return balances(connection, _id(connection, organization))


def moment_for(settings: Settings, organization: str, text: str) -> float:
    """A time in ISO form, or the end of a day in the organization's time zone. Raises: Misconfigured."""
    with _reading(settings) as connection:
        zone = ZoneInfo(organization_row(connection, organization).time_zone)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured(f"{text!r} is no date or time, as in 2026-12-31 or 2026-12-31T18:00:00+08:00") from error
    if len(text) == len("2026-12-31"):
        at += timedelta(days=1)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


def _id(connection: Connection, organization: str | None) -> str | None:
    return None if organization is None else str(organization_row(connection, organization).id)


@contextmanager
def _reading(settings: Settings) -> Iterator[Connection]:
    with opened(settings) as database, database.reading() as connection:
        yield connection
