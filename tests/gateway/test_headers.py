from waystation.dialects import codecs
from waystation.gateway.headers import headers_of, ids_head, json_head, losses_head, preflight_head, stream_head
from waystation.wire.loss import Loss

IDS = [(b"x-request-id", b"call_1")]


def test_of_a_header_that_is_repeated_the_last_counts() -> None:
    scope = {"headers": [(b"x-api-key", b"1"), (b"content-length", b"2"), (b"x-api-key", b"3")]}
    assert headers_of(scope) == {b"x-api-key": b"3", b"content-length": b"2"}


def test_a_plain_answer_tells_its_length_and_its_id() -> None:
    head = dict(json_head(IDS, 42))
    assert (head[b"content-length"], head[b"x-request-id"]) == (b"42", b"call_1")
    assert head[b"access-control-allow-origin"] == b"*"


def test_a_stream_is_neither_cached_nor_buffered() -> None:
    head = dict(stream_head(IDS, array=False))
    assert head[b"content-type"] == b"text/event-stream; charset=utf-8"
    assert head[b"cache-control"] == b"no-cache, no-transform"
    assert head[b"x-accel-buffering"] == b"no"


def test_an_array_is_json_that_is_not_buffered_either() -> None:
    head = dict(stream_head(IDS, array=True))
    assert (head[b"content-type"], head[b"x-accel-buffering"]) == (b"application/json", b"no")
    assert b"content-length" not in head


def test_the_id_stands_where_each_sdk_looks_for_it() -> None:
    assert ids_head("call_1", codecs()["openai.chat"]) == IDS
    assert ids_head("call_1", codecs()["anthropic.messages"]) == [*IDS, (b"request-id", b"call_1")]


def test_losses_are_told_in_one_bounded_line_of_ascii() -> None:
    ((name, value),) = losses_head((Loss("seed", "no such member"), Loss("tools[0]", "工具", grave=True)))
    assert (name, value) == (b"x-waystation-losses", b"seed: no such member; !tools[0]: ??")
    assert len(losses_head((Loss("x" * 5000, "y"),))[0][1]) == 2000


def test_a_preflight_allows_what_the_browser_asks_for() -> None:
    head = dict(preflight_head({"headers": [(b"access-control-request-headers", b"authorization,x-stainless-os")]}))
    assert head[b"access-control-allow-headers"] == b"authorization,x-stainless-os"
    assert b"access-control-allow-credentials" not in head


def test_a_preflight_without_wishes_allows_everything() -> None:
    assert dict(preflight_head({"headers": []}))[b"access-control-allow-headers"] == b"*"
