"""The healthy answer of a scene, and its headers."""

from tests.demo.raw import HELLO
from tests.demo.scenes import plain_scene, scene, stream_scene
from waystation.demo.answer import Framing
from waystation.demo.refusals import BROKEN, RATE_LIMITED
from waystation.demo.scene import headers, healthy, payloads, refused
from waystation.demo.settings import DemoSettings


def test_a_plain_answer_is_json_with_a_length() -> None:
    answer = healthy(plain_scene())
    assert (answer.status, answer.framing, len(answer.pieces)) == (200, Framing.LENGTH, 1)
    assert dict(answer.headers)["content-type"] == "application/json"


def test_a_stream_is_chunked_and_ends_with_done() -> None:
    answer = healthy(stream_scene())
    assert (answer.framing, answer.pieces[-1]) == (Framing.CHUNKED, b"data: [DONE]\n\n")
    assert dict(answer.headers)["content-type"] == "text/event-stream; charset=utf-8"
    assert len(answer.pieces) == len(payloads(stream_scene())) + 1


def test_a_caller_that_knows_no_chunks_gets_none() -> None:
    assert healthy(stream_scene(http10=True)).framing is Framing.CLOSE


def test_headers_are_those_of_the_vendor() -> None:
    got = dict(headers(scene(HELLO, DemoSettings(latency_s=0.25))))
    assert (got["x-request-id"], got["openai-processing-ms"], got["openai-version"]) == ("req_1", "251", "2020-10-01")
    assert sum(name.startswith("x-ratelimit-") for name in got) == 6
    assert "connection" not in got


def test_a_connection_that_will_close_says_so() -> None:
    assert dict(headers(plain_scene(keep_alive=False)))["connection"] == "close"


def test_a_refusal_has_its_status_and_the_extra_headers() -> None:
    answer = refused(plain_scene(), BROKEN, (("retry-after", "1"),))
    assert (answer.status, answer.body) == (500, BROKEN.body())
    assert dict(answer.headers)["retry-after"] == "1"


def test_a_reached_limit_shows_in_the_headers() -> None:
    answer = refused(plain_scene(), RATE_LIMITED)
    assert dict(answer.headers)["x-ratelimit-remaining-requests"] == "0"
