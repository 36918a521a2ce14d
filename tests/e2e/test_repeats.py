"""The same call, sent again: one upstream call, one bill."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rigs.gateway import Gateway, free_port
from rigs.matrix.station import TOKEN, UPSTREAMS
from rigs.matrix.station import manifest as languages
from tests.e2e.raw import Answer, Caller, ask, calling, post, until
from tests.e2e.rig import Rig, doubles, manifest, running
from tests.e2e.test_growing import request_in

KEY = "idempotency-key: 3f1c2b0a order 17"


def bills(rig: Rig) -> int:
    with closing(sqlite3.connect(rig.settings.data_dir / "ledger.db")) as books:
        (count,) = books.execute("SELECT count(*) FROM postings WHERE call_id IS NOT NULL").fetchone()
    return int(count)


async def sent(rig: Rig, body: bytes, *headers: str) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(body, *(headers or (KEY,))))


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_gave_up_and_asks_again_gets_its_answer_and_one_bill(
    tmp_path: Path, *, stream: bool
) -> None:
    """R18. The first connection is cut while the vendor still thinks; the same call is sent again, twice."""
    async with doubles(latency_s=0.3, chunk_gap_s=0.01) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with calling(rig) as caller:
            await caller.send(post(ask(stream=stream), KEY))
            await until(lambda: ups[0].total_calls)
            caller.hang_up()
        first, second = await asyncio.gather(sent(rig, ask(stream=stream)), sent(rig, ask(stream=stream)))
        assert (first.status, first.body) == (200, second.body)
        assert first.headers["idempotent-replayed"] == second.headers["idempotent-replayed"] == "true"
        (record,) = await rig.calls(1)
        assert first.headers["x-request-id"] == second.headers["x-request-id"] == record.call_id
        assert (ups[0].total_calls, bills(rig), record.estimated) == (1, 1, False)
        assert record.idempotency_key is not None
        assert (await sent(rig, ask(stream=stream), "idempotency-key: another")).headers.get(
            "idempotent-replayed"
        ) is None
        assert (ups[0].total_calls, bills(rig)) == (2, 2)
    for path in (tmp_path / "data").iterdir():
        assert b"order 17" not in path.read_bytes()


@pytest.mark.parametrize("model", ["openai.chat", "anthropic.messages"])
@pytest.mark.parametrize("dialect", UPSTREAMS)
async def test_answers_come_again_byte_for_byte_in_every_language(tmp_path: Path, dialect: str, model: str) -> None:
    path, body = request_in(dialect, model)
    async with doubles() as (double,):
        rig = Rig(tmp_path, languages(double.base_url.removesuffix("/v1")))
        async with running(rig), calling(rig) as caller:
            asked = post(json.dumps(body).encode(), KEY, path=path, secret=TOKEN)
            first, again = await caller.ask(asked), await caller.ask(asked)
            other = await caller.ask(post(json.dumps(body | {"x": 1}).encode(), KEY, path=path, secret=TOKEN))
            assert (again.status, again.body) == (first.status, first.body)
            assert again.headers["content-type"] == first.headers["content-type"]
            assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
            assert (other.status, other.headers["x-should-retry"]) == (422, "false")
            assert "another request" in other.error["message"]
            assert (double.total_calls, bills(rig)) == (1, 1)


async def test_a_stream_that_was_cut_is_given_again_with_its_error(tmp_path: Path) -> None:
    async with doubles(chunk_gap_s=0.005) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("reset-mid-stream")
        first, again = await sent(rig, ask(stream=True)), await sent(rig, ask(stream=True))
        assert first.body == again.body
        assert first.events[-1]["error"]["code"] == "upstream_error"
        assert (ups[0].total_calls, bills(rig)) == (1, 1)


async def test_a_call_that_failed_may_be_made_again_with_its_key(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups, keys=("sk-a",)))) as rig:
        ups[0].set_fault("500")
        assert (await sent(rig, ask())).status == 502
        ups[0].set_fault(None)
        answer = await sent(rig, ask())
        assert (answer.status, answer.headers.get("idempotent-replayed"), bills(rig)) == (200, None, 1)


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
async def test_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        refused = await sent(rig, ask(), f"idempotency-key: {key}")
        assert (refused.status, "Idempotency-Key" in refused.error["message"]) == (400, True)
        assert ups[0].total_calls == 0


async def test_after_a_restart_the_call_and_its_bill_are_still_known(tmp_path: Path) -> None:
    async with doubles(chunk_gap_s=0.2) as ups:
        rig = Rig(tmp_path, manifest(*ups))
        gateway = Gateway(tmp_path, free_port())
        await gateway.start()
        first = await at_port(gateway.port, ask())
        await gateway.kill()
        await gateway.start()
        gone = await at_port(gateway.port, ask())
        assert (gone.status, gone.error["code"]) == (409, "idempotency_answer_gone")
        assert first.headers["x-request-id"] in gone.error["message"]
        assert "and cost 0.0" in gone.error["message"]
        assert (ups[0].total_calls, bills(rig)) == (1, 1)
        cut = Caller(*await asyncio.open_connection("127.0.0.1", gateway.port))
        await cut.send(post(ask("unfinished", stream=True), "idempotency-key: 2"))
        await until(lambda: ups[0].total_calls == 2)
        await gateway.kill()
        cut.hang_up()
        await gateway.start()
        answer = await at_port(gateway.port, ask("unfinished", stream=True), "idempotency-key: 2")
        assert (answer.status, answer.events[-1]) == (200, "[DONE]")
        assert (ups[0].total_calls, bills(rig)) == (3, 2)
        await gateway.stop()
        assert rig.verify().passed, str(rig.verify())


async def at_port(port: int, body: bytes, *headers: str) -> Answer:
    caller = Caller(*await asyncio.open_connection("127.0.0.1", port))
    try:
        return await caller.ask(post(body, *(headers or (KEY,))))
    finally:
        caller.hang_up()
