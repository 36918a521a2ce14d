"""Callers who smuggle, flood, stall and forge, with their bare hands on the socket.

Longer than most files: it is a list of attacks, and one looks for a missing one in one place.
"""

import asyncio
import gzip
import json
import logging
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import openai
import pytest

from tests.e2e.flood import Flood
from tests.e2e.memory import MIB, growth
from tests.e2e.raw import AUTH, CHAT, PATIENCE_S, ask, calling, head, post, until
from tests.e2e.rig import SECRET, Rig, doubles, manifest, running
from waystation.adapters.http_server import connection
from waystation.adapters.logs import LineFormatter

BODY = ask()


def connected_callers(rig: Rig) -> int:
    return len(rig.house.server.server_state.connections)


# Smuggling: to whom reads them otherwise than we do, these bytes hold a second request.

SECOND = b"GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n"
BEHIND_A_LAST_CHUNK = b"0\r\n\r\n" + SECOND
LENGTH = f"content-length: {len(BEHIND_A_LAST_CHUNK)}"
CHUNKED = "transfer-encoding: chunked"
OFFER = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAEAAEAAAAIAAAAB")
SMUGGLED = {
    "CL.TE": head(LENGTH, CHUNKED) + BEHIND_A_LAST_CHUNK,
    "TE.CL": head(CHUNKED, "content-length: 4") + b"2c\r\n" + SECOND + b"\r\n0\r\n\r\n",
    "two lengths": head("content-length: 5", LENGTH) + BEHIND_A_LAST_CHUNK,
    "the same length twice": head(LENGTH, LENGTH) + BEHIND_A_LAST_CHUNK,
    "a list of lengths": head(f"content-length: 5, {len(BEHIND_A_LAST_CHUNK)}") + BEHIND_A_LAST_CHUNK,
    "a length with a sign": head("content-length: +5") + BEHIND_A_LAST_CHUNK,
    "a length in hexadecimal": head("content-length: 0x5") + BEHIND_A_LAST_CHUNK,
    "a length below zero": head("content-length: -1") + BEHIND_A_LAST_CHUNK,
    "a length past 64 bits": head(f"content-length: {2**64 + 5}") + BEHIND_A_LAST_CHUNK,
    "a length of 40 digits": head("content-length: " + "9" * 40) + BEHIND_A_LAST_CHUNK,
    "a zero byte in a value": head(LENGTH, "x: y\0") + BEHIND_A_LAST_CHUNK,
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
    "two codings": head(LENGTH, "transfer-encoding: identity", CHUNKED) + BEHIND_A_LAST_CHUNK,
    "both in HTTP/1.0": head(LENGTH, CHUNKED, request=f"POST {CHAT} HTTP/1.0") + BEHIND_A_LAST_CHUNK,
    "both behind an offer": head(LENGTH, CHUNKED, *OFFER) + BEHIND_A_LAST_CHUNK,
    "two lengths behind an offer": head("content-length: 5", LENGTH, *OFFER) + BEHIND_A_LAST_CHUNK,
    "a chunk size with a sign": head(CHUNKED) + b"+2\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk size without end": head(CHUNKED) + b"f" * 40 + b"\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk size past 64 bits": head(CHUNKED) + b"10000000000000002\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk size below zero": head(CHUNKED) + b"-2\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk's line ends in a bare line feed": head(CHUNKED) + b"2\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "an extension ends in a bare line feed": head(CHUNKED) + b"2;a\n{}\r\n" + BEHIND_A_LAST_CHUNK,
    "a chunk longer than it says": head(CHUNKED) + b"1\r\n{}\r\n" + BEHIND_A_LAST_CHUNK,
}


