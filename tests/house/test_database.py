from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from rigs.postgres import Postgres
from waystation.adapters.sql.revisions import SCHEMAS, head
from waystation.adapters.sql.tables.ledger import accounts
from waystation.house.database import database_of, migrated, opened
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured


def test_without_an_address_it_is_the_files_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    with opened(settings) as database, database.reading() as connection:
        assert database.dialect == "sqlite"
        assert connection.execute(select(func.count()).select_from(accounts)).scalar_one() == 0
    assert settings.data_dir.stat().st_mode & 0o777 == 0o700


def test_with_one_it_is_postgresql(tmp_path: Path, postgres: Postgres) -> None:
    settings = Settings(data_dir=tmp_path / "data", database_url=SecretStr(postgres.create("house_database")))
    with pytest.raises(Misconfigured, match="run `waystation migrate`"), opened(settings):
        pass
    assert migrated(settings) == {schema: head(schema) for schema in SCHEMAS}
    with opened(settings) as database, database.reading() as connection:
        assert database.dialect == "postgresql"
        assert connection.execute(select(func.count()).select_from(accounts)).scalar_one() == 0
    assert not settings.data_dir.exists()


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=SecretStr("mysql://somewhere"))
    with pytest.raises(Misconfigured, match="does not begin with postgresql://"):
        database_of(settings)


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(Misconfigured, match="can't use the data"):
        database_of(Settings(data_dir=tmp_path / "data"))
