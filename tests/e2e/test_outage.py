"""The ledger is lost, or slow, while calls run."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from rigs.gateway import Gateway, free_port
from tests.e2e.raw import Caller, ask, calling, post, until
from tests.e2e.rig import Rig, doubles, manifest, running
from waystation.adapters.spool.frames import MARK
from waystation.adapters.spool.journal import JOURNAL_FILE, waiting


@contextmanager
def lost(rig: Rig) -> Iterator[None]:
    """Another process holds the ledger, and does not let go."""
    with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        yield
        lock.execute("ROLLBACK")


def bills(rig: Rig) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
        return books.execute("SELECT amount, marks FROM postings WHERE call_id IS NOT NULL ORDER BY id").fetchall()


@asynccontextmanager
async def streams(port: int, count: int) -> AsyncIterator[list[Caller]]:
    """So many streams, whose beginning has come."""
    callers = [Caller(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(count)]
    try:
        for caller in callers:
            await caller.send(post(ask(stream=True)))
        for caller in callers:
            await caller.head()
            await caller.chunk()
        yield callers
    finally:
        for caller in callers:
            caller.hang_up()


async def rest(caller: Caller) -> bytes:
    said = b""
    while chunk := await caller.chunk():
        said += chunk
    return said


def size(rig: Rig) -> int:
    return (rig.settings.data_dir / JOURNAL_FILE).stat().st_size


async def test_running_streams_finish_new_calls_wait_for_nothing_and_every_bill_is_booked_once(tmp_path: Path) -> None:
    async with doubles(chunk_gap_s=0.05, chunks=12) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with streams(rig.house.server.port, 5) as callers, calling(rig) as other:
            with lost(rig):
                began = asyncio.get_running_loop().time()
                refused = await other.ask(post(ask()))
                assert asyncio.get_running_loop().time() - began < 2
                assert (refused.status, refused.error["code"]) == (503, "store_unavailable")
                assert refused.headers["retry-after"] == "1"
                assert all([(await rest(caller)).endswith(b"data: [DONE]\n\n") for caller in callers])
                began = asyncio.get_running_loop().time()
                assert (await other.ask(post(ask()))).status == 503
                assert asyncio.get_running_loop().time() - began < 0.5  # it is known by now
                ready = await other.ask(b"GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n")
                metrics = await other.ask(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
                assert (ready.status, json.loads(ready.body)["checks"]) == (503, {"store": False})
                assert b"waystation_journal_bookings 5.0" in metrics.body
                assert bills(rig) == []
            await until(lambda: size(rig) == len(MARK))
            assert len(bills(rig)) == 5  # the ledger had been asked for some of them when it was given up
            assert (await other.ask(post(ask()))).status == 200
        assert ups[0].total_calls == 6


async def test_bills_survive_a_gateway_that_dies_in_an_outage(tmp_path: Path) -> None:
    async with doubles(chunk_gap_s=0.05, chunks=12) as ups:
        rig = Rig(tmp_path, manifest(*ups))
        gateway = Gateway(tmp_path, free_port())
        await gateway.start()
        async with streams(gateway.port, 3) as callers:
            with lost(rig):
                ends = await asyncio.gather(*map(rest, callers))
                assert all(end.endswith(b"data: [DONE]\n\n") for end in ends)
                await gateway.kill()
                assert (bills(rig), waiting(rig.settings.data_dir / JOURNAL_FILE)) == ([], 3)
        await gateway.start()
        assert [marks for _, marks in bills(rig)] == ['["late"]'] * 3  # the start had let their holds expire
        assert size(rig) == len(MARK)
        await gateway.stop()
        assert rig.verify().passed, str(rig.verify())


async def test_a_full_journal_ends_a_stream_with_an_error_in_place_of_its_last_bytes(tmp_path: Path) -> None:
    async with doubles(chunk_gap_s=0.05, chunks=12) as ups:
        rig = Rig(tmp_path, manifest(*ups), journal_max_bytes=1024)
        async with running(rig), streams(rig.house.server.port, 1) as (caller,):
            with lost(rig):
                end = await rest(caller)
                assert b"[DONE]" not in end
                assert b'"code":"store_unavailable"' in end
            (record,) = await rig.calls(1)
            assert (record.outcome, record.error_code, record.amount_nanos) == ("cut", "store_unavailable", 0)


async def test_a_plain_answer_leaves_when_its_bill_is_written_down(tmp_path: Path) -> None:
    async with doubles(latency_s=0.3) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(post(ask()))
        await until(lambda: ups[0].total_calls)
        with lost(rig):
            assert (await caller.answer()).status == 200
            assert waiting(rig.settings.data_dir / JOURNAL_FILE) == 1
        await until(lambda: size(rig) == len(MARK))
        ((amount, _),) = bills(rig)
        (record,) = await rig.calls(1)
        assert record.amount_nanos == amount > 0


async def test_a_call_that_failed_in_an_outage_costs_nothing_and_holds_nothing_afterwards(tmp_path: Path) -> None:
    async with doubles(latency_s=0.3) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        ups[0].set_fault("500")
        await caller.send(post(ask()))
        await until(lambda: ups[0].total_calls)
        with lost(rig):
            assert (await caller.answer()).status == 502
        await until(lambda: size(rig) == len(MARK))
        with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
            assert books.execute("SELECT count(*) FROM holds").fetchone() == (0,)
        assert bills(rig) == []
