"""Call records follow the corrections of their postings.

Ledger and call log may be two files, so one may be written and the other not: `mend_records` does again what was done
in the last minutes. Setting an amount twice changes nothing.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from sqlalchemy import Connection, select, update

from waystation.adapters.sql import accounts, postings
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.office.corrections import corrected
from waystation.adapters.sql.rollup import counted
from waystation.adapters.sql.tables.calls import calls
from waystation.adapters.sql.tables.ledger import postings as table
from waystation.adapters.sql.tables.office import office_marks

SETTLED_S: Final = 600.0  # by then a call's record has been written, and what is written later follows the correction
_MARK: Final = "mended"


def mend(database: Database, posting_ids: Sequence[int]) -> None:
    """Set the amounts of the records of these postings' calls to what the postings come to now."""
    with database.reading() as connection:
        amounts = {call_id: corrected(connection, id_) for id_, call_id in _calls(connection, posting_ids)}
    if not amounts:
        return
    with database.writing("calls") as connection, _counted(connection, list(amounts)):
        for call_id, amount in amounts.items():
            connection.execute(update(calls).where(calls.c.call_id == call_id).values(amount_nanos=amount))


def mend_records(database: Database, at: float) -> int:
    """Mend after every correction that may not have been; how many."""
    with database.reading() as connection:
        mark = connection.execute(select(office_marks.c.posting_id).where(office_marks.c.name == _MARK)).scalar() or 0
        columns = (table.c.id, table.c.corrects, table.c.at)
        found = list(postings.scan(connection, columns, after=mark, where=(table.c.corrects.is_not(None),)))
    if not found:
        return 0
    mend(database, sorted({row.corrects for row in found}))
    settled = [row.id for row in found if row.at <= at - SETTLED_S]
    if settled:
        with database.writing() as connection:
            _set_mark(connection, settled[-1])
    return len(found)


def _counted(connection: Connection, call_ids: list[str]) -> AbstractContextManager[None]:
    """The roll-ups follow by themselves on PostgreSQL."""
    driver = connection.connection.driver_connection
    return counted(driver, call_ids) if isinstance(driver, sqlite3.Connection) else nullcontext()


def _calls(connection: Connection, posting_ids: Sequence[int]) -> list[tuple[int, str]]:
    wanted = select(table.c.id, table.c.call_id).where(table.c.id.in_(posting_ids), table.c.call_id.is_not(None))
    return [(row.id, row.call_id) for row in connection.execute(wanted)]


def _set_mark(connection: Connection, posting_id: int) -> None:
    row = {"name": _MARK, "posting_id": posting_id}
    if not accounts.insert_new(connection, office_marks, row, ("name",)):
        connection.execute(update(office_marks).where(office_marks.c.name == _MARK).values(posting_id=posting_id))
