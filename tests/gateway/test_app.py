import asyncio
import json
import logging
from typing import Any

import pytest
from msgspec.structs import replace

from tests.gateway.world import CHAT, HELLO, Line, front, receiving, scope
from tests.relay.world import DONE, VENDORS, cost, delta, plain, refused, scene, stream, until
from waystation.relay.board import board_of
from waystation.wire.errors import ConnectFailed
from waystation.wire.routing import Routing


async def test_a_plain_call_gets_the_vendors_bytes_and_our_id() -> None:
    at = front(scene(plain()))
    line = await at.ask()
    assert (line.status, json.loads(line.body)["choices"][0]["message"]["content"]) == (200, "Hi there!")
    assert line.headers[b"content-type"] == b"application/json"
    assert line.headers[b"content-length"] == str(len(line.body)).encode()
    assert line.headers[b"x-request-id"].decode() == at.scene.record.call_id
    assert (line.ended, at.scene.spent, len(at.watch.open)) == (True, cost(10, 5), 0)


async def test_a_stream_ends_with_done() -> None:
    at = front(scene(stream(delta("Hi"), delta(finish="stop"), DONE)))
    line = await at.ask({**HELLO, "stream": True})
    assert line.headers[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert (line.body, line.ended) == (delta("Hi") + delta(finish="stop") + DONE, True)


async def test_a_call_with_a_key_is_made_once() -> None:
    at = front(scene(plain()))
    key = ((b"idempotency-key", b"k-1"),)
    first, again = await at.ask(headers=key), await at.ask(headers=key)
    assert (again.status, again.body) == (200, first.body)
    assert again.headers[b"x-request-id"] == first.headers[b"x-request-id"]
    other = await at.ask({**HELLO, "n": 2}, headers=key)
    assert (other.status, other.error["code"]) == (422, "idempotency_key_reused")
    assert (len(at.scene.transport.asked), at.scene.spent) == (1, cost(10, 5))
    assert b"waystation_replays_total 1.0" in at.metrics.page()


@pytest.mark.parametrize(
    "path",
    [
        "/chat/completions",
        "/v1/chat/completions",
        "//v1/chat/completions",
        "/v1//chat//completions",
        "/v1/v1/chat/completions",
        "/v1/v1/v1/chat/completions",
        "//chat/completions",
    ],
)
async def test_a_path_that_clients_settings_lead_to_is_mended(path: str) -> None:
    assert (await front(scene(plain())).ask(path=path)).status == 200


@pytest.mark.parametrize("path", ["/v2/chat/completions", "/v1/chat/completions/", "/chat", "/v1", "/v1/audio/speech"])
async def test_another_path_is_unknown(path: str) -> None:
    at = front(scene())
    line = await at.ask(path=path)
    assert (line.status, line.error["code"], line.error["type"]) == (404, "unknown_url", "invalid_request_error")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
async def test_another_method_is_not_allowed(method: str) -> None:
    line = await front(scene()).get(CHAT, method)
    assert (line.status, line.error["code"]) == (405, "method_not_allowed")
    assert line.headers[b"allow"] == b"POST, OPTIONS"
    assert line.headers[b"x-should-retry"] == b"false"


@pytest.mark.parametrize("path", [CHAT, "/v1/models", "/anything"])
async def test_a_preflight_needs_no_token(path: str) -> None:
    line = await front(scene()).get(path, "OPTIONS", secret=None)
    assert (line.status, line.body, line.ended) == (204, b"", True)
    assert line.headers[b"access-control-allow-origin"] == b"*"


@pytest.mark.parametrize("secret", [None, "sk-ws-nobody"])
async def test_without_a_token_the_body_is_not_read(secret: str | None) -> None:
    at = front(scene())
    line = await at.ask(secret=secret)
    assert (line.status, line.error["code"], line.error["param"]) == (401, "invalid_api_key", None)
    assert line.headers[b"connection"] == b"close"
    assert (at.scene.store.records, at.scene.transport.asked) == ([], [])
    assert 'waystation_refusals_total{code="invalid_api_key"} 1.0' in at.metrics.page().decode()


async def test_a_body_past_its_bound_is_refused() -> None:
    line = await front(scene(), body_bytes_max=1024).ask(b"x" * 1025)
    assert (line.status, line.error["code"]) == (413, "request_too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"model": "m"}'])
async def test_a_body_that_is_no_request_is_refused_and_the_connection_kept(body: bytes) -> None:
    at = front(scene())
    line = await at.ask(body)
    assert (line.status, line.error["type"]) == (400, "invalid_request_error")
    assert b"connection" not in line.headers
    assert 'waystation_refusals_total{code="invalid_request_error"} 1.0' in at.metrics.page().decode()


async def test_a_hidden_model_is_404() -> None:
    line = await front(scene(models=("other",))).ask()
    assert (line.status, line.error["code"], line.error["param"]) == (404, "model_not_found", "model")


async def test_what_the_caller_wishes_goes_to_no_vendor_and_leaves_no_upstream_out_in_silence() -> None:
    at = scene(plain(), upstreams=2)
    gate = front(at)
    line = await gate.ask({**HELLO, "provider": {"order": ["up1"]}, "models": ["other"]})
    assert line.status == 200
    assert at.record.upstream == "up1"
    assert json.loads(at.transport.asked[0].body) == {**HELLO, "model": "m-1"}
    line = await gate.ask({**HELLO, "provider": {"only": ["nobody"]}})
    assert (line.status, line.error["code"], line.error["param"]) == (404, "no_endpoints", "provider")
    line = await gate.ask({**HELLO, "provider": {"sort": "exacto"}})
    assert (line.status, line.error["param"]) == (400, "provider.sort")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"dialects": ("anthropic.messages",)}, "only for anthropic.messages"),
        ({"addresses": ("192.0.2.0/24",)}, "from the address that this call comes from"),
        ({"paused": True}, "The token 'ci' is paused"),
    ],
)
async def test_what_a_token_may_not_is_403(fields: dict[str, Any], said: str) -> None:
    at = scene()
    (token,) = at.store.known.tokens
    catalogue = replace(at.store.known, tokens=(replace(token, **fields),))
    at.board = board_of(catalogue, VENDORS)
    line = await front(at).ask()
    assert (line.status, line.error["code"]) == (403, "forbidden")
    assert said in line.error["message"]
    assert line.headers[b"x-should-retry"] == b"false"


