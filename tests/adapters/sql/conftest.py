"""Databases for tests, of both kinds: SQLite's files in a folder, and databases of their own in one PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rigs.postgres import Postgres
from tests.adapters.sql.books import Books
from tests.cluster import cluster, fresh
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate

_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        database = of_files(tmp_path)
        yield database
        database.close()
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"sql_{next(_numbers)}"
    database = of_url(server.create(name))
    yield database
    database.close()
    server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema of this version."""
    if request.param == "sqlite":
        database = of_files(tmp_path)
        migrate(database)
        yield database
        database.close()
        return
    name = fresh()
    database = of_url(cluster().url(name))
    yield database
    database.close()
    cluster().drop(name)


@pytest.fixture
def books(database: Database) -> Books:
    """Of one organization, with nothing booked yet."""
    made = Books(database)
    made.set_up()
    return made
