import pytest
import sqlalchemy
from sqlalchemy import select, update

from tests.adapters.sql.catalogue.world import ALL, CIPHER, EVERYTHING, write
from waystation.adapters.crypto import Cipher
from waystation.adapters.sql.catalogue.reading import load, revision
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.catalogue import upstream_keys, upstreams
from waystation.wire.catalogue import Catalogue
from waystation.wire.errors import Misconfigured


def loaded(database: Database, cipher: Cipher = CIPHER) -> Catalogue:
    with database.reading() as connection:
        return load(connection, cipher)


def test_an_empty_catalogue_is_revision_0(database: Database) -> None:
    assert loaded(database) == Catalogue(revision=0)


def test_what_is_written_is_loaded(database: Database) -> None:
    write(database, ALL)
    assert loaded(database) == EVERYTHING
    with database.reading() as connection:
        assert revision(connection) == 1


def test_another_master_key_opens_nothing(database: Database) -> None:
    write(database, ALL)
    with pytest.raises(Misconfigured, match="was sealed under master key"):
        loaded(database, Cipher("another master key, of 32 characters"))


def test_swapped_secrets_do_not_open(database: Database) -> None:
    write(database, ALL)
    with database.writing() as connection:
        one, two = connection.execute(select(upstream_keys.c.secret).order_by(upstream_keys.c.id)).scalars()
        _put(connection, "key_1", two)
        _put(connection, "key_2", one)
    with pytest.raises(Misconfigured, match="stands in another row's place"):
        loaded(database)


def test_a_sealed_proxy_does_not_open_as_overrides(database: Database) -> None:
    write(database, ALL)
    with database.writing() as connection:
        connection.execute(update(upstreams).values(overrides=upstreams.c.proxy))
    with pytest.raises(Misconfigured, match="stands in another row's place"):
        loaded(database)


def _put(connection: sqlalchemy.Connection, key_id: str, secret: bytes) -> None:
    connection.execute(update(upstream_keys).where(upstream_keys.c.id == key_id).values(secret=secret))
