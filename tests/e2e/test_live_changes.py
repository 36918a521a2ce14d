"""What an operator changes while calls are under way, and what is left behind when all is over."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.raw import Answer, Caller, ask, calling, post, text_of, until
from tests.e2e.rig import OTHER_SECRET, SECRET, Rig, doubles, manifest, running
from waystation.adapters.logs import LineFormatter
from waystation.adapters.sqlite.lock import is_served
from waystation.demo.upstream import DemoUpstream
from waystation.house import House, operations
from waystation.ledger.pricing import cost
from waystation.manifest.mistakes import Rejected
from waystation.wire.catalogue import Price
from waystation.wire.errors import Misconfigured
from waystation.wire.record import CallRecord

CHEAP = Price(currency="USD", input=2_500_000_000, output=10_000_000_000, cache_read_input=1_250_000_000)
DEAR = Price(currency="USD", input=5_000_000_000, output=20_000_000_000, cache_read_input=1_250_000_000)


def dearer(rows: str) -> str:
    return rows.replace('input: "2.50", output: "10.00"', 'input: "5.00", output: "20.00"')


async def one_call(rig: Rig, *, secret: str = SECRET, model: str = "m") -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(ask(model=model), secret=secret))


async def taken_over(rig: Rig, revision: int) -> None:
    """Return once the running gateway has a catalogue newer than `revision`."""
    await until(lambda: rig.house.board.revision > revision)


async def change(rig: Rig, rows: str, *, prune: bool = False) -> None:
    before = rig.house.board.revision
    await asyncio.to_thread(rig.apply, rows, prune=prune)
    await taken_over(rig, before)


@asynccontextmanager
async def streaming(rig: Rig) -> AsyncIterator["Stream"]:
    """A stream that has brought its first text."""
    async with calling(rig) as caller:
        await caller.send(post(ask(stream=True)))
        stream = Stream(caller)
        await stream.begin()
        yield stream


class Stream:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._seen = b""

    async def begin(self) -> None:
        status, _ = await self._caller.head()
        assert status == 200
        while not text_of(self._seen):
            self._seen += await self._caller.chunk()

    async def end(self) -> str:
        """The whole text. Raises: AssertionError unless the stream came to its proper end."""
        while piece := await self._caller.chunk():
            self._seen += piece
        assert self._seen.endswith(b"data: [DONE]\n\n")
        assert b'"error"' not in self._seen
        return text_of(self._seen)


SLOW: dict[str, Any] = {"chunks": 20, "chunk_gap_s": 0.03}  # a stream of two thirds of a second


def cost_at(record: CallRecord, price: Price) -> int:
    assert record.usage is not None
    return cost(record.usage, price)


async def test_a_revoked_token_stops_at_once_and_its_running_stream_ends_well(tmp_path: Path) -> None:
    async with doubles(**SLOW) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, streaming(rig) as stream:
        with operations(rig.settings) as catalogue:
            catalogue.revoke_token("ci")
        refused = await one_call(rig)  # the very next one, without waiting for anything
        assert (refused.status, refused.error["code"]) == (401, "invalid_api_key")
        assert ups[0].total_calls == 1
        assert len((await stream.end()).split()) >= 20
        (record,) = [record for record in await rig.calls(2) if record.stream]
        assert (record.outcome, record.amount_nanos > 0) == ("ok", True)


async def test_a_new_price_is_for_the_next_call(tmp_path: Path) -> None:
    async with doubles(**SLOW) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with streaming(rig) as stream:
            await change(rig, dearer(manifest(*ups)))
            assert (await one_call(rig)).status == 200
            await stream.end()
        records = {record.stream: record for record in await rig.calls(2)}
        for is_stream, price in ((True, CHEAP), (False, DEAR)):
            assert records[is_stream].price == price
            assert records[is_stream].amount_nanos == cost_at(records[is_stream], price) > 0


async def test_every_call_during_changes_is_at_exactly_one_price(tmp_path: Path) -> None:
    async with doubles(latency_s=0.01) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        calls = [asyncio.create_task(_ten_calls(rig)) for _ in range(4)]
        for rows in (dearer(manifest(*ups)), manifest(*ups), dearer(manifest(*ups))):
            await change(rig, rows)
        assert {status for statuses in await asyncio.gather(*calls) for status in statuses} == {200}
        for record in await rig.calls(40):
            assert record.price in {CHEAP, DEAR}
            assert record.price is not None
            assert record.amount_nanos == cost_at(record, record.price)


async def _ten_calls(rig: Rig) -> list[int]:
    return [(await one_call(rig)).status for _ in range(10)]


async def test_a_new_model_and_upstream_serve_the_next_call(tmp_path: Path) -> None:
    async with doubles(2, **SLOW) as ups, running(Rig(tmp_path, manifest(ups[0]))) as rig:
        async with streaming(rig) as stream:
            assert (await one_call(rig, secret=OTHER_SECRET)).status == 401
            await change(rig, _with_another(ups[0], ups[1]))
            answer = await one_call(rig, secret=OTHER_SECRET, model="new")
            assert (answer.status, ups[1].total_calls) == (200, 1)
            await stream.end()
        assert {record.upstream for record in await rig.calls(2)} == {"up0", "extra"}


def _with_another(old: DemoUpstream, new: DemoUpstream) -> str:
    upstream = f'  - {{name: extra, vendor: openai_compatible, base_url: "{new.base_url}", keys: [sk-extra]}}\n'
    model = '  - {name: new, routes: [{upstream: extra, model: n}], price: {currency: USD, input: "1", output: "1"}}\n'
    rows = manifest(old).replace("models:\n", f"{upstream}models:\n", 1)
    rows = rows.replace("organizations:\n", f"{model}organizations:\n")
    return rows.replace("tokens: [", f'tokens: [{{name: cd, secret: "{OTHER_SECRET}", models: [new]}}, ')


async def test_a_broken_change_leaves_the_old_in_force(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        before = rig.house.board
        broken = (
            dearer(manifest(*ups)).replace("upstream: up0", "upstream: nowhere"),
            dearer(manifest(*ups)).replace('output: "20.00"', 'output: "-20.00"'),
            dearer(manifest(*ups)) + "  - {name: [}",
        )
        for rows in broken:
            with pytest.raises(Rejected):
                rig.apply(rows)
        assert (await one_call(rig)).status == 200
        assert rig.house.board is before
        (record,) = await rig.calls(1)
        assert record.price == CHEAP


async def test_an_upstream_that_is_removed_mid_stream_finishes_it(tmp_path: Path) -> None:
    async with doubles(2, **SLOW) as ups, running(Rig(tmp_path, manifest(ups[0]))) as rig:
        async with streaming(rig) as stream:
            await change(rig, manifest(ups[1]).replace("up0", "other"), prune=True)
            assert (await one_call(rig)).status == 200
            assert len((await stream.end()).split()) >= 20
        assert {record.upstream: record.outcome for record in await rig.calls(2)} == {"up0": "ok", "other": "ok"}
        assert [upstream.total_calls for upstream in ups] == [1, 1]


async def test_a_token_ends_when_it_expires_and_its_running_stream_ends_well(tmp_path: Path) -> None:
    async with doubles(chunks=20, chunk_gap_s=0.1) as ups:
        expires_at = int(time.time()) + 2
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires_at))
        rows = manifest(*ups).replace("models: [m]", f'models: [m], expires: "{moment}"')
        async with running(Rig(tmp_path, rows)) as rig, streaming(rig) as stream:
            assert time.time() < expires_at
            await asyncio.sleep(expires_at - time.time() + 0.01)
            refused = await one_call(rig)
            assert (refused.status, refused.error["code"]) == (401, "invalid_api_key")
            assert "has expired" in refused.error["message"]
            assert len((await stream.end()).split()) >= 20
            assert [record.outcome for record in await rig.calls(1)] == ["ok"]


async def test_a_stop_lets_a_stream_end_and_writes_everything(tmp_path: Path) -> None:
    async with doubles(**SLOW) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, streaming(rig) as stream:
        idle = await asyncio.open_connection("127.0.0.1", rig.house.server.port)
        rig.house.stop()
        await asyncio.sleep(0.2)  # the server looks every tenth of a second
        with pytest.raises(OSError):  # noqa: PT011 - refused, in whichever words
            await one_call(rig)
        assert await asyncio.wait_for(idle[0].read(), 2) == b""  # an idle connection is let go
        idle[1].close()
        assert len((await stream.end()).split()) >= 20
    (record,) = await rig.calls(1)
    assert (record.outcome, record.estimated) == ("ok", False)


async def test_a_stop_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Streams that outlive the drain time are cut, billed for what was delivered, and written down."""
    patient = "{connect: 2, first_byte: 30, idle: 30, total: 60}"
    async with doubles() as ups, AsyncExitStack() as stack:
        ups[0].set_fault("hang-mid-stream")
        async with running(Rig(tmp_path, manifest(*ups, timeouts=patient), drain_s=1)) as rig:
            for _ in range(20):
                await stack.enter_async_context(streaming(rig))
            rig.house.stop()
            await until(lambda: not is_served(rig.settings.data_dir))
    records = await rig.calls(20)
    assert {(record.estimated, record.amount_nanos > 0) for record in records} == {(True, True)}


