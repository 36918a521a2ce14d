import json
from dataclasses import replace

import pytest

from waystation.bench import Options
from waystation.bench.request import Address, call_request, metrics_request


def _options(url: str = "http://relay.test:8080/v1", *, stream: bool = False, body_bytes: int = 1_024) -> Options:
    headers = (("x-extra", "1"),)
    return Options(url=url, token="sk-ws-x", model="gpt-4o", stream=stream, body_bytes=body_bytes, headers=headers)


def test_a_call_carries_the_token_the_host_and_the_extra_headers() -> None:
    head, _, body = call_request(_options()).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[:3] == [
        "POST /v1/chat/completions HTTP/1.1",
        "Host: relay.test:8080",
        "Authorization: Bearer sk-ws-x",
    ]
    assert "x-extra: 1" in lines
    assert f"Content-Length: {len(body)}" in lines


@pytest.mark.parametrize("size", [1_024, 20_000])
def test_the_body_has_the_wanted_size(size: int) -> None:
    body = call_request(_options(body_bytes=size)).partition(b"\r\n\r\n")[2]
    assert len(body) == size


def test_a_body_is_never_without_a_question() -> None:
    body = json.loads(call_request(_options(body_bytes=1)).partition(b"\r\n\r\n")[2])
    assert body["messages"][1]["content"] == "T"


def test_a_stream_asks_for_its_usage() -> None:
    body = json.loads(call_request(_options(stream=True)).partition(b"\r\n\r\n")[2])
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


def test_a_plain_call_does_not_speak_of_streams() -> None:
    body = json.loads(call_request(_options()).partition(b"\r\n\r\n")[2])
    assert sorted(body) == ["max_tokens", "messages", "model"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080", Address("127.0.0.1", 8080, tls=False, authority="127.0.0.1:8080", prefix="")),
        ("http://relay.test/v1/", Address("relay.test", 80, tls=False, authority="relay.test", prefix="")),
        ("https://relay.test/ai/v1", Address("relay.test", 443, tls=True, authority="relay.test", prefix="/ai")),
        ("http://[::1]:81/v1", Address("::1", 81, tls=False, authority="[::1]:81", prefix="")),
        ("https://me:secret@relay.test", Address("relay.test", 443, tls=True, authority="relay.test", prefix="")),
    ],
)
def test_a_base_url_may_have_a_path_and_end_in_v1(url: str, expected: Address) -> None:
    assert Address.of(url) == expected


def test_the_metrics_page_is_asked_for_beside_v1() -> None:
    assert metrics_request(_options()).startswith(b"GET /metrics HTTP/1.1\r\nHost: relay.test:8080\r\n")


def test_callers_of_another_language_have_its_path_and_body() -> None:
    head, _, body = call_request(replace(_options(stream=True), dialect="anthropic.messages")).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/messages HTTP/1.1")
    sent = json.loads(body)
    assert (sent["stream"], [message["role"] for message in sent["messages"]]) == (True, ["user"])
    assert "stream_options" not in sent
