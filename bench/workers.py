"""One node with more and more workers, on a PostgreSQL and a Redis: what it serves, and what each call takes.

The load and its upstream have a core to themselves; the workers have the others, which the database and Redis use as
well. So what is seen is bounded by this machine; the processor time that each of them takes for a call is what tells
how many cores they want.
"""

import os
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from urllib.request import urlopen

from bench import wrk
from bench.compare import stage
from bench.gateways.gateway import Running
from bench.gateways.waystation import run_command, start_on
from bench.processes import LOAD_CORE, NotStarted, Process, tree_cpu_s
from bench.stage import Stage
from rigs.postgres import Postgres
from rigs.redis_server import RedisServer

OTHERS = ",".join(str(core) for core in sorted(os.sched_getaffinity(0)) if core != LOAD_CORE)
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Row:
    """Processor time in seconds for one call."""

    workers: int
    calls_per_s: float
    failed: int
    gateway_s: float
    database_s: float
    redis_s: float
    idle_mb: float


def workers(counts: tuple[int, ...], seconds: int) -> None:
    """Print a line for each number of workers. Raises: NotStarted."""
    cores = len(os.sched_getaffinity(0)) - 1
    print(f"Plain calls of 1 KB, saturated, {wrk.CONNECTIONS} at once; {cores} cores beside that of the load\n")
    print(f"{'workers':>8}{'calls/s':>10}{'failed':>8}{'us/call':>10}{'database us':>13}{'redis us':>10}{'idle MB':>9}")
    with stage() as where:
        for count in counts:
            row = _measure(count, where, seconds)
            us = (row.gateway_s * 1e6, row.database_s * 1e6, row.redis_s * 1e6)
            print(
                f"{row.workers:>8}{row.calls_per_s:>10,.0f}{row.failed:>8}{us[0]:>10.0f}{us[1]:>13.0f}{us[2]:>10.0f}"
                f"{row.idle_mb:>9.0f}",
                flush=True,
            )


def _measure(count: int, where: Stage, seconds: int) -> Row:
    with ExitStack() as stack:
        # On disk, and where the user that PostgreSQL runs as may go.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="waystation-bench-", dir="/var/tmp")))
        database, redis = Postgres(folder / "server", durable=True), RedisServer(folder / "redis")
        for server in (database, redis):
            server.start()
            stack.callback(server.stop)
        running = _start(count, where, database, redis)
        assert running.process is not None
        stack.callback(running.process.stop)
        _await_workers(running.plain.url, count)
        wrk.saturate(running.plain, seconds, where.folder)
        return _row(count, running, running.process, where, seconds, (database, redis))


def _start(count: int, where: Stage, database: Postgres, redis: RedisServer) -> Running:
    folder = where.folder / f"workers-{count}"
    folder.mkdir()
    settings = {
        "WAYSTATION_DATABASE_URL": database.create("waystation"),
        "WAYSTATION_REDIS_URL": redis.url,
        "WAYSTATION_WORKERS": str(count),
    }
    run_command(["migrate"], folder / "migrate.out", {"WAYSTATION_DATA_DIR": str(folder / "data"), **settings})
    return start_on(folder, where, settings, core=OTHERS)


def _await_workers(url: str, count: int) -> None:
    """The port answers as soon as one of them is ready. Raises: NotStarted."""
    words = f"\nwaystation_workers {count:.1f}\n".encode()
    until = monotonic() + START_S
    while count > 1:
        with suppress(OSError), urlopen(f"{url}/metrics", timeout=START_S) as page:  # noqa: S310 - our own address
            if words in page.read():
                return
        if monotonic() > until:
            raise NotStarted(f"{count} workers are not ready after {START_S:g} seconds")
        sleep(0.1)


def _row(
    count: int, running: Running, process: Process, where: Stage, seconds: int, servers: tuple[Postgres, RedisServer]
) -> Row:
    idle = process.memory().now_mb
    before = (process.cpu_s(), *(tree_cpu_s(server.pid) for server in servers))
    burst = wrk.saturate(running.plain, seconds, where.folder)
    after = (process.cpu_s(), *(tree_cpu_s(server.pid) for server in servers))
    calls = max(1, burst.calls - burst.failed)
    spent = [(later - sooner) / calls for sooner, later in zip(before, after, strict=True)]
    return Row(count, calls / burst.elapsed_s, burst.failed, spent[0], spent[1], spent[2], idle)