async def test_two_servers_do_not_share_a_data_directory(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        with pytest.raises(Misconfigured, match="already serves from"):
            await House(rig.settings).serve()
        assert (await one_call(rig)).status == 200
    async with running(Rig(tmp_path, manifest(*ups))):
        pass  # the directory is free again


PROMPT = "canary-prompt-5f1d0c"
COMPLETION = "canary-completion-a93be7"
UPSTREAM_KEY = "sk-canary-upstream-key-77c2e1"
TROUBLES = [
    *(None, "500", "400", "422", "error-event-mid", "error-event-first", "malformed-json-event"),
    *(
        "reset-mid-stream",
        "truncated-json",
        "html-200",
        "garbage",
        "no-usage",
        "usage-negative",
        "content-length-short",
    ),
    *("json-for-stream", "deep-json", "no-finish", "fin-before-response"),
]
BENCHING = ["error-200", "429", "keyleak-401"]  # the key rests after each


async def test_no_text_and_no_secret_is_left_behind(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(LineFormatter())
    async with doubles(reply=f"{COMPLETION} and more", kept_calls=1000) as ups:
        keys = (UPSTREAM_KEY,)
        async with running(Rig(tmp_path, manifest(*ups, keys=keys), log_level="debug")) as rig:
            for trouble in (*TROUBLES, *BENCHING):
                ups[0].set_fault(trouble)
                await _canaries(rig)
                if trouble in BENCHING:  # a key that goes and comes back is fit again
                    await change(rig, manifest(*ups, keys=("sk-another-key",)))
                    await change(rig, manifest(*ups, keys=keys))
            assert {call.key for call in ups[0].calls} == {UPSTREAM_KEY}
            assert len({call.fault for call in ups[0].calls}) == len(TROUBLES) + len(BENCHING)
            left = {path.name: path.read_bytes() for path in rig.settings.data_dir.iterdir()}
            left["the metrics"] = (await _metrics(rig)).body
        left |= {f"{path.name} afterwards": path.read_bytes() for path in rig.settings.data_dir.iterdir()}
    left["the log"] = caplog.text.encode() + repr([vars(line) for line in caplog.records]).encode()
    assert {"ledger.db", "calls.db", "ledger.db-wal", "the log"} <= set(left)
    for where, text in left.items():
        for canary in (PROMPT, COMPLETION, UPSTREAM_KEY, SECRET):
            assert canary.encode() not in text, f"{canary} in {where}"


async def _canaries(rig: Rig) -> None:
    for stream in (False, True):
        async with calling(rig) as caller:
            await caller.ask(post(ask(f"say {PROMPT}", stream=stream, user=PROMPT, metadata={"x": PROMPT})))
    async with calling(rig) as caller:
        await caller.ask(post(ask(PROMPT)[:-1]))  # not JSON
    async with calling(rig) as caller:
        await caller.send(post(ask(PROMPT, stream=True)))


async def _metrics(rig: Rig) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
