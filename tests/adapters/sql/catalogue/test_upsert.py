from sqlalchemy import select

from waystation.adapters.sql.catalogue.upsert import upsert
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.tables.catalogue import organizations


def test_what_is_written_once_stays(database: Database) -> None:
    row = {"id": "org_1", "name": "acme", "created_at": 1, "kept_by": "file"}
    with database.writing() as connection:
        upsert(connection, organizations, "id", row, once={"created_at"})
        upsert(connection, organizations, "id", row | {"name": "other", "created_at": 2}, once={"created_at"})
        found = connection.execute(select(organizations)).all()
    assert [(one.name, one.created_at) for one in found] == [("other", 1)]