async def test_too_little_money_is_429_and_final() -> None:
    line = await front(scene(credit=0)).ask()
    assert (line.status, line.error["type"], line.error["code"]) == (429, "insufficient_quota", "insufficient_quota")
    assert line.headers[b"x-should-retry"] == b"false"
    assert b"retry-after" not in line.headers


async def test_all_keys_benched_is_503_with_the_time_to_wait() -> None:
    line = await front(scene(refused(429, headers=((b"retry-after", b"7"),)), keys=1)).ask()
    assert (line.status, line.error["code"]) == (503, "no_upstream_available")
    assert line.headers[b"retry-after"] == b"7"
    assert b"x-should-retry" not in line.headers


async def test_an_upstreams_failure_tells_nothing_of_the_upstream(caplog: pytest.LogCaptureFixture) -> None:
    line = await front(scene(ConnectFailed("up0.internal.example:80 refused"))).ask()
    assert (line.status, line.error["code"]) == (502, "upstream_error")
    assert b"internal.example" not in line.body
    assert "call failed" in caplog.messages


async def test_more_calls_than_it_takes_are_refused() -> None:
    waiting = asyncio.Event()
    at = front(scene(stream(waiting.wait, delta(finish="stop"), DONE)), calls_max=1)
    first = asyncio.create_task(at.ask({**HELLO, "stream": True}))
    await until(lambda: len(at.scene.transport.asked) == 1)
    second = await at.ask()
    assert (second.status, second.error["code"], second.headers[b"retry-after"]) == (503, "overloaded", b"1")
    waiting.set()
    assert (await first).status == 200


