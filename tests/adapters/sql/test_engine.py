import gc
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError

from rigs.postgres import Postgres
from tests.adapters.sqlite.made import make
from waystation.adapters.logs import LineFormatter
from waystation.adapters.sql import engine as module
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sqlite import connection as connection_module
from waystation.adapters.sqlite.connection import LEDGER_FILE, connect
from waystation.wire.errors import Misconfigured, StoreUnavailable


def revision(database: Database) -> int:
    with database.reading() as connection:
        number: int = connection.exec_driver_sql("SELECT revision FROM catalogue").scalar_one()
        return number


def set_and_fail(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE catalogue SET revision = 9")
        raise KeyError


def read_and_lose(database: Database, server: Postgres) -> None:
    with database.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
        server.terminate_others()


def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE catalogue SET revision = 7")
    with pytest.raises(KeyError):
        set_and_fail(database)
    assert revision(database) == 7


def test_who_reads_can_not_write(database: Database) -> None:
    with pytest.raises(DatabaseError, match=r"read-?only"), database.reading() as connection:
        connection.exec_driver_sql("UPDATE catalogue SET revision = 7")


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.reading() as connection:
        read = "SELECT revision FROM catalogue"
        assert connection.exec_driver_sql(read).scalar_one() == 0
        with database.writing() as other:
            other.exec_driver_sql("UPDATE catalogue SET revision = 7")
        assert connection.exec_driver_sql(read).scalar_one() == 0
    assert revision(database) == 7


def test_calls_are_read_beside_the_ledger(database: Database) -> None:
    with database.writing("calls") as connection:
        connection.exec_driver_sql("UPDATE watermark SET posting_id = 3")
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT posting_id, revision FROM watermark, catalogue").one() == (3, 0)


def test_both_kinds_say_what_they_are(database: Database, request: pytest.FixtureRequest) -> None:
    assert database.dialect == request.node.callspec.params["database"]


def test_a_file_that_others_keep_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BUSY_MS", 20)
    other = connect(tmp_path / LEDGER_FILE)
    make(other, "ledger")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="ledger can't be written now: database is locked"):
        migrate(of_files(tmp_path))
    other.close()


def test_readers_need_files(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"no 'ledger\.db'"), of_files(tmp_path).reading():
        pass


@pytest.mark.parametrize("url", ["", "nothing", "sqlite:///x.db", "mysql://root@localhost/x", "http://host/"])
def test_another_address_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured, match="WAYSTATION_DATABASE_URL"):
        of_url(url)


def test_a_database_that_is_not_there_is_told_in_time() -> None:
    with pytest.raises(StoreUnavailable), of_url("postgresql://nobody@127.0.0.1:1/none").writing():
        pass


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # pg8000 leaves it to the collector
def test_a_connection_that_breaks_at_its_beginning_is_told(postgres: Postgres) -> None:
    database = of_url(postgres.url())
    event.listen(database._reader, "connect", lambda *_: postgres.terminate_others())
    with pytest.raises(StoreUnavailable, match="the database can't be read now"), database.reading():
        pass
    database.close()
    gc.collect()


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_a_connection_that_was_lost_takes_one_line_of_the_log_at_most(
    postgres: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(of_url(postgres.url())) as database, pytest.raises(StoreUnavailable):
        read_and_lose(database, postgres)
    lines = [LineFormatter().format(record).partition(": ")[2] for record in caplog.records]
    # None, where the server's last word came before the end of the connection: then it is known to be lost.
    assert lines in ([], ["connection lost error=\"InterfaceError('network error')\""])
    gc.collect()


def test_a_long_answer_is_waited_for(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_S", 0.5)
    with closing(of_url(postgres.url())) as database, database.reading() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(0.8)").scalar_one() == 1
