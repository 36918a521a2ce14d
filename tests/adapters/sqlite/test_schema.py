import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from waystation.adapters.sql.revisions import SCHEMAS, head
from waystation.adapters.sqlite.connection import LEDGER_FILE, connect
from waystation.adapters.sqlite.schema import bring_up, revision
from waystation.wire.errors import Misconfigured, StoreUnavailable

_START: Final = """
import sys
from pathlib import Path
from waystation.adapters.sqlite.schema import bring_up
bring_up(Path(sys.argv[1]))
print({"alembic", "sqlalchemy"} & sys.modules.keys() or "neither")
"""


def revisions(folder: Path) -> list[str | None]:
    return [revision(folder, schema) for schema in SCHEMAS]


def test_missing_files_are_made(tmp_path: Path) -> None:
    assert revisions(tmp_path) == [None, None, None]
    bring_up(tmp_path)
    assert revisions(tmp_path) == [head(schema) for schema in SCHEMAS]


def test_a_file_that_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    bring_up(tmp_path)
    with closing(connect(tmp_path / LEDGER_FILE)) as connection:
        connection.execute("UPDATE catalogue SET revision = 7")
    (tmp_path / "calls.db").unlink()
    bring_up(tmp_path)
    with closing(connect(tmp_path / LEDGER_FILE)) as connection:
        assert connection.execute("SELECT revision FROM catalogue").fetchone() == (7,)


def test_a_start_on_files_of_this_version_does_not_load_what_migrates(tmp_path: Path) -> None:
    bring_up(tmp_path)
    run = subprocess.run([sys.executable, "-c", _START, tmp_path], capture_output=True, text=True, check=True)
    assert run.stdout == "neither\n"


def test_two_processes_may_begin_at_once(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            bring_up(tmp_path)
        except (sqlite3.Error, StoreUnavailable) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert revisions(tmp_path) == [head(schema) for schema in SCHEMAS]


def test_a_file_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    bring_up(tmp_path)
    with closing(connect(tmp_path / LEDGER_FILE)) as connection:
        connection.execute("UPDATE ledger_revision SET version_num = '9999'")
        before = list(connection.iterdump())
        with pytest.raises(Misconfigured, match=r"later version of Waystation \(9999\)"):
            bring_up(tmp_path)
        assert list(connection.iterdump()) == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).write_bytes(b"no database" * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        bring_up(tmp_path)