async def test_a_store_that_fails_at_posting_ends_a_stream_with_an_error() -> None:
    at = front(scene(stream(delta("Hi", finish="stop"), DONE)))
    at.scene.store.failing.add("post")
    line = await at.ask({**HELLO, "stream": True})
    assert line.status == 200
    assert line.body.startswith(delta("Hi", finish="stop") + b'data: {"error":')
    assert (DONE in line.body, line.ended) == (False, True)


async def test_a_store_that_fails_at_posting_turns_a_plain_answer_into_503() -> None:
    at = front(scene(plain()))
    at.scene.store.failing.add("post")
    line = await at.ask()
    assert (line.status, line.error["code"], b"Hi there" in line.body) == (503, "store_unavailable", False)


async def test_a_stream_that_breaks_ends_with_an_error_event() -> None:
    line = await front(scene(stream(delta("Hi")))).ask({**HELLO, "stream": True})
    sent, _, last = line.body.partition(b'data: {"error":')
    assert (line.status, sent, line.ended) == (200, delta("Hi"), True)
    assert json.loads(b'{"error":' + last)["error"]["code"] == "upstream_truncated"


async def test_a_stream_that_never_began_is_a_status() -> None:
    line = await front(scene(stream())).ask({**HELLO, "stream": True})
    assert (line.status, line.error["code"], line.headers[b"content-type"]) == (
        502,
        "upstream_truncated",
        b"application/json",
    )


async def test_a_caller_who_hangs_up_is_not_answered_and_not_an_error(caplog: pytest.LogCaptureFixture) -> None:
    line = Line()
    waiting = asyncio.Event()
    at = front(scene(stream(delta("Hi"), waiting.wait, delta(finish="stop"), DONE)))
    with caplog.at_level(logging.INFO):
        asking = asyncio.create_task(at.ask({**HELLO, "stream": True}, line=line))
        await until(lambda: line.body == delta("Hi"))
        line.hang_up()
        waiting.set()
        await asking
    assert (line.body, at.scene.record.outcome, caplog.messages) == (delta("Hi"), "caller_gone", ["caller gone"])
    assert at.watch.open == set()


async def test_a_caller_who_leaves_before_reading_the_plain_answer_owes_it_and_has_gone() -> None:
    at, line = front(scene(plain())), Line(blocked=asyncio.Event())
    asking = asyncio.create_task(at.ask(line=line))
    await until(lambda: any(reply.sending for reply in at.watch.open))
    line.hang_up()
    await asking
    assert (at.scene.record.outcome, at.scene.record.amount_nanos) == ("caller_gone", cost(10, 5))
    assert at.scene.spent == cost(10, 5)


async def test_a_caller_who_leaves_while_sending_leaves_no_call() -> None:
    at, line = front(scene()), Line(lost=True)
    await at.gateway(scope(line, CHAT), receiving(), line.send)
    assert (line.messages, at.scene.store.records) == ([], [])


@pytest.mark.parametrize("streaming", [False, True])
async def test_our_own_fault_is_a_500_without_its_words(caplog: pytest.LogCaptureFixture, *, streaming: bool) -> None:
    at = front(scene(ZeroDivisionError("sk-upstream-0-0")))
    line = await at.ask({**HELLO, "stream": streaming})
    assert (line.status, line.error["code"], line.error["type"]) == (500, "internal_error", "server_error")
    assert b"sk-upstream" not in line.body
    assert "call failed by our own fault" in caplog.messages
    assert at.scene.record.outcome == "failed"


async def test_a_session_is_named_in_a_header_of_a_model_that_keeps_sessions_together() -> None:
    at = front(scene(*(plain() for _ in range(12)), upstreams=4))
    at.scene.route(Routing(strategy="sticky"))
    for session in ("x", "y", "x", "y", "z", "w") * 2:
        headers = ((b"x-session-id", session.encode()),)
        await at.ask({**HELLO, "user": "one and the same"}, headers=headers)
    homes = [record.upstream for record in at.scene.store.records]
    assert homes[:6] == homes[6:]
    assert homes[:2] == homes[2:4]
    assert len(set(homes)) > 1
