"""Callers who smuggle, flood, stall and forge, with their bare hands on the socket."""

import asyncio
import gzip
import json
import logging
from contextlib import AsyncExitStack
from pathlib import Path

import openai
import pytest

from tests.e2e.flood import Flood
from tests.e2e.memory import MIB, growth
from tests.e2e.raw import CHAT, Caller, ask, calling, post, until
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.adapters.logs import LineFormatter

AUTH = f"authorization: Bearer {SECRET}"
BODY = ask()


def head(*lines: str, request: str = f"POST {CHAT} HTTP/1.1") -> bytes:
    return "\r\n".join((request, "host: localhost", AUTH, *lines, "\r\n")).encode("latin-1")


async def everything(caller: Caller, *, quiet_s: float = 0.3) -> bytes:
    """All that comes until the gateway closes or has been quiet for a while."""
    seen = b""
    while True:
        try:
            data = await asyncio.wait_for(caller.reader.read(65536), quiet_s)
        except TimeoutError:
            return seen
        except ConnectionResetError:
            return seen
        if not data:
            return seen
        seen += data


# Smuggling: to whom reads them otherwise than we do, these bytes hold a second request.

SECOND = b"GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n"
BEHIND_A_LAST_CHUNK = b"0\r\n\r\n" + SECOND
LENGTH = f"content-length: {len(BEHIND_A_LAST_CHUNK)}"
SMUGGLED = {
    "CL.TE": head(LENGTH, "transfer-encoding: chunked") + BEHIND_A_LAST_CHUNK,
    "TE.CL": head("transfer-encoding: chunked", "content-length: 4") + b"2c\r\n" + SECOND + b"\r\n0\r\n\r\n",
    "two lengths": head("content-length: 5", LENGTH) + BEHIND_A_LAST_CHUNK,
    "a list of lengths": head(f"content-length: 5, {len(BEHIND_A_LAST_CHUNK)}") + BEHIND_A_LAST_CHUNK,
    "a length with a sign": head("content-length: +5") + BEHIND_A_LAST_CHUNK,
    "a length in hexadecimal": head("content-length: 0x5") + BEHIND_A_LAST_CHUNK,
    "a length with a space": head("content-length: 0 5") + BEHIND_A_LAST_CHUNK,
    "a length below zero": head("content-length: -1") + BEHIND_A_LAST_CHUNK,
    "a folded coding": head(LENGTH, "transfer-encoding:", " chunked") + BEHIND_A_LAST_CHUNK,
    "a folded header": head(LENGTH, "x: y", " transfer-encoding: chunked") + BEHIND_A_LAST_CHUNK,
    "bare line feeds": head(LENGTH).replace(b"\r\n", b"\n") + BEHIND_A_LAST_CHUNK,
    "a bare line feed before the coding": head(LENGTH, "x: y\ntransfer-encoding: chunked") + BEHIND_A_LAST_CHUNK,
    "a bare carriage return": head(LENGTH, "x: y\rtransfer-encoding: chunked") + BEHIND_A_LAST_CHUNK,
    "a space before the colon": head(LENGTH, "transfer-encoding : chunked") + BEHIND_A_LAST_CHUNK,
    "an unknown coding": head(LENGTH, "transfer-encoding: xchunked") + BEHIND_A_LAST_CHUNK,
    "an unknown coding alone": head("transfer-encoding: xchunked") + BEHIND_A_LAST_CHUNK,
    "chunked is not the last coding": head(LENGTH, "transfer-encoding: chunked, identity") + BEHIND_A_LAST_CHUNK,
    "a coding in quotes": head(LENGTH, 'transfer-encoding: "chunked"') + BEHIND_A_LAST_CHUNK,
    "a coding behind a tab": head(LENGTH, "transfer-encoding:\tchunked") + BEHIND_A_LAST_CHUNK,
    "a coding behind a vertical tab": head(LENGTH, "transfer-encoding:\x0bchunked") + BEHIND_A_LAST_CHUNK,
    "a coding in capitals": head(LENGTH, "TRANSFER-ENCODING: CHUNKED") + BEHIND_A_LAST_CHUNK,
    "two codings": head(LENGTH, "transfer-encoding: identity", "transfer-encoding: chunked") + BEHIND_A_LAST_CHUNK,
    "a chunk size with a sign": head("transfer-encoding: chunked") + b"+2\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk size without end": head("transfer-encoding: chunked") + b"f" * 40 + b"\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk longer than it says": head("transfer-encoding: chunked") + b"1\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
}


