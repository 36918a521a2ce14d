"""On SQLite and on PostgreSQL."""

from importlib.util import module_from_spec, spec_from_file_location

import pytest
import sqlalchemy
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import insert

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.prices import add_prices, load_prices
from waystation.adapters.sql.revisions import FOLDER
from waystation.adapters.sql.tables.catalogue import models
from waystation.wire.price import ONE, ExchangeRate, Multiplier, Price, Prices, PriceVersion, Tier

_SPEC = spec_from_file_location("revision_0003", FOLDER / "ledger" / "0003_prices.py")
assert _SPEC is not None
assert _SPEC.loader is not None
_REVISION = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_REVISION)
PRICE = Price(
    currency="CNY",
    input=2_000_000_000,
    output=8_000_000_000,
    search=30_000_000,
    tiers=(Tier(hours="00:30-08:30", zone="Asia/Shanghai", input=1), Tier(above_input_tokens=32_000, output=9)),
)
ADDED = Prices(
    versions=(
        PriceVersion(number=0, model="m", starts_at=5, price=PRICE, source="https://x.example", note="第一"),
        PriceVersion(number=0, model="m-1", starts_at=7, price=PRICE, upstream="main"),
    ),
    multipliers=(Multiplier(number=0, starts_at=5, nanos=ONE // 2, models="gpt-*", group="vip", note="half"),),
    exchange_rates=(ExchangeRate(number=0, starts_at=5, base="USD", quote="CNY", nanos=7 * ONE, source="bank"),),
)


def test_a_new_book_is_empty(database: Database) -> None:
    with database.reading() as connection:
        assert load_prices(connection) == Prices()


def test_what_is_added_is_there_with_numbers(database: Database) -> None:
    with database.writing() as connection:
        add_prices(connection, ADDED, at=9)
    with database.writing() as connection:
        add_prices(connection, Prices(versions=ADDED.versions[:1]), at=10)
    with database.reading() as connection:
        found = load_prices(connection)
    assert [(one.number, one.model, one.upstream, one.booked_at) for one in found.versions] == [
        (1, "m", None, 9),
        (2, "m-1", "main", 9),
        (3, "m", None, 10),
    ]
    assert {one.price for one in found.versions} == {PRICE}
    assert (found.versions[0].source, found.versions[0].note) == ("https://x.example", "第一")
    assert found.multipliers == (
        Multiplier(number=1, starts_at=5, nanos=ONE // 2, models="gpt-*", group="vip", note="half"),
    )
    assert found.exchange_rates == (
        ExchangeRate(number=1, starts_at=5, base="USD", quote="CNY", nanos=7 * ONE, source="bank"),
    )


@pytest.mark.parametrize("table", ["prices", "price_multipliers", "exchange_rates"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET starts_at = 1", "DELETE FROM {}"])
def test_what_is_booked_can_not_be_changed(database: Database, table: str, statement: str) -> None:
    with database.writing() as connection:
        add_prices(connection, ADDED, at=9)
    with (
        pytest.raises((sqlalchemy.exc.DBAPIError), match="only added to"),
        database.writing() as connection,
    ):
        connection.exec_driver_sql(statement.format(table))
    with database.reading() as connection:
        assert load_prices(connection).versions[0].starts_at == 5


def test_a_price_from_before_the_book_is_its_first_version(database: Database) -> None:
    row = {"position": 1, "name": "m", "currency": "USD", "input": 1, "output": 2, "cache_read_input": 0}
    row |= {"max_output_tokens": 9, "created_at": 7, "kept_by": "file"}
    with database.writing() as connection:
        connection.execute(insert(models).values(row))
        with Operations.context(MigrationContext.configure(connection)):
            _REVISION._take_over()
    with database.reading() as connection:
        (version,) = load_prices(connection).versions
    price = Price(currency="USD", input=1, output=2, cache_read_input=0)
    assert version == PriceVersion(number=1, model="m", starts_at=0, price=price, booked_at=7)
