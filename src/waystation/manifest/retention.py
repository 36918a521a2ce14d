"""How long the call log is kept, as a file says it. Of kinds that it does not name nothing changes."""

from collections.abc import Iterator
from pathlib import Path

from waystation.manifest.document import Document
from waystation.manifest.mistakes import Loc, Report, dotted
from waystation.manifest.repository import Keeping, Snapshot
from waystation.manifest.schema import RetentionEntry


def keepings(document: Document, folder: Path, report: Report) -> tuple[Keeping, ...]:
    """Folders begin at that of the file. Mistakes go into the report."""
    first: dict[str, Loc] = {}
    found = []
    for loc, entry in document.retention:
        if entry.kind in first:
            there = first[entry.kind]
            report.add((*loc, "kind"), f"{entry.kind!r} is in {dotted(there)} (line {report.line(there)}) already")
        first.setdefault(entry.kind, loc)
        export_to = None
        if entry.export_to is not None:
            _check_export((*loc, "export_to"), entry, report)
            export_to = str((folder / entry.export_to).absolute())
        found.append(Keeping(kind=entry.kind, days=entry.days, export_to=export_to))
    return tuple(found)


def compared(snapshot: Snapshot, wanted: tuple[Keeping, ...]) -> Iterator[tuple[Keeping, Keeping]]:
    """Each as it is, and as it is to be."""
    there = {one.kind: one for one in snapshot.retention}
    for after in wanted:
        yield there.get(after.kind, Keeping(kind=after.kind)), after


def facets(keeping: Keeping) -> dict[str, str]:
    """What is said of it, by field: nothing if it is kept for ever."""
    fields = {"days": keeping.days, "export_to": keeping.export_to}
    return {name: str(value) for name, value in fields.items() if value is not None}


def _check_export(loc: Loc, entry: RetentionEntry, report: Report) -> None:
    if entry.kind == "hours":
        report.add(loc, "sums by hour are not exported: `waystation usage --grain hour --csv` prints them")
    elif entry.days is None:
        report.add(loc, "what is kept for ever is not deleted, so it is not exported before")
