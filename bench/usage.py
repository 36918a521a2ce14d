"""How long questions about usage take on a log of any size: `python -m bench usage --calls 10000000 --store sqlite`."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from bench.calls import BEGAN, ENDED, make_calls
from rigs.postgres import Postgres
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.margin import margins
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.records import CallFilter, list_calls
from waystation.adapters.sql.usage import Dimension, UsageQuery, usage, usage_before

Store = Literal["sqlite", "postgres"]

TIMES: Final = 5
LIMIT_S: Final[dict[Store, float]] = {"sqlite": 2.0, "postgres": 1.0}
_DAY: Final = 86_400
_ALL: Final[dict[str, Any]] = {"since": float(BEGAN), "until": float(ENDED)}
_LAST_MONTH: Final[dict[str, Any]] = {"since": float(ENDED - 30 * _DAY), "until": float(ENDED)}
_ONE: Final[tuple[tuple[Dimension, str], ...]] = (("organization_id", "org_7"),)

QUERIES: Final = {
    "all, in one sum": UsageQuery(**_ALL),
    "by model": UsageQuery(**_ALL, by=("request_model",)),
    "by model and day": UsageQuery(**_ALL, by=("request_model",), grain="day"),
    "by organization and day": UsageQuery(**_ALL, by=("organization_id",), grain="day"),
    "by model, upstream and month": UsageQuery(**_ALL, by=("request_model", "upstream"), grain="month"),
    "ten tokens of the most money": UsageQuery(**_ALL, by=("token_id",), top=10, order="amount"),
    "p50 and p95 by upstream": UsageQuery(**_ALL, by=("upstream",), durations=True),
    "failures by upstream and day": UsageQuery(
        **_ALL, by=("upstream", "outcome"), grain="day", where=(("outcome", "failed"), ("outcome", "cut"))
    ),
    "one organization by project and day": UsageQuery(**_ALL, by=("project_id",), grain="day", where=_ONE),
    "one organization by hour, 30 days": UsageQuery(**_LAST_MONTH, grain="hour", where=_ONE),
    "all by hour, 7 days": UsageQuery(since=ENDED - 7 * _DAY, until=ENDED, grain="hour", by=("request_model",)),
    "one token by model, 30 days": UsageQuery(**_LAST_MONTH, by=("request_model",), where=(("token_id", "tok_77"),)),
}


def measure(calls: int, store: Store, folder: Path | None) -> int:
    """Print a table of the worst times; 1 if one is above the limit of the store. A folder is kept for next time."""
    with _database(store, folder) as database:
        started = time.monotonic()
        make_calls_once(database, calls, lambda text: _tell(f"{text} after {time.monotonic() - started:.0f} s"))
        worst = {name: _worst(database, query) for name, query in QUERIES.items()}
        worst["by model, and the month before"] = max(_timed(lambda: _compared(database)) for _ in range(TIMES))
        worst["margin by model"] = max(_timed(lambda: _margins(database, BEGAN)) for _ in range(TIMES))
        month = ENDED - 30 * _DAY
        worst["margin by model, 30 days"] = max(_timed(lambda: _margins(database, month)) for _ in range(TIMES))
        worst["100 records of a project"] = max(_timed(lambda: _listed(database)) for _ in range(TIMES))
    width = max(map(len, worst))
    print(f"{calls:,} calls on {store}: the worst of {TIMES}, in seconds (at most {LIMIT_S[store]:.0f})")
    for name, seconds in worst.items():
        print(f"  {name:{width}}  {seconds:6.3f}{'  too slow' if seconds > LIMIT_S[store] else ''}")
    return int(max(worst.values()) > LIMIT_S[store])


def make_calls_once(database: Database, calls: int, told: Callable[[str], None]) -> None:
    migrate(database)
    with database.writing("calls") as connection:
        found = connection.exec_driver_sql("SELECT coalesce(sum(calls), 0) FROM usage_days").scalar_one()
    if not found:
        make_calls(database, calls, told)
    elif found != calls:
        raise SystemExit(f"bench: there are {found:,} calls in that folder")


@contextmanager
def _database(store: Store, folder: Path | None) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="waystation-bench-") as temporary:
        place = folder or Path(temporary)
        if store == "sqlite":
            place.mkdir(parents=True, exist_ok=True)
            yield of_files(place)
            return
        if folder is not None:
            raise SystemExit("bench: --folder is for SQLite")
        server = Postgres(place / "postgres", settings={"shared_buffers": "1GB", "max_wal_size": "8GB"})
        server.start()
        try:
            yield of_url(server.url())
        finally:
            server.stop()


def _worst(database: Database, query: UsageQuery) -> float:
    return max(_timed(lambda: usage(database, query)) for _ in range(TIMES))


def _compared(database: Database) -> None:
    query = UsageQuery(**_LAST_MONTH, by=("request_model",))
    usage(database, query)
    usage_before(database, query)


def _margins(database: Database, since: int) -> None:
    with database.reading() as connection:
        margins(connection, "model", since=since, until=ENDED)


def _listed(database: Database) -> None:
    list(list_calls(database, CallFilter(project_id="prj_7", limit=100)))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
