from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cluster import cluster, fresh
from waystation.adapters.clock import SystemClock
from waystation.adapters.postgres.store import PostgresStore
from waystation.adapters.sqlite.store import SqliteStore
from waystation.house.store import store_of
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


async def test_without_an_address_it_is_on_files(tmp_path: Path) -> None:
    store = store_of(Settings(data_dir=tmp_path / "data"), SystemClock())
    assert isinstance(store, SqliteStore)


async def test_with_one_it_is_on_postgresql(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=SecretStr(cluster().url(fresh())))
    store = store_of(settings, SystemClock())
    assert isinstance(store, PostgresStore)
    await store.start()
    assert store.healthy
    await store.aclose()


async def test_a_database_without_tables_is_not_served(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=SecretStr(cluster().create("house_store")))
    with pytest.raises(Misconfigured, match="run `waystation migrate`"):
        await store_of(settings, SystemClock()).start()