async def test_no_second_request_is_smuggled_in(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:

        async def try_it(data: bytes) -> bytes:
            async with calling(rig) as caller:
                await caller.send(data)
                return await everything(caller)

        answers = await asyncio.gather(*(try_it(data) for data in SMUGGLED.values()))
        for name, seen in zip(SMUGGLED, answers, strict=True):
            assert b'"version"' not in seen, name
            assert seen.count(b"HTTP/1.1 ") <= 1, name
            assert not seen.startswith(b"HTTP/1.1 2"), name
        assert ups[0].total_calls == 0


async def test_pipelined_requests_are_answered_one_by_one_in_their_order(tmp_path: Path) -> None:
    async with doubles(latency_s=0.1) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        get = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
        await caller.send(post(ask("first")) + get + post(ask("second", stream=True)) + post(ask("third")))
        first, health, second, third = [await caller.answer() for _ in range(4)]
        assert b"You said: first" in first.body
        assert json.loads(health.body) == {"status": "ok"}
        assert second.text == "You said: second"
        assert b"You said: third" in third.body


# Heads


@pytest.mark.parametrize("host", ["", "foo?", "evil/../", "a b", "[::1", "localhost:99999999", "x" * 5000, "\xff"])
async def test_an_odd_host_changes_nothing(tmp_path: Path, host: str) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        lines = f"GET /v1/models HTTP/1.1\r\nhost: {host}\r\n"
        assert (await caller.ask(f"{lines}\r\n".encode("latin-1"))).status == 401
        answer = await caller.ask(f"{lines}{AUTH}\r\n\r\n".encode("latin-1"))
        assert answer.status == 200
        assert host == "" or host.encode("latin-1") not in answer.body


async def test_heads_are_bounded(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, growth() as grown:
        long = head("content-length: 2", "x-long: " + "h" * 100_000) + b"{}"
        many = head("content-length: 2", *(f"x-many-{number}: m" for number in range(10_000))) + b"{}"
        target = head("content-length: 2", request=f"POST {CHAT}?{'q' * 100_000} HTTP/1.1") + b"{}"
        for data in (long, many, target):
            async with calling(rig) as caller:
                caller.writer.write(data)
                assert (await everything(caller)).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
        assert grown.bytes < 16 * MIB
        async with calling(rig) as caller:
            assert (await caller.ask(post(BODY))).status == 200


async def test_half_open_connections_keep_nobody_waiting(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(calling(rig)) for _ in range(200)]
        for caller in idle[:100]:
            await caller.send(post(BODY)[:60])
        async with asyncio.timeout(2), calling(rig) as caller:
            assert (await caller.ask(post(BODY))).status == 200
        for caller in idle[:100]:
            await caller.send(post(BODY)[60:])
        assert {(await caller.answer()).status for caller in idle[:100]} == {200}


# Callers who do not read


async def test_who_stops_reading_a_stream_is_dropped_and_nobody_else_waits(tmp_path: Path) -> None:
    flood = Flood()
    async with doubles() as ups:
        rig = Rig(tmp_path, manifest(*ups), caller_idle_s=0.5)
        async with running(rig), calling(rig, receive_bytes=4096, limit=1024) as sleeper, growth() as grown:
            ups[0].set_fault(flood.fault, times=1)
            await sleeper.send(post(ask(stream=True)))
            await sleeper.head()
            async with asyncio.timeout(2), calling(rig) as other:
                assert (await other.ask(post(BODY))).status == 200
            await until(lambda: not connected_callers(rig))
            assert grown.bytes < 48 * MIB
            assert {record.outcome for record in await rig.calls(2)} == {"ok", "caller_gone"}


def connected_callers(rig: Rig) -> int:
    return len(rig.house.server.server_state.connections)


# Bodies


async def test_a_packed_body_is_refused(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        answer = await caller.ask(post(gzip.compress(BODY), "content-encoding: gzip"))
        assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
        assert "Content-Encoding" in answer.error["message"]


async def test_a_body_past_the_bound_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(head(f"content-length: {33 * MIB + MIB}", "expect: 100-continue"))
        answer = await caller.answer()
        assert (answer.status, answer.error["code"]) == (413, "request_too_large")
        assert answer.headers["connection"] == "close"
        assert await caller.rest() == b""


async def test_a_body_without_a_length_is_refused_at_the_bound(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups), max_body_bytes=MIB)) as rig:
        async with calling(rig) as caller:
            await caller.send(head("transfer-encoding: chunked"))
            await caller.send((b"10000\r\n" + b"x" * 65536 + b"\r\n") * 64)
            answer = await caller.answer()
            assert (answer.status, answer.error["code"]) == (413, "request_too_large")
            assert await caller.rest() == b""
        assert ups[0].total_calls == 0


@pytest.mark.parametrize(("secret", "status"), [(SECRET, 413), ("nobody" * 5, 401)])
async def test_the_sdk_sees_why_a_large_body_is_refused(tmp_path: Path, secret: str, status: int) -> None:
    """It sends the whole body before it reads: a connection that is reset would hide the answer."""
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, rig.client(secret) as client:
        with pytest.raises(openai.APIStatusError) as refused:
            await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x" * 33 * MIB}])
        assert refused.value.status_code == status
        assert ups[0].total_calls == 0
        await client.close()
        await until(lambda: not connected_callers(rig))


@pytest.mark.parametrize("stream", [False, True])
async def test_a_body_of_20_mb_gets_through(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        answer = await caller.ask(post(ask("word " * 4_000_000, stream=stream)))
        assert answer.status == 200
        assert "word word" in (answer.text if stream else answer.body.decode())


async def test_a_caller_may_wait_for_100_continue(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(head(f"content-length: {len(BODY)}", "expect: 100-continue"))
        assert await caller.head() == (100, {})
        assert (await caller.ask(BODY)).status == 200


async def test_who_leaves_while_sending_is_no_call(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        async with calling(rig) as caller:
            await caller.send(head("content-length: 1000") + BODY)
        await until(lambda: not rig.house.watch.open)
        assert ups[0].total_calls == 0


# JSON

HELLO = '[{"role":"user","content":"hi"}]'
BAD_JSON = {
    "deep": '{"model":"m","messages":' + "[" * 100_000 + "]" * 100_000 + "}",
    "deep elsewhere": f'{{"model":"m","messages":{HELLO},"x":' + '{"a":' * 100_000 + "1" + "}" * 100_001,
    "many keys": f'{{"model":"m","messages":{HELLO},' + ",".join(f'"k{n}":{n}' for n in range(200_000)) + "}",
    "NaN": f'{{"model":"m","messages":{HELLO},"temperature":NaN}}',
    "infinity": f'{{"model":"m","messages":{HELLO},"temperature":-Infinity}}',
    "a model twice": f'{{"model":"m","messages":{HELLO},"model":"hidden"}}',
    "a model twice, spelled otherwise": f'{{"model":"m","messages":{HELLO},"mod\\u0065l":"hidden"}}',
    "messages twice": f'{{"model":"m","messages":{HELLO},"messages":[]}}',
    "half a pair for a model": f'{{"model":"\\ud83d","messages":{HELLO}}}',
    "a huge bound": f'{{"model":"m","messages":{HELLO},"max_tokens":{"9" * 5000}}}',
    "1e18 tokens": f'{{"model":"m","messages":{HELLO},"max_tokens":1e18}}',
    "-1 tokens": f'{{"model":"m","messages":{HELLO},"max_tokens":-1}}',
    "1e9 answers": f'{{"model":"m","messages":{HELLO},"n":1000000000}}',
    "no object": "[]",
    "nothing": "",
    "two values": "{} {}",
    "UTF-16": f'{{"model":"m","messages":{HELLO}}}'.encode("utf-16").decode("latin-1"),
    "a broken character": '{"model":"m","messages":[{"role":"user","content":"\xff"}]}',
}
GOOD_JSON = {
    "a byte order mark": f'\xef\xbb\xbf{{"model":"m","messages":{HELLO}}}',
    "half a pair": '{"model":"m","messages":[{"role":"user","content":"\\ud83d"}]}',
    "huge integers": f'{{"model":"m","messages":{HELLO},"seed":{"9" * 400}}}',
    "odd numbers": f'{{"model":"m","messages":{HELLO},"temperature":1.50e+0,"top_p":1E-2}}',
    "unknown members": f'{{"model":"m","messages":{HELLO},"x":{{"b":1,"a":[ ]}}}}',
}


@pytest.mark.parametrize("stream", [False, True])
async def test_json_that_means_nothing_is_refused_and_costs_nothing(tmp_path: Path, *, stream: bool) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, growth() as grown:
        for name, text in BAD_JSON.items():
            body = text.replace('{"model"', '{"stream":true,"model"', 1) if stream else text
            async with calling(rig) as caller, asyncio.timeout(2):
                answer = await caller.ask(post(body.encode("latin-1")))
            assert (answer.status, answer.error["type"]) == (400, "invalid_request_error"), name
            assert len(answer.body) < 1000, name
            assert answer.headers["x-should-retry"] == "false", name
        assert ups[0].total_calls == 0
        assert grown.bytes < 128 * MIB


async def test_json_that_is_only_odd_reaches_the_vendor_as_it_is(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for name, text in GOOD_JSON.items():
            assert (await caller.ask(post(text.encode("latin-1")))).status == 200, name
            sent = text.removeprefix("\xef\xbb\xbf").replace('"model":"m"', '"model":"m-0"').encode("latin-1")
            assert ups[0].calls[-1].body == sent, name


# Paths, methods and credentials


async def test_clients_settings_lead_to_these_paths_too(tmp_path: Path) -> None:
    paths = ["/chat/completions", "//v1//chat/completions", "/v1/v1/chat/completions", "/v1/v1/v1/chat/completions"]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in (*paths, f"{CHAT}?api-version=1", "/v1/chat%2Fcompletions"):
            assert (await caller.ask(post(BODY, path=path))).status == 200, path


async def test_what_is_not_there_is_404_with_or_without_a_token(tmp_path: Path) -> None:
    paths = ["/admin", "/.git/config", "/v1/../admin", "/v1/embeddings/%00", "/v2/chat/completions", "/v1", "/x?y=/v1"]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in (*paths, f"{CHAT}/x", "/%0d%0aset-cookie:%20a=b", "/" + "a" * 3000):
            for line in (f"{AUTH}\r\n", ""):
                answer = await caller.ask(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{line}\r\n".encode())
                assert (answer.status, answer.error["code"]) == (404, "unknown_url"), path
                assert "set-cookie" not in answer.headers
                assert len(answer.body) < 1000


async def test_head_has_no_body_and_options_asks_for_no_token(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for path in ("/", "/healthz", "/v1/models"):
            await caller.send(head(request=f"HEAD {path} HTTP/1.1"))
            answer = await caller.answer(bodiless=True)
            assert (answer.status, int(answer.headers["content-length"]) > 0) == (200, True)
        asked = "access-control-request-headers: authorization, x-stainless-os"
        options = await caller.ask(f"OPTIONS {CHAT} HTTP/1.1\r\nhost: localhost\r\n{asked}\r\n\r\n".encode())
        assert (options.status, options.headers["access-control-allow-origin"]) == (204, "*")
        assert options.headers["access-control-allow-headers"] == "authorization, x-stainless-os"
        await caller.send(head(request=f"HEAD {CHAT} HTTP/1.1"))
        refused = await caller.answer(bodiless=True)
        assert (refused.status, await caller.rest()) == (405, b"")


STRANGE_SECRETS = [
    *("' OR '1'='1", '" OR ""="', "x' UNION SELECT secret FROM upstream_keys --", "%", "_", "\\", "*", "../../etc"),
    *("\xff\xfe", "${jndi:ldap://x}", "{{7*7}}", "a" * 4000, SECRET[:-1], f"{SECRET}a", SECRET.upper(), f"{SECRET}'"),
]


@pytest.mark.parametrize("place", ["authorization: Bearer ", "authorization: bearer ", "x-api-key: ", "api-key: "])
async def test_every_place_for_a_token_has_the_same_locks(tmp_path: Path, place: str) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        refusals = set()
        for secret in STRANGE_SECRETS:
            answer = await caller_for(rig, post(BODY, place + secret, secret=None))
            assert answer[0] == 401, secret
            refusals.add(answer[1])
        assert len(refusals) == 1  # nothing tells one wrong secret from another
        assert (await caller.ask(post(BODY, place + SECRET, secret=None))).status == 200
        hidden = await caller.ask(post(ask(model="hidden"), place + SECRET, secret=None))
        assert (hidden.status, hidden.error["code"]) == (404, "model_not_found")
        assert ups[0].total_calls == 1


async def caller_for(rig: Rig, data: bytes) -> tuple[int, bytes]:
    async with calling(rig) as caller:
        answer = await caller.ask(data)
    return answer.status, answer.body


async def test_a_bearer_that_is_wrong_is_not_mended_by_another_header(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        answer = await caller.ask(post(BODY, "authorization: Bearer nobody", f"x-api-key: {SECRET}", secret=None))
        assert answer.status == 401


# Logs

FORGED = "2026-11-01T00:00:00.000Z INFO waystation: all is well"


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\x1b[2J", "\u2028", "\x85"])
async def test_no_name_forges_a_log_line(tmp_path: Path, caplog: pytest.LogCaptureFixture, break_: str) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.handler.setFormatter(LineFormatter())
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        ups[0].set_fault("500")
        async with calling(rig) as caller:
            for body in (ask(model=f"m{break_}{FORGED}"), ask(user=f"u{break_}{FORGED}"), ask(f"c{break_}{FORGED}")):
                await caller.ask(post(body, f"user-agent: x {FORGED}"))
                answer = await caller.ask(post(body))
                assert answer.status in {400, 502}
            assert "set-cookie" not in answer.headers
    assert "call failed" in caplog.text
    assert FORGED not in caplog.text
    assert break_ not in caplog.text.replace("\n", "") or break_ == "\n"
