"""The limits that an entry of the file asks for."""

from typing import Final

from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.schema import LimitedEntry, LimitEntry, RateEntry
from waystation.wire.limit import Limit

QUEUE_S: Final = 10  # how long a call waits if nothing is said: SDKs wait for minutes, and people do not


def limits_of(loc: Loc, entry: LimitedEntry, report: Report) -> tuple[Limit, ...]:
    """At most one for all models, and one for each: a second one is a mistake."""
    found: dict[str | None, Limit] = {}
    for place, wanted in entry.all_limits():
        limit = limit_of((*loc, *place), wanted, report)
        if limit.model in found:
            whose = "all models" if limit.model is None else f"model {limit.model!r}"
            report.add((*loc, *place), f"a second limit for {whose}: keep one")
        found[limit.model] = limit
    return tuple(found.values())


def limit_of(loc: Loc, entry: RateEntry, report: Report) -> Limit:
    if entry.rpm is None and entry.tpm is None and entry.concurrency is None:
        report.add(loc, "limits nothing: give rpm, tpm or concurrency")
    if entry.queue and entry.concurrency is None:
        report.add((*loc, "queue"), "only who limits concurrency has one: calls wait for others to be over")
    if entry.queue_s is not None and not entry.queue:
        report.add((*loc, "queue_s"), "given without a queue")
    return Limit(
        rpm=entry.rpm,
        tpm=entry.tpm,
        concurrency=entry.concurrency,
        queue=entry.queue,
        queue_s=(entry.queue_s or QUEUE_S) if entry.queue else 0,
        model=entry.model if isinstance(entry, LimitEntry) else None,
    )
