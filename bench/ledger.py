"""The ledger alone: how many calls' money one core holds and posts, and how long a hold takes at a steady rate.

Each call is a hold on five budgets and a wallet, and its posting. Nothing of HTTP is in it. Processor time is this
process's: PostgreSQL has its own, on the same cores.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import uvloop
from sqlalchemy import update

from bench.tenants import TOKENS, chain, tenants
from rigs.postgres import Postgres
from waystation.adapters.clock import SystemClock
from waystation.adapters.crypto import Cipher
from waystation.adapters.postgres.store import PostgresStore
from waystation.adapters.sql.catalogue import SqlRepository
from waystation.adapters.sql.engine import Database, of_files, of_url
from waystation.adapters.sql.migrate import migrate
from waystation.adapters.sql.tables.calls import watermark
from waystation.adapters.sqlite.store import SqliteStore
from waystation.ports import Store
from waystation.wire.booking import Held, HoldOrder, PostOrder
from waystation.wire.record import CallRecord

AT_ONCE: Final = 64
WARM_UP_S: Final = 0.5
CIPHER: Final = Cipher("a master key for measuring only, 32+ characters")
_CHAINS: Final = tuple(chain(number) for number in range(TOKENS))
_BEGAN: Final = 1.5
_BASIS: Final = msgspec.json.encode(
    CallRecord(
        call_id="call_0190b1f0a0b07a7c8000000000000000",
        at=_BEGAN,
        organization_id="organization",
        token_id="tok_0",  # noqa: S106 - its id
        dialect="openai.chat",
        request_model="gpt-4o",
        stream=True,
        outcome="ok",
        status=200,
    )
)


class Saturated(NamedTuple):
    calls: int
    wall_s: float
    cpu_s: float


class Spread(NamedTuple):
    """Seconds."""

    p50: float
    p99: float
    worst: float


def ledger(kind: str, seconds: float, rate: int) -> None:
    """Print both measurements of a store of that kind, made anew."""
    # On disk, as /tmp may not be, and where PostgreSQL may read as another user.
    with tempfile.TemporaryDirectory(prefix="waystation-bench-", dir="/var/tmp") as folder:
        uvloop.run(_measure(kind, Path(folder), seconds, rate))


async def saturated(store: Store, seconds: float, run: str, *, at_once: int = AT_ONCE) -> Saturated:
    """As many calls as go through, so many at a time."""
    ids = count()
    began, cpu = time.perf_counter(), time.process_time()

    async def work() -> int:
        calls = 0
        while time.perf_counter() < began + seconds:
            await _call(store, next(ids), run)
            calls += 1
        return calls

    calls = sum(await asyncio.gather(*(work() for _ in range(at_once))))
    return Saturated(calls, time.perf_counter() - began, time.process_time() - cpu)


async def steady(store: Store, seconds: float, rate: int) -> Spread:
    """How long holds take when calls come on a fixed beat. A hold's time starts with its beat."""
    took: list[float] = []
    began = time.perf_counter()

    async def call(number: int) -> None:
        took.append(await _call(store, number, "steady") - (began + number / rate))

    async with asyncio.TaskGroup() as calls:
        for number in range(int(seconds * rate)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            calls.create_task(call(number))
    took.sort()
    return Spread(took[len(took) // 2], took[len(took) * 99 // 100], took[-1])


async def _measure(kind: str, folder: Path, seconds: float, rate: int) -> None:
    async with _running(kind, folder) as store:
        await saturated(store, WARM_UP_S, "warm-up")
        full = await saturated(store, seconds, "full")
        spread = await steady(store, seconds, rate)
    print(f"{kind}: a hold on five budgets and a wallet, and its posting")
    print(f"  {AT_ONCE} at once: {full.calls / full.wall_s:,.0f} calls/s, {_per_core(full)}")
    times = f"{_ms(spread.p50)} (p50), {_ms(spread.p99)} (p99), {_ms(spread.worst)} at worst"
    print(f"  {rate:,} calls/s: a hold takes {times}")


@asynccontextmanager
async def _running(kind: str, folder: Path) -> AsyncIterator[Store]:
    with _made(kind, folder) as store:
        await store.start()
        try:
            yield store
        finally:
            await store.aclose()


@contextmanager
def _made(kind: str, folder: Path) -> Iterator[SqliteStore | PostgresStore]:
    if kind == "sqlite":
        _fill(of_files(folder))
        yield SqliteStore(folder, durability="process", timeout_s=1.5, cipher=CIPHER, clock=SystemClock())
        return
    server = Postgres(folder / "postgres", durable=True)
    server.start()
    try:
        fill(server.url())
        yield PostgresStore(server.url(), timeout_s=1.5, cipher=CIPHER, clock=SystemClock())
    finally:
        server.stop()


def fill(url: str) -> None:
    """A new PostgreSQL, with the tenants that calls are made for."""
    _fill(of_url(url))


def _fill(database: Database) -> None:
    migrate(database)
    repository = SqlRepository(database, CIPHER)
    with repository.writing():
        repository.write(tenants(), at=time.time())
    with database.writing("calls") as connection:  # calls of that time have no records, and none are missed
        connection.execute(update(watermark).values(kept_since=_BEGAN + 1))
    database.close()


async def _call(store: Store, number: int, run: str) -> float:
    """Hold and post; when the hold was answered."""
    token, hold_id, now = number % TOKENS, f"hold_{run}_{number}", time.time()
    answer = await store.hold(
        HoldOrder(
            hold_id=hold_id,
            token_id=f"tok_{token}",
            ceilings=_CHAINS[token],
            amount_nanos=1_000_000,
            at=now,
            expires_at=now + 600,
        )
    )
    answered = time.perf_counter()
    assert isinstance(answer, Held), answer
    await store.post(
        PostOrder(
            hold_id=hold_id,
            call_id=f"call_{run}_{number}",
            amount_nanos=400_000,
            estimated=False,
            marks=(),
            at=now,
            basis=_BASIS,
        )
    )
    return answered


def _per_core(full: Saturated) -> str:
    cpu_s = full.cpu_s / full.calls
    return f"{1 / cpu_s:,.0f} per core, {cpu_s * 1e6:.1f} µs of processor time for each"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms"