async def test_no_second_request_is_smuggled_in(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:

        async def try_it(data: bytes) -> bytes:
            async with calling(rig) as caller:
                await caller.send(data)
                return await caller.rest()

        answers = await asyncio.gather(*(try_it(data) for data in SMUGGLED.values()))
        for name, seen in zip(SMUGGLED, answers, strict=True):
            assert seen.startswith(b"HTTP/1.1 400 "), name
            assert seen.count(b"HTTP/1.1 ") == 1, name
            assert b"connection: close\r\n" in seen, name
        assert ups[0].total_calls == 0


async def test_pipelined_requests_are_answered_in_their_order_and_billed_once(tmp_path: Path) -> None:
    async with doubles(latency_s=0.1) as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        get = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
        await caller.send(post(ask("first")) + get + post(ask("second", stream=True)) + post(ask("third")))
        first, health, second, third = [await caller.answer() for _ in range(4)]
        assert b"You said: first" in first.body
        assert json.loads(health.body) == {"status": "ok"}
        assert second.text == "You said: second"
        assert b"You said: third" in third.body
        billed = {record.call_id for record in await rig.calls(3) if record.amount_nanos > 0}
        assert billed == {answer.headers["x-request-id"] for answer in (first, second, third)}
        assert (ups[0].total_calls, len(await rig.calls(3))) == (3, 3)


async def test_an_offer_of_http2_does_not_cost_the_body(tmp_path: Path) -> None:
    """Java's client makes it with its first request, and may send the body behind the head."""
    data = post(ask("from Java"), *OFFER)
    behind = data.index(b"{")
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for cut in (len(data), len(data) - 5, behind):
            await caller.send(data[:cut])
            await asyncio.sleep(0.02)
            answer = await caller.ask(data[cut:])
            assert (answer.status, b"You said: from Java" in answer.body) == (200, True)
        assert (ups[0].total_calls, len(await rig.calls(3))) == (3, 3)


async def test_http_1_0_is_answered_without_chunks_and_closed(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        for stream in (False, True):
            async with calling(rig) as caller:
                data = post(ask("old", stream=stream), "connection: keep-alive")
                answer = await caller.ask(data.replace(b"HTTP/1.1", b"HTTP/1.0", 1))
                assert (answer.status, "transfer-encoding" in answer.headers) == (200, False)
                assert "You said: old" in (answer.text if stream else answer.body.decode())
                assert (answer.headers["connection"], await caller.rest()) == ("close", b"")


# Heads


async def test_an_odd_host_changes_nothing(tmp_path: Path) -> None:
    hosts = ["", "foo?", "evil/../", "a b", "[::1", "localhost:99999999", "x" * 5000, "\xff", "a\r\nhost: b"]
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for host in hosts:
            lines = f"GET /v1/models HTTP/1.1\r\nhost: {host}\r\n"
            assert (await caller.ask(f"{lines}\r\n".encode("latin-1"))).status == 401, host
            answer = await caller.ask(f"{lines}{AUTH}\r\n\r\n".encode("latin-1"))
            assert answer.status == 200, host
            assert host == "" or host.encode("latin-1") not in answer.body


async def test_heads_are_bounded(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, growth() as grown:
        long = head("content-length: 2", "x-long: " + "h" * 100_000) + b"{}"
        many = head("content-length: 2", *(f"x-many-{number}: m" for number in range(10_000))) + b"{}"
        target = head("content-length: 2", request=f"POST {CHAT}?{'q' * 100_000} HTTP/1.1") + b"{}"
        for data in (long, many, target):
            async with calling(rig) as caller:
                caller.writer.write(data)
                refused = await caller.answer()
                assert (refused.status, refused.error["type"]) == (431, "invalid_request_error")
                assert await caller.rest() == b""
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


async def test_a_head_that_drips_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes soon after the one before: the bound is on the whole head."""
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as before:
        assert (await before.ask(post(BODY))).status == 200
        monkeypatch.setattr(connection, "HEAD_S", 0.2)
        async with calling(rig) as silent, calling(rig) as dripping:
            await dripping.send(head()[:-2] + b"x: ")
            async with asyncio.timeout(PATIENCE_S):
                with suppress(ConnectionError):  # a send fails once it is cut off
                    while True:
                        await dripping.send(b"x")
                        await asyncio.sleep(0.01)
            assert await silent.rest() == b""
            await until(lambda: connected_callers(rig) == 1)
        assert (await before.ask(post(BODY))).status == 200


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
            assert flood.bytes < 32 * MIB  # most of it in the kernel's buffers
            assert {record.outcome for record in await rig.calls(2)} == {"ok", "caller_gone"}


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


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_is_refused_and_its_sender_sees_why(tmp_path: Path, *, chunked: bool) -> None:
    """It sends the whole body before it reads: a connection that is reset would hide the answer."""
    piece = (b"100000\r\n" + b"x" * MIB + b"\r\n") if chunked else b"x" * MIB
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        await caller.send(head(CHUNKED if chunked else f"content-length: {33 * MIB}"))
        for _ in range(33):
            await caller.send(piece)
        await caller.send(b"0\r\n\r\n" if chunked else b"")
        answer = await caller.answer()
        assert (answer.status, answer.error["code"]) == (413, "request_too_large")
        assert (answer.headers["connection"], await caller.rest()) == ("close", b"")
        assert ups[0].total_calls == 0


async def test_the_sdk_sees_why_a_large_body_is_refused(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        for secret, status in ((SECRET, 413), ("nobody" * 5, 401)):
            async with rig.client(secret) as client:
                with pytest.raises(openai.APIStatusError) as refused:
                    await client.chat.completions.create(
                        model="m", messages=[{"role": "user", "content": "x" * 33 * MIB}]
                    )
            assert refused.value.status_code == status
        await until(lambda: not connected_callers(rig))
        assert ups[0].total_calls == 0


async def test_a_body_of_20_mb_gets_through(tmp_path: Path) -> None:
    patient = "{connect: 2, first_byte: 60, idle: 60, total: 60}"  # the double reads slowly
    async with (
        doubles() as ups,
        running(Rig(tmp_path, manifest(*ups, timeouts=patient))) as rig,
        calling(rig) as caller,
    ):
        answer = await caller.ask(post(ask("word " * 4_000_000)))
        assert (answer.status, b"word word" in answer.body) == (200, True)


@pytest.mark.parametrize("framing", [f"content-length: {len(BODY)}", CHUNKED])
async def test_who_leaves_before_the_body_is_whole_is_no_call(tmp_path: Path, framing: str) -> None:
    body = BODY if framing != CHUNKED else b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    data = head(framing) + body
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig:
        for size in (*range(0, len(data), 10), len(data) - 1):
            async with calling(rig) as caller:
                await caller.send(data[:size])
        await until(lambda: not (connected_callers(rig) or rig.house.watch.open))
        assert ups[0].total_calls == 0
        async with calling(rig) as caller:
            assert (await caller.ask(data)).status == 200
        assert len(await rig.calls(1)) == 1


async def test_who_leaves_while_answered_is_one_call(tmp_path: Path) -> None:
    """After 0, 1, 2 … events; `running` compares each call's posting with its record."""
    async with doubles(latency_s=0.05, chunk_gap_s=0.05) as ups, running(Rig(tmp_path, manifest(*ups))) as rig:

        async def leave_after(count: int) -> None:
            async with calling(rig) as caller:
                await caller.send(post(ask(stream=True)))
                if count:
                    await caller.head()
                for _ in range(count):
                    await caller.chunk()
                await until(lambda: ups[0].total_calls == 5)

        await asyncio.gather(*(leave_after(count) for count in range(5)))
        await until(lambda: not (connected_callers(rig) or rig.house.watch.open))
        assert [record.outcome for record in await rig.calls(5)] == ["caller_gone"] * 5


# JSON

HELLO = '[{"role":"user","content":"hi"}]'
BAD_JSON = {
    "a million deep": '{"model":"m","messages":' + "[" * 1_000_000 + "]" * 1_000_000 + "}",
    "a million objects deep": '{"model":"m","messages":' + '{"a":' * 1_000_000 + "1" + "}" * 1_000_001,
    "deep elsewhere": f'{{"model":"m","messages":{HELLO},"x":' + '{"a":' * 1_000_000 + "1" + "}" * 1_000_001,
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
        async with calling(rig) as caller:
            assert (await caller.ask(post(BODY))).status == 200


async def test_json_that_is_only_odd_reaches_the_vendor_as_it_is(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        for name, text in GOOD_JSON.items():
            assert (await caller.ask(post(text.encode("latin-1")))).status == 200, name
            sent = text.removeprefix("\xef\xbb\xbf").replace('"model":"m"', '"model":"m-0"').encode("latin-1")
            assert ups[0].calls[-1].body == sent, name


# Credentials

STRANGE_SECRETS = [
    *("' OR '1'='1", '" OR ""="', "x' UNION SELECT secret FROM upstream_keys --", "%", "_", "\\", "*", "../../etc"),
    *("\xff\xfe", "${jndi:ldap://x}", "{{7*7}}", "a" * 4000, SECRET[:-1], f"{SECRET}a", SECRET.upper(), f"{SECRET}'"),
]


async def test_every_place_for_a_token_has_the_same_locks(tmp_path: Path) -> None:
    async with doubles() as ups, running(Rig(tmp_path, manifest(*ups))) as rig, calling(rig) as caller:
        refusals = set()
        for place in ("authorization: Bearer ", "authorization: bearer ", "x-api-key: ", "api-key: "):
            for secret in STRANGE_SECRETS:
                async with calling(rig) as stranger:
                    answer = await stranger.ask(post(BODY, place + secret, secret=None))
                assert answer.status == 401, secret
                refusals.add(answer.body)
            assert (await caller.ask(post(BODY, place + SECRET, secret=None))).status == 200
        two = post(BODY, "authorization: Bearer nobody", f"x-api-key: {SECRET}", secret=None)
        async with calling(rig) as stranger:
            assert (await stranger.ask(two)).status == 401
        assert len(refusals) == 1  # nothing tells one wrong secret from another
        assert ups[0].total_calls == 4


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
    assert {sign for sign in caplog.text if not sign.isprintable()} == {"\n"}
