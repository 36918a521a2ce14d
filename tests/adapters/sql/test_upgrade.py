from typing import Final

import pytest
from sqlalchemy import MetaData
from sqlalchemy.exc import DatabaseError

from tests.adapters.sql.described import described
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.revisions import SCHEMAS, Schema
from waystation.adapters.sql.tables.calls import CALLS
from waystation.adapters.sql.tables.catalogue import LEDGER
from waystation.adapters.sql.tables.responses import RESPONSES
from waystation.wire.errors import Misconfigured

DECLARED: Final[dict[Schema, MetaData]] = {"ledger": LEDGER, "calls": CALLS, "responses": RESPONSES}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_revisions_make_the_tables_that_are_declared(empty: Database, schema: Schema) -> None:
    with empty.writing(schema) as connection:
        DECLARED[schema].create_all(connection)
        declared = described(connection)
        DECLARED[schema].drop_all(connection)
        assert described(connection) == {}
    migrate(empty)
    with empty.writing(schema) as connection:
        migrated = described(connection)
    assert migrated.keys() & declared.keys() == declared.keys()
    for name, table in declared.items():
        assert migrated[name] == table, name


def test_a_database_of_a_later_version_is_refused_and_left_alone(database: Database) -> None:
    with database.writing("calls") as connection:
        connection.exec_driver_sql("UPDATE calls_revision SET version_num = '9999'")
    with pytest.raises(Misconfigured, match=r"later version of Waystation \(9999\)"):
        migrate(database)


@pytest.mark.parametrize("statement", ["UPDATE postings SET amount = 7", "DELETE FROM postings"])
def test_a_posting_never_changes(database: Database, statement: str) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO accounts (id, kind, owner_id, currency, period, starts_at,"
            " credits_posted, debits_posted, debits_pending) VALUES (1, 'system', 'cash', 'USD', 'total', 0, 0, 0, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO postings (at, kind, debit_account, credit_account, amount, currency, held, chain, shortfall,"
            " marks) VALUES (1, 'topup', 1, 1, 5, 'USD', 0, '[]', 0, '[]')"
        )
    with pytest.raises(DatabaseError, match="a posting never"), database.writing() as connection:
        connection.exec_driver_sql(statement)
