"""Closing a month: from then on nothing is booked into it, and its statement stands as it was given."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from waystation.adapters.sql import seals
from waystation.adapters.sql.accounts import insert_new
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.statements import closed_months, of_span, organization_row
from waystation.adapters.sql.tables.catalogue import organizations
from waystation.adapters.sql.tables.office import closings
from waystation.adapters.sql.types import AnyRow
from waystation.ledger.closing import Closing, Span, month
from waystation.ledger.statement import Scope, Statement
from waystation.wire.errors import NotBooked

_encode: Final = msgspec.json.Encoder(order="deterministic").encode
_decode: Final = msgspec.json.Decoder(Statement).decode


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """`digest`: SHA-256 of the figures' JSON, in hex. `anew`: whether it was closed just now."""

    organization_id: str
    organization: str
    month: str
    through_posting: int
    digest: str
    closed_at: float
    closed_by: str
    anew: bool = False


def close(database: Database, wanted: str, *, at: float, by: str, organization: str | None = None) -> list[Closed]:
    """Close a month of one organization (id or name) or of all. One that is closed already stays as it is.

    Raises: NotBooked if the month is not over in the organization's time zone, or one after it is closed;
    Misconfigured for no such organization or month.
    """
    with database.reading() as connection:
        owners = _owners(connection, organization)
        spans = {owner.id: month(wanted, owner.time_zone) for owner in owners}
    for owner in owners:
        if at < spans[owner.id].ends_at:
            ends = datetime.fromtimestamp(spans[owner.id].ends_at, UTC)
            raise NotBooked(f"{wanted} is not over for {owner.name!r} before {ends:%Y-%m-%dT%H:%M:%SZ}")
    seals.seal(database, at)
    through = seals.safe_posting(database)
    return [_close(database, owner, wanted, spans[owner.id], through, at=at, by=by) for owner in owners]


def periods(database: Database, organization: str | None = None) -> list[Closed]:
    """The closed months, by organization, the oldest first. Raises: Misconfigured."""
    with database.reading() as connection:
        names = {owner.id: owner.name for owner in _owners(connection, organization)}
        of_them = select(closings).where(closings.c.organization_id.in_(names))
        ordered = of_them.order_by(closings.c.organization_id, closings.c.ends_at)
        return [_closed(row, names[row.organization_id]) for row in connection.execute(ordered)]


def frozen(database: Database, organization: str, wanted: str) -> Statement | None:
    """The statement that was given when the month was closed. None: it is open. Raises: Misconfigured."""
    with database.reading() as connection:
        row = _row(connection, organization_row(connection, organization).id, wanted)
    return None if row is None else _decode(row.figures)


def _owners(connection: Connection, organization: str | None) -> list[AnyRow]:
    if organization is not None:
        return [organization_row(connection, organization)]
    columns = (organizations.c.id, organizations.c.name, organizations.c.time_zone)
    return list(connection.execute(select(*columns).order_by(organizations.c.position)))


def _close(database: Database, owner: AnyRow, wanted: str, span: Span, through: int, *, at: float, by: str) -> Closed:
    with database.reading() as connection:
        before = _row(connection, owner.id, wanted)
        if before is not None:
            return _closed(before, owner.name)
        later = [closing for closing in closed_months(connection, owner.id) if closing.ends_at > span.ends_at]
        if later:
            raise NotBooked(f"a month after {wanted} is closed for {owner.name!r}: {wanted} was closed with it")
        now = Closing(span.ends_at, through)
        figures = _encode(of_span(connection, owner, span, Scope(), closing=now))
    row = {
        "organization_id": owner.id,
        "month": wanted,
        "starts_at": span.starts_at,
        "ends_at": span.ends_at,
        "through_posting": through,
        "figures": figures.decode(),
        "digest": sha256(figures).hexdigest(),
        "closed_at": at,
        "closed_by": by,
    }
    return _keep(database, owner, row)


def _keep(database: Database, owner: AnyRow, row: dict[str, Any]) -> Closed:
    """If another closes the same month just now, the first is right."""
    with database.writing() as connection:
        anew = insert_new(connection, closings, row, ("organization_id", "month"))
        kept = _row(connection, owner.id, row["month"])
    assert kept is not None
    return msgspec.structs.replace(_closed(kept, owner.name), anew=anew)


def _row(connection: Connection, organization_id: str, wanted: str) -> AnyRow | None:
    of_it = (closings.c.organization_id == organization_id, closings.c.month == wanted)
    return connection.execute(select(closings).where(*of_it)).first()


def _closed(row: AnyRow, name: str) -> Closed:
    return Closed(
        organization_id=row.organization_id,
        organization=name,
        month=row.month,
        through_posting=row.through_posting,
        digest=row.digest,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
