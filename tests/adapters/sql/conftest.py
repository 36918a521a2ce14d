"""Databases for tests, of both kinds: SQLite's files in a folder, and databases of their own in one PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.adapters.sql.books import Books
from tests.adapters.sqlite.made import make_all
from tests.cluster import cluster, fresh
from waystation.adapters.sql.engine import Database, of_files, of_url

_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    name = f"empty_{next(_numbers)}"
    database = of_files(tmp_path) if request.param == "sqlite" else of_url(cluster().create(name))
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the schema of this version."""
    if request.param == "sqlite":
        make_all(tmp_path)
        database = of_files(tmp_path)
    else:
        database = of_url(cluster().url(fresh()))
    yield database
    database.close()


@pytest.fixture
def books(database: Database) -> Books:
    """Of one organization, with nothing booked yet."""
    made = Books(database)
    made.set_up()
    return made
