"""The call log: read, exported, and kept for as long as it should be."""

from collections.abc import Iterator
from pathlib import Path

from waystation.adapters.clock import SystemClock
from waystation.adapters.sql.export import ExportedFile, Format, check_exports, export_before
from waystation.adapters.sql.records import CallFilter, find_call, list_calls
from waystation.adapters.sql.retention import KINDS, Kind, Rule, delete_some, keep, rules
from waystation.house.database import opened
from waystation.house.offline import told
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

__all__ = ["KINDS", "CallFilter", "ExportedFile", "Format", "Kind", "Rule", "check_exports"]


def read_calls(settings: Settings, wanted: CallFilter) -> Iterator[CallRecord]:
    with told(settings), opened(settings, at_head=False) as database:
        yield from list_calls(database, wanted)


def read_call(settings: Settings, call_id: str) -> CallRecord:
    """Raises: Misconfigured if there is none."""
    with told(settings), opened(settings, at_head=False) as database:
        found = find_call(database, call_id)
    if found is None:
        raise Misconfigured(f"there is no record of {call_id!r}: it may have been deleted, see `waystation retention`")
    return found


def export_calls(settings: Settings, before: float, folder: Path, format_: Format) -> Iterator[ExportedFile]:
    with told(settings), opened(settings, at_head=False) as database:
        yield from export_before(database, before, folder, format_)


def read_rules(settings: Settings) -> list[Rule]:
    with told(settings), opened(settings) as database, database.reading() as connection:
        return rules(connection)


def set_rule(settings: Settings, kind: Kind, days: int | None, export_to: str | None) -> None:
    """Keep a kind for so many days from now on; None: for ever."""
    with told(settings), opened(settings) as database, database.writing("calls") as connection:
        keep(connection, kind, days, export_to)


def delete_now(settings: Settings) -> int:
    """Delete what is older than it may be, without a pause; the number of steps that it took."""
    steps = 0
    with told(settings), opened(settings) as database:
        while delete_some(database, SystemClock().now()):
            steps += 1
    return steps
