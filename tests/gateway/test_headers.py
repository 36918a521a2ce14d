from waystation.gateway.headers import json_head, preflight_head, sse_head, wanted


def test_only_the_headers_that_matter_are_read() -> None:
    scope = {"headers": [(b"host", b"x"), (b"x-api-key", b"1"), (b"cookie", b"a=b"), (b"content-length", b"2")]}
    assert wanted(scope) == {b"x-api-key": b"1", b"content-length": b"2"}


def test_a_plain_answer_tells_its_length_and_its_id() -> None:
    head = dict(json_head(b"call_1", 42))
    assert (head[b"content-length"], head[b"x-request-id"]) == (b"42", b"call_1")
    assert head[b"access-control-allow-origin"] == b"*"


def test_a_stream_is_neither_cached_nor_buffered() -> None:
    head = dict(sse_head(b"call_1"))
    assert head[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert head[b"cache-control"] == b"no-cache, no-transform"
    assert head[b"x-accel-buffering"] == b"no"


def test_a_preflight_allows_what_the_browser_asks_for() -> None:
    head = dict(preflight_head({"headers": [(b"access-control-request-headers", b"authorization,x-stainless-os")]}))
    assert head[b"access-control-allow-headers"] == b"authorization,x-stainless-os"
    assert b"access-control-allow-credentials" not in head


def test_a_preflight_without_wishes_allows_everything() -> None:
    assert dict(preflight_head({"headers": []}))[b"access-control-allow-headers"] == b"*"
