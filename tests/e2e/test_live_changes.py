"""What an operator changes while calls are under way, and what is left behind when all is over.

The gateway is a process of its own, as in production; its catalogue is changed from outside, as the commands do it.
"""

import asyncio
import os
import re
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from pydantic import SecretStr

from tests.e2e.raw import Answer, Caller, ask, calling, post, text_of, until
from tests.e2e.rig import OTHER_SECRET, SECRET, Rig, doubles, manifest
from waystation.demo.upstream import DemoUpstream
from waystation.house import operations
from waystation.ledger.pricing import cost
from waystation.manifest.mistakes import Rejected
from waystation.wire.price import Price
from waystation.wire.record import CallRecord

CHEAP = Price(currency="USD", input=2_500_000_000, output=10_000_000_000, cache_read_input=1_250_000_000)
DEAR = Price(currency="USD", input=5_000_000_000, output=20_000_000_000, cache_read_input=1_250_000_000)
WAYSTATION = (sys.executable, "-m", "waystation")
SLOW: dict[str, Any] = {"chunks": 20, "chunk_gap_s": 0.05}  # a stream of a second


class Served(NamedTuple):
    """A rig whose gateway is a process. `log` is what it writes to stderr."""

    rig: Rig
    process: Process
    log: Path

    @property
    def revision(self) -> int:
        """Of the newest catalogue that the gateway took over."""
        return max(int(found) for found in re.findall(r"catalogue loaded revision=(\d+)", self.log.read_text()))

    async def change(self, rows: str, *, prune: bool = False) -> None:
        """Apply `rows`, and return once the gateway works by them."""
        before = self.revision
        await asyncio.to_thread(self.rig.apply, rows, prune=prune)
        await until(lambda: self.revision > before)

    async def ended(self) -> int:
        """The exit status. Raises: TimeoutError if the process lives on."""
        return await asyncio.wait_for(self.process.wait(), 20)


@asynccontextmanager
async def serving(rig: Rig) -> AsyncIterator[Served]:
    """The gateway answers inside the block; afterwards it has stopped cleanly and its ledger verifies."""
    log = rig.folder / "stderr.log"
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *WAYSTATION, "serve", env=_environ(rig), stdout=PIPE, stderr=stderr
        )
    assert process.stdout is not None
    try:
        said = await asyncio.wait_for(process.stdout.readline(), 20)
        found = re.search(rb"http://127\.0\.0\.1:(\d+)", said)
        assert found is not None, log.read_text()
        rig.house.server.port = int(found[1])  # where the rig's callers turn to
        yield Served(rig, process, log)
        if process.returncode is None:
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0, log.read_text()
    finally:
        await _killed(process)
    report = rig.verify()
    assert report.passed, str(report)


def _environ(rig: Rig) -> dict[str, str]:
    values = rig.settings.model_dump(include=rig.settings.model_fields_set)
    plain = {name: at.get_secret_value() if isinstance(at, SecretStr) else str(at) for name, at in values.items()}
    return {**os.environ, **{f"WAYSTATION_{name.upper()}": value for name, value in plain.items()}}


async def command(rig: Rig, *words: str) -> tuple[int | None, str]:
    """What `waystation WORDS` ends with and says on stderr."""
    process = await asyncio.create_subprocess_exec(*WAYSTATION, *words, env=_environ(rig), stdout=PIPE, stderr=PIPE)
    try:
        _, said = await asyncio.wait_for(process.communicate(), 20)
    finally:
        await _killed(process)
    return process.returncode, said.decode()


