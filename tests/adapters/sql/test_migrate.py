import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.revisions import SCHEMAS, Schema, head, version_table

HEADS: Final = {schema: head(schema) for schema in SCHEMAS}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_what_was_applied_is_written_down(database: Database, schema: Schema) -> None:
    with database.writing(schema) as connection:
        applied = connection.exec_driver_sql(f"SELECT version_num FROM {version_table(schema)}").all()  # noqa: S608 - ours
    assert applied == [(head(schema),)]


def test_migrating_twice_is_migrating_once(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE catalogue SET revision = 7")
    assert migrate(database) == HEADS
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT revision FROM catalogue").scalar_one() == 7


def test_processes_may_migrate_at_once(empty: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda _: migrate(empty), range(4))) == [HEADS] * 4


def test_a_database_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from waystation.adapters.sql.engine import of_files;"
        "from waystation.adapters.sql.migrate import migrate;"
        "migrate(of_files(Path(sys.argv[1]))); print('alembic' in sys.modules)"
    )
    ran = [subprocess.check_output([sys.executable, "-c", program, str(tmp_path)], text=True) for _ in range(2)]
    assert ran == ["True\n", "False\n"]
