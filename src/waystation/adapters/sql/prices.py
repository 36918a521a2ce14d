"""The price book in the database: read as a whole, and added to."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, CursorResult, Table, func, insert, select

from waystation.adapters.sql.tables.prices import exchange_rates, price_multipliers, price_proposals, prices
from waystation.wire.price import ExchangeRate, Multiplier, Price, Prices, PriceVersion

_PRICE: Final = msgspec.json.Decoder(Price)


def encode_price(price: Price) -> str:
    return msgspec.json.encode(price).decode()


def load_prices(connection: Connection) -> Prices:
    """All of it, also what is over: a call that is under way may have begun with it."""
    return Prices(
        versions=tuple(
            PriceVersion(
                number=row.number,
                model=row.model,
                starts_at=row.starts_at,
                price=_PRICE.decode(row.price),
                upstream=row.upstream,
                source=row.source,
                note=row.note,
                booked_at=row.booked_at,
            )
            for row in _rows(connection, prices)
        ),
        multipliers=tuple(
            Multiplier(
                number=row.number,
                starts_at=row.starts_at,
                nanos=row.nanos,
                models=row.models,
                organization=row.organization,
                group=row.price_group,
                note=row.note,
            )
            for row in _rows(connection, price_multipliers)
        ),
        exchange_rates=tuple(
            ExchangeRate(
                number=row.number,
                starts_at=row.starts_at,
                base=row.base,
                quote=row.quote,
                nanos=row.nanos,
                source=row.source,
            )
            for row in _rows(connection, exchange_rates)
        ),
    )


def add_prices(connection: Connection, added: Prices, *, at: int) -> None:
    """Append; each gets the next number, whatever it says. Call it where the catalogue is locked."""
    for version in added.versions:
        fields = msgspec.structs.asdict(version)
        _append(connection, prices, fields | {"price": encode_price(version.price), "booked_at": at})
    for multiplier in added.multipliers:
        fields = msgspec.structs.asdict(multiplier)
        fields["price_group"] = fields.pop("group")
        _append(connection, price_multipliers, fields | {"booked_at": at})
    for rate in added.exchange_rates:
        _append(connection, exchange_rates, msgspec.structs.asdict(rate) | {"booked_at": at})


def add_proposal(connection: Connection, origin: str, content: bytes, *, at: int) -> int:
    """Keep what an import would book; its number."""
    number = _next(connection, price_proposals)
    row = {"number": number, "origin": origin, "content": content.decode(), "made_at": at}
    connection.execute(insert(price_proposals).values(row))
    return number


def load_proposals(connection: Connection) -> list[tuple[int, str, bytes, int]]:
    """Number, origin, content and time of each."""
    return [(row.number, row.origin, row.content.encode(), row.made_at) for row in _rows(connection, price_proposals)]


def _rows(connection: Connection, table: Table) -> CursorResult[Any]:
    return connection.execute(select(table).order_by(table.c.number))


def _append(connection: Connection, table: Table, fields: dict[str, Any]) -> None:
    connection.execute(insert(table).values(fields | {"number": _next(connection, table)}))


def _next(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.number), 0))).scalar_one()) + 1