async def _killed(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()


def dearer(rows: str) -> str:
    return rows.replace('input: "2.50", output: "10.00"', 'input: "5.00", output: "20.00"')


async def one_call(rig: Rig, *, secret: str = SECRET, model: str = "m") -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(post(ask(model=model), secret=secret))


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


def cost_at(record: CallRecord, price: Price) -> int:
    assert record.usage is not None
    return cost(record.usage, price)


async def test_a_revoked_token_stops_at_once_and_its_running_stream_ends_well(tmp_path: Path) -> None:
    async with (
        doubles(**SLOW) as ups,
        serving(Rig(tmp_path, manifest(*ups))) as served,
        streaming(served.rig) as stream,
    ):
        with operations(served.rig.settings) as catalogue:
            catalogue.revoke_token("ci")
        refused = await one_call(served.rig)  # the very next one, without waiting for anything
        assert (refused.status, refused.error["code"]) == (401, "invalid_api_key")
        assert ups[0].total_calls == 1
        assert len((await stream.end()).split()) >= 20
        (record,) = [record for record in await served.rig.calls(2) if record.stream]
        assert (record.outcome, record.amount_nanos > 0) == ("ok", True)


async def test_a_new_price_is_for_the_next_call(tmp_path: Path) -> None:
    async with doubles(**SLOW) as ups, serving(Rig(tmp_path, manifest(*ups))) as served:
        async with streaming(served.rig) as stream:
            await served.change(dearer(manifest(*ups)))
            assert (await one_call(served.rig)).status == 200
            await stream.end()
        records = {record.stream: record for record in await served.rig.calls(2)}
        for is_stream, price in ((True, CHEAP), (False, DEAR)):
            assert _plain(records[is_stream]) == price
            assert records[is_stream].amount_nanos == cost_at(records[is_stream], price) > 0


def _plain(record: CallRecord) -> Price | None:
    """The price without the version that it was in force as."""
    return None if record.price is None else msgspec.structs.replace(record.price, terms=None)


async def test_every_call_during_changes_is_at_exactly_one_price(tmp_path: Path) -> None:
    async with doubles(latency_s=0.01) as ups, serving(Rig(tmp_path, manifest(*ups))) as served:
        calls = [asyncio.create_task(_ten_calls(served.rig)) for _ in range(4)]
        for rows in (dearer(manifest(*ups)), manifest(*ups), dearer(manifest(*ups))):
            await served.change(rows)
        assert {status for statuses in await asyncio.gather(*calls) for status in statuses} == {200}
        for record in await served.rig.calls(40):
            assert _plain(record) in {CHEAP, DEAR}
            assert record.price is not None
            assert record.amount_nanos == cost_at(record, record.price)


async def _ten_calls(rig: Rig) -> list[int]:
    return [(await one_call(rig)).status for _ in range(10)]


async def test_a_new_model_and_upstream_serve_the_next_call(tmp_path: Path) -> None:
    async with doubles(2, **SLOW) as ups, serving(Rig(tmp_path, manifest(ups[0]))) as served:
        async with streaming(served.rig) as stream:
            assert (await one_call(served.rig, secret=OTHER_SECRET)).status == 401
            await served.change(_with_another(ups[0], ups[1]))
            answer = await one_call(served.rig, secret=OTHER_SECRET, model="new")
            assert (answer.status, ups[1].total_calls) == (200, 1)
            await stream.end()
        assert {record.upstream for record in await served.rig.calls(2)} == {"up0", "extra"}


def _with_another(old: DemoUpstream, new: DemoUpstream) -> str:
    upstream = f'  - {{name: extra, vendor: openai_compatible, base_url: "{new.base_url}", keys: [sk-extra]}}\n'
    model = '  - {name: new, routes: [{upstream: extra, model: n}], price: {currency: USD, input: "1", output: "1"}}\n'
    rows = manifest(old).replace("models:\n", f"{upstream}models:\n", 1)
    rows = rows.replace("organizations:\n", f"{model}organizations:\n")
    return rows.replace("tokens: [", f'tokens: [{{name: cd, secret: "{OTHER_SECRET}", models: [new]}}, ')


async def test_a_file_with_a_mistake_changes_nothing(tmp_path: Path) -> None:
    async with doubles() as ups, serving(Rig(tmp_path, manifest(*ups))) as served:
        before = served.revision
        for rows in (
            dearer(manifest(*ups)).replace('output: "20.00"', 'output: "-20.00"'),
            dearer(manifest(*ups)) + "  - {name: [}",
        ):
            with pytest.raises(Rejected):
                served.rig.apply(rows)
        (tmp_path / "broken.yaml").write_text(dearer(manifest(*ups)).replace("upstream: up0", "upstream: nowhere"))
        status, said = await command(served.rig, "apply", str(tmp_path / "broken.yaml"))
        assert (status, "there is no upstream 'nowhere'; there are: up0" in said) == (1, True)
        assert said.startswith(f"{tmp_path / 'broken.yaml'}:6: models[0].routes[0].upstream: ")
        assert (await one_call(served.rig)).status == 200
        assert _plain((await served.rig.calls(1))[0]) == CHEAP
        await served.change(dearer(manifest(*ups)))  # what was refused has left no change behind to be taken over
        assert served.revision == before + 1


async def test_a_stream_ends_well_whose_upstream_model_and_token_are_pruned(tmp_path: Path) -> None:
    async with doubles(2, **SLOW) as ups, serving(Rig(tmp_path, manifest(ups[0]))) as served:
        async with streaming(served.rig) as stream:
            rows = manifest(ups[1]).replace("up0", "other").replace("name: ci", "name: cd")
            await served.change(
                rows.replace(SECRET, OTHER_SECRET)
                .replace("name: m\n", "name: n\n")
                .replace("models: [m]", "models: [n]"),
                prune=True,
            )
            assert (await one_call(served.rig)).status == 401
            assert (await one_call(served.rig, secret=OTHER_SECRET, model="n")).status == 200
            assert (await one_call(served.rig, secret=OTHER_SECRET, model="m")).status == 404
            assert len((await stream.end()).split()) >= 20
        records = {record.upstream: record for record in await served.rig.calls(3) if record.upstream}
        assert {name: record.outcome for name, record in records.items()} == {"up0": "ok", "other": "ok"}
        assert records["up0"].amount_nanos == cost_at(records["up0"], CHEAP) > 0
        assert [upstream.total_calls for upstream in ups] == [1, 1]


async def test_a_token_ends_when_it_expires_and_its_running_stream_ends_well(tmp_path: Path) -> None:
    async with doubles(chunks=20, chunk_gap_s=0.1) as ups, serving(Rig(tmp_path, manifest(*ups))) as served:
        async with streaming(served.rig) as stream:
            expires_at = int(time.time()) + 1
            moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires_at))
            await served.change(manifest(*ups).replace("models: [m]", f'models: [m], expires: "{moment}"'))
            await asyncio.sleep(max(expires_at - time.time(), 0) + 0.01)
            refused = await one_call(served.rig)
            assert (refused.status, refused.error["code"]) == (401, "invalid_api_key")
            assert "has expired" in refused.error["message"]
            assert len((await stream.end()).split()) >= 20
        assert [record.outcome for record in await served.rig.calls(1) if record.stream] == ["ok"]


