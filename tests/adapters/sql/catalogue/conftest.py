"""Databases of both kinds with the newest schema, as copies of one that was migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.adapters.sqlite.made import make_all
from tests.cluster import cluster, fresh
from waystation.adapters.sql.engine import Database, of_files, of_url


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        make_all(tmp_path)
        database = of_files(tmp_path)
    else:
        database = of_url(cluster().url(fresh()))
    yield database
    database.close()
