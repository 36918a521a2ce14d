"""What a PostgreSQL takes for batches of holds and postings, by how many come at once: measured, for the simulation.

One gateway's writer keeps one batch in flight. The more callers, the larger the batches, and the less the database
takes for each order.
"""

import os
import platform
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
import pg8000.native
import uvloop

from bench.ledger import CIPHER, fill, saturated
from bench.processes import tree_cpu_s
from rigs.postgres import Postgres
from waystation.adapters.clock import SystemClock
from waystation.adapters.postgres.store import PostgresStore

CALLERS: Final = (1, 4, 16, 64, 256)


class Point(msgspec.Struct, frozen=True):
    """A batch of so many `orders`: the database's processor time for it, and how long it is under way, in seconds."""

    orders: float
    database_s: float
    batch_s: float


class Curve(msgspec.Struct, frozen=True):
    """`machine` and `at` say where and when it was measured."""

    machine: str
    at: str
    points: list[Point]


def kept(file: Path | None, seconds: float) -> Curve:
    """The curve in the file; if it is not there, measured now and written there."""
    if file is not None and file.exists():
        return msgspec.json.decode(file.read_bytes(), type=Curve)
    curve = measure(seconds)
    if file is not None:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(curve)))
    return curve


def measure(seconds: float, callers: Iterable[int] = CALLERS) -> Curve:
    """On a database made anew, which commits to the disk."""
    with tempfile.TemporaryDirectory(prefix="waystation-bench-", dir="/var/tmp") as folder:
        server = Postgres(Path(folder) / "postgres", durable=True)
        server.start()
        try:
            fill(server.url())
            points = uvloop.run(_measure(server, seconds, callers))
        finally:
            server.stop()
    return Curve(_machine(), time.strftime("%Y-%m-%d"), points)


async def _measure(server: Postgres, seconds: float, callers: Iterable[int]) -> list[Point]:
    store = PostgresStore(server.url(), timeout_s=30.0, cipher=CIPHER, clock=SystemClock())
    await store.start()
    try:
        await saturated(store, seconds / 2, "warm-up")
        points = []
        for count in callers:
            batches, cpu = _commits(server), tree_cpu_s(server.pid)
            full = await saturated(store, seconds, f"curve_{count}", at_once=count)
            batches, cpu = _commits(server) - batches, tree_cpu_s(server.pid) - cpu
            points.append(Point(2 * full.calls / batches, cpu / batches, full.wall_s / batches))
        return points
    finally:
        await store.aclose()


def _commits(server: Postgres) -> int:
    """Transactions that wrote something, so far. What is no batch among them is one in some seconds."""
    connection = pg8000.native.Connection("postgres", host="127.0.0.1", port=server.port)
    try:
        ((commits,),) = connection.run("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
    finally:
        connection.close()
    return int(commits)


def _machine() -> str:
    return f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, with the gateway and the load on them"