async def test_sigterm_lets_a_stream_end_and_writes_everything(tmp_path: Path) -> None:
    async with (
        doubles(**SLOW) as ups,
        serving(Rig(tmp_path, manifest(*ups))) as served,
        streaming(served.rig) as stream,
    ):
        idle = await asyncio.open_connection("127.0.0.1", served.rig.house.server.port)
        served.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(idle[0].read(), 10) == b""  # an idle connection is let go
        idle[1].close()
        with pytest.raises(OSError):  # noqa: PT011 - refused, in whichever words
            await one_call(served.rig)
        assert len((await stream.end()).split()) >= 20
        assert await served.ended() == 0
    (record,) = await served.rig.calls(1)
    assert (record.outcome, record.estimated) == ("ok", False)
    assert record.amount_nanos == cost_at(record, CHEAP) > 0


async def test_sigterm_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Streams that outlive the drain time are cut, billed for what was delivered, and written down."""
    patient = "{connect: 2, first_byte: 60, idle: 60, total: 60}"
    async with doubles() as ups, AsyncExitStack() as stack:
        ups[0].set_fault("hang-mid-stream")
        rig = Rig(tmp_path, manifest(*ups, timeouts=patient), drain_s=1)
        served = await stack.enter_async_context(serving(rig))
        for _ in range(20):
            await stack.enter_async_context(streaming(rig))
        served.process.send_signal(signal.SIGTERM)
        assert await served.ended() == 0  # in a third of the time that the upstream would be waited for
    records = await rig.calls(20)
    assert {(record.estimated, record.amount_nanos > 0) for record in records} == {(True, True)}


async def test_two_servers_do_not_share_a_data_directory(tmp_path: Path) -> None:
    async with doubles() as ups, serving(Rig(tmp_path, manifest(*ups))) as served:
        refused = f"error: process {served.process.pid} already serves from {str(served.rig.settings.data_dir)!r}\n"
        assert await command(served.rig, "serve") == (1, refused)
        assert (await one_call(served.rig)).status == 200
        served.process.kill()
        assert await served.ended() == -signal.SIGKILL
        async with serving(served.rig) as next_one:  # the directory is free again, however the first one died
            assert (await one_call(next_one.rig)).status == 200


PROMPT = "canary-prompt-5f1d0c"
COMPLETION = "canary-completion-a93be7"
UPSTREAM_KEY = "sk-canary-upstream-key-77c2e1"
MASTER_KEY = "canary-master-key-0123456789-abcdef"
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


async def test_no_text_and_no_secret_is_left_behind(tmp_path: Path) -> None:
    async with doubles(reply=f"{COMPLETION} and more") as ups:
        rows = manifest(*ups, keys=(UPSTREAM_KEY,))
        rig = Rig(tmp_path, rows, log_level="debug", master_key=SecretStr(MASTER_KEY))
        async with serving(rig) as served:
            answers = []
            for trouble in (*TROUBLES, *BENCHING):
                ups[0].set_fault(trouble)
                answers += await _canaries(rig)
                if trouble in BENCHING:  # a key that goes and comes back is fit again
                    await served.change(manifest(*ups, keys=("sk-another-key",)))
                    await served.change(rows)
            assert {call.key for call in ups[0].calls} == {UPSTREAM_KEY}
            assert len({call.fault for call in ups[0].calls}) == len(TROUBLES) + len(BENCHING)
            left = {"the metrics": (await _metrics(rig)).body, **_files(rig.settings.data_dir)}
        left |= {f"{name} afterwards": data for name, data in _files(rig.settings.data_dir).items()}
        left["the log"] = served.log.read_bytes()
        left["an error"] = b"\n".join(answers)
    assert {"ledger.db", "calls.db", "ledger.db-wal"} <= set(left)
    assert left["the log"].count(b"catalogue loaded") == 1 + 2 * len(BENCHING)
    assert left["an error"].count(b'"error"') > len(TROUBLES)
    for where, text in left.items():
        for canary in (PROMPT, COMPLETION, UPSTREAM_KEY, SECRET, MASTER_KEY):
            assert canary.encode() not in text, f"{canary} in {where}"


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def _canaries(rig: Rig) -> list[bytes]:
    """The errors that callers see, whole answers and events: what an answer itself says is theirs."""
    bodies = []
    for stream in (False, True):
        async with calling(rig) as caller:
            asking = ask(f"say {PROMPT}", stream=stream, user=PROMPT, metadata={"x": PROMPT})
            bodies.append((await caller.ask(post(asking))).body)
    async with calling(rig) as caller:
        bodies.append((await caller.ask(post(ask(PROMPT)[:-1]))).body)  # not JSON
    async with calling(rig) as caller:
        await caller.send(post(ask(PROMPT, stream=True)))
    return [event for body in bodies for event in body.split(b"\n\n") if b'"error"' in event]


async def _metrics(rig: Rig) -> Answer:
    async with calling(rig) as caller:
        return await caller.ask(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n")
