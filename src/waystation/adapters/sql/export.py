"""Call records written to files that outlive the log: a file for each day of UTC, and a manifest of what they hold.

A file gets its name when it is whole and on disk; it is in the manifest after that. So what is listed is there.
"""

import csv
import gzip
import hashlib
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Literal

import msgspec
from sqlalchemy import func, select, tuple_

from waystation.adapters.sql.engine import Database
from waystation.adapters.sql.records import record_of
from waystation.adapters.sql.tables.calls import calls as log
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

Format = Literal["jsonl", "csv"]

DAY_S: Final = 86_400
PAGE: Final = 5000
MANIFEST: Final = "manifest.json"
_FIELDS: Final = CallRecord.__struct_fields__


class ExportedFile(msgspec.Struct, frozen=True):
    """`day` is one of UTC. `sha256` is of the file as it lies there, `rows` the number of records in it."""

    name: str
    day: str
    rows: int
    bytes: int
    sha256: str


def export_before(database: Database, before: float, folder: Path, format_: Format) -> Iterator[ExportedFile]:
    """The days that were over by then and are not in the folder yet, the oldest first. Days without calls have none."""
    day = _first_day(database)
    while day is not None and day + DAY_S <= before:
        exported = export_day(database, day, folder, format_)
        if exported is not None:
            yield exported
        day = _first_day(database, after=day + DAY_S)


def export_day(
    database: Database,
    day: float,
    folder: Path,
    format_: Format = "jsonl",
    *,
    kind: str | None = None,
    outcomes: Sequence[str] = (),
) -> ExportedFile | None:
    """The records of the day from `day` on (Unix seconds), of these outcomes if any are named; `kind` says which.

    None if there are none, or the file is there already. Raises: Misconfigured if the folder can't be written.
    """
    date = f"{datetime.fromtimestamp(day, UTC):%Y-%m-%d}"
    name = f"calls-{date}{'' if kind is None else f'-{kind}'}.{format_}.gz"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        listed = read_manifest(folder)
        if any(file.name == name for file in listed):
            return None
        rows = _write(folder / name, _records(database, day, outcomes), format_)
        if not rows:
            return None
        path = folder / name
        exported = ExportedFile(name, date, rows, path.stat().st_size, _digest(path))
        _list_files(folder, [*listed, exported])
    except OSError as error:
        raise Misconfigured(f"can't export to {str(folder)!r}: {error}") from error
    return exported


def read_manifest(folder: Path) -> list[ExportedFile]:
    path = folder / MANIFEST
    return msgspec.json.decode(path.read_bytes(), type=list[ExportedFile]) if path.exists() else []


def check_exports(folder: Path) -> list[str]:
    """What differs from the manifest, a line each."""
    wrong = []
    for file in read_manifest(folder):
        path = folder / file.name
        if not path.exists():
            wrong.append(f"{file.name} is missing")
        elif _digest(path) != file.sha256:
            wrong.append(f"{file.name} was changed")
    return wrong


def _first_day(database: Database, *, after: float = 0) -> float | None:
    with database.reading() as connection:
        at = connection.execute(select(func.min(log.c.at)).where(log.c.at >= after)).scalar()
    return None if at is None else at // DAY_S * DAY_S


def _records(database: Database, day: float, outcomes: Sequence[str]) -> Iterator[CallRecord]:
    wanted = select(log).where(log.c.at >= day, log.c.at < day + DAY_S).order_by(log.c.at, log.c.call_id).limit(PAGE)
    if outcomes:
        wanted = wanted.where(log.c.outcome.in_(outcomes))
    with database.reading() as connection:
        rows = connection.execute(wanted).all()
        while rows:
            yield from map(record_of, rows)
            after = tuple_(log.c.at, log.c.call_id) > tuple_(rows[-1].at, rows[-1].call_id)
            rows = connection.execute(wanted.where(after)).all()


def _write(path: Path, records: Iterator[CallRecord], format_: Format) -> int:
    """Nothing is left behind without records."""
    rows = 0
    with _appearing(path) as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for line in _lines(records) if format_ == "jsonl" else _csv_lines(records):
            packed.write(line)
            rows += 1
    rows -= format_ == "csv"
    if not rows:
        path.unlink()
    return rows


def _lines(records: Iterator[CallRecord]) -> Iterator[bytes]:
    for record in records:
        yield msgspec.json.encode(record) + b"\n"


def _csv_lines(records: Iterator[CallRecord]) -> Iterator[bytes]:
    """A column for each field; what is not plain is JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_FIELDS)
    yield _taken(text)
    for record in records:
        writer.writerow([_cell(value) for value in msgspec.structs.astuple(record)])
        yield _taken(text)


def _cell(value: object) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    return msgspec.json.encode(value).decode()


def _taken(text: io.StringIO) -> bytes:
    line = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return line


def _list_files(folder: Path, files: list[ExportedFile]) -> None:
    with _appearing(folder / MANIFEST) as file:
        file.write(msgspec.json.format(msgspec.json.encode(files)) + b"\n")


@contextmanager
def _appearing(path: Path) -> Iterator[BinaryIO]:
    """A file that is there whole or not at all, whatever happens."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    with unfinished.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
