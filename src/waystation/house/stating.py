"""Statements: to be printed, or as files. What `waystation statement` does."""

from datetime import date
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from waystation.adapters.sql.closings import frozen
from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.statements import Listener, organization_row, statement
from waystation.adapters.statement_file import CsvFiles, Workbook
from waystation.house.database import opened
from waystation.ledger.statement import Row, ScopeKind, Statement
from waystation.ledger.statement_table import (
    CALLS_HEAD,
    FACTS_HEAD,
    FIGURES_HEAD,
    LINES_HEAD,
    Cell,
    call_row,
    facts,
    figures,
    lines,
)
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

__all__ = ["Period", "Scope", "make_statement", "write_statement"]

Period = str | tuple[date, date]
Scope = tuple[ScopeKind, str]


class _Tables(Protocol):
    def table(self, name: str, head: tuple[str, ...]) -> None: ...

    def write(self, name: str, cells: tuple[Cell, ...]) -> None: ...


def make_statement(settings: Settings, organization: str, period: Period, scope: Scope) -> Statement:
    """Of a closed month, what was given when it was closed. Raises: Misconfigured for what is not there."""
    with opened(settings) as database:
        return _made(database, organization, period, scope, None)


def write_statement(
    settings: Settings, organization: str, period: Period, scope: Scope, *, path: Path, with_calls: bool
) -> Statement:
    """Into a file of the kind that its name says. With calls: a row for each of their bookings as well.

    Raises: Misconfigured for what is not there, or a name that ends otherwise.
    """
    if path.suffix not in {".csv", ".xlsx"}:
        raise Misconfigured(f"{path.name!r} is neither a .csv nor an .xlsx file")
    with opened(settings) as database, CsvFiles(path) if path.suffix == ".csv" else Workbook(path) as file:
        zone = _zone(database, organization)
        file.table("statement", (*FACTS_HEAD, *FIGURES_HEAD))
        file.table("models", LINES_HEAD)
        if with_calls:
            file.table("calls", CALLS_HEAD)

        def listen(row: Row, call: CallRecord) -> None:
            file.write("calls", call_row(row, call, zone))

        made = _made(database, organization, period, scope, listen if with_calls else None)
        _fill(file, made)
    return made


def _made(database: Database, organization: str, period: Period, scope: Scope, listener: Listener | None) -> Statement:
    given = frozen(database, organization, period) if isinstance(period, str) and scope[0] == "organization" else None
    if given is not None and listener is None:
        return given
    made = statement(database, organization, period, scope=scope, listener=listener)
    return made if given is None else given


def _fill(file: _Tables, made: Statement) -> None:
    head = facts(made)
    for cells in figures(made):
        file.write("statement", (*head, *cells))
    for cells in lines(made):
        file.write("models", cells)


def _zone(database: Database, organization: str) -> ZoneInfo:
    with database.reading() as connection:
        return ZoneInfo(organization_row(connection, organization).time_zone)
