"""PostgreSQL stops answering, or is killed, while calls run; and two gateways share one."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pg8000.native
import pytest
from pydantic import SecretStr

from rigs.gateway import Gateway, free_port
from rigs.postgres import Postgres
from tests.cluster import cluster, fresh
from tests.e2e.raw import ask, calling, post, until
from tests.e2e.rig import Rig, doubles, manifest
from tests.e2e.test_outage import rest, size, streams
from tests.e2e.test_repeats import KEY, at_port
from waystation.adapters.spool.frames import MARK
from waystation.adapters.spool.journal import JOURNAL_FILE, waiting
from waystation.adapters.sql.engine import of_url
from waystation.adapters.sql.migrate import migrate

MASTER_KEY = SecretStr("of two gateways that share their data")

# pg8000 leaves the socket of a connection that broke to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Such sockets are closed within the test that broke the connections: another's warnings are errors."""
    yield
    gc.collect()


@asynccontextmanager
async def serving(rig: Rig) -> AsyncIterator[Rig]:
    task = asyncio.create_task(rig.house.serve())
    listening = asyncio.create_task(rig.house.server.listening.wait())
    await asyncio.wait({task, listening}, return_when="FIRST_COMPLETED")
    if task.done():
        await task
    try:
        yield rig
    finally:
        rig.house.stop()
        await task


def asked(server: Postgres, name: str, statement: str) -> Any:
    connection = pg8000.native.Connection("postgres", host="127.0.0.1", port=server.port, database=name, timeout=10)
    try:
        return connection.run(statement)
    finally:
        connection.close()


def bills(server: Postgres, name: str) -> int:
    ((count,),) = asked(server, name, "SELECT count(*) FROM postings WHERE call_id IS NOT NULL")
    return int(count)


def assert_booked_once(server: Postgres, name: str, count: int) -> None:
    """So many bills, no hold left, and a wallet that agrees with them."""
    assert bills(server, name) == count
    assert asked(server, name, "SELECT count(*) FROM holds") == [[0]]
    ((spent, booked, pending),) = asked(
        server,
        name,
        "SELECT debits_posted, (SELECT sum(amount) FROM postings WHERE call_id IS NOT NULL), debits_pending"
        " FROM accounts WHERE kind = 'wallet'",
    )
    assert (spent, pending) == (booked, 0)


@pytest.mark.parametrize("loss", ["paused", "killed"])
async def test_a_database_that_is_lost_and_found(tmp_path: Path, loss: str) -> None:
    server = Postgres(tmp_path / "postgres", durable=True)
    server.start()
    url = server.create("books")
    database = of_url(url)
    migrate(database)
    database.close()
    try:
        async with doubles(chunk_gap_s=0.05, chunks=100) as ups:
            rig = Rig(tmp_path, manifest(*ups), database_url=SecretStr(url))
            async with serving(rig), streams(rig.house.server.port, 5) as callers, calling(rig) as other:
                if loss == "paused":
                    server.pause()
                else:
                    server.kill()
                began = asyncio.get_running_loop().time()
                refused = await other.ask(post(ask()))
                assert asyncio.get_running_loop().time() - began < 2
                assert (refused.status, refused.error["code"]) == (503, "store_unavailable")
                assert refused.headers["retry-after"] == "1"
                ends = await asyncio.gather(*map(rest, callers))
                assert all(end.endswith(b"data: [DONE]\n\n") for end in ends)
                assert rig.house.store.journal_count == 5
                await asyncio.to_thread(server.resume if loss == "paused" else server.start)
                await until(lambda: size(rig) == len(MARK))
                assert_booked_once(server, "books", 5)
                assert (await other.ask(post(ask()))).status == 200
                assert ups[0].total_calls == 6
            assert_booked_once(server, "books", 6)
    finally:
        server.resume()
        server.stop()


@pytest.mark.parametrize("end", ["killed", "stopped"])
async def test_a_gateway_that_ends_while_its_database_is_lost(tmp_path: Path, end: str) -> None:
    server = Postgres(tmp_path / "postgres", durable=True)
    server.start()
    url = server.create("books")
    database = of_url(url)
    migrate(database)
    database.close()
    try:
        async with doubles(chunk_gap_s=0.05, chunks=100) as ups:
            rig = Rig(tmp_path, manifest(*ups), database_url=SecretStr(url))
            gateway = Gateway(tmp_path, free_port(), environment={"WAYSTATION_DATABASE_URL": url})
            await gateway.start()
            async with streams(gateway.port, 3) as callers:
                server.kill()
                ends = await asyncio.gather(*map(rest, callers))
                assert all(end.endswith(b"data: [DONE]\n\n") for end in ends)
                await (gateway.kill() if end == "killed" else gateway.stop())
            assert waiting(rig.settings.data_dir / JOURNAL_FILE) == 3
            await asyncio.to_thread(server.start)
            await gateway.start()
            assert size(rig) == len(MARK)
            await gateway.stop()
        assert_booked_once(server, "books", 3)
    finally:
        server.stop()


async def test_two_gateways_on_one_database_make_a_call_once(tmp_path: Path) -> None:
    name = fresh()
    url = SecretStr(cluster().url(name))
    async with doubles(chunk_gap_s=0.05, chunks=20) as ups:
        rigs = []
        for each in ("a", "b"):
            (tmp_path / each).mkdir()
            rigs.append(Rig(tmp_path / each, manifest(*ups), database_url=url, master_key=MASTER_KEY))
        async with serving(rigs[0]), serving(rigs[1]):
            ports = [rig.house.server.port for rig in rigs]
            first = asyncio.create_task(at_port(ports[0], ask(stream=True)))
            await until(lambda: ups[0].total_calls)
            second = await at_port(ports[1], ask(stream=True))
            assert (second.status, second.error["code"]) == (409, "idempotency_conflict")
            assert second.headers["retry-after"] == "1"
            answer = await first
            gone = await at_port(ports[1], ask(stream=True))
            assert (gone.status, gone.error["code"]) == (409, "idempotency_answer_gone")
            assert answer.headers["x-request-id"] in gone.error["message"]
            again = await at_port(ports[0], ask(stream=True), KEY)
            assert (again.body, again.headers["idempotent-replayed"]) == (answer.body, "true")
            assert ups[0].total_calls == 1
        assert_booked_once(cluster(), name, 1)
