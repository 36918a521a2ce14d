"""The dialect, as the house calls it."""

import json

import pytest

from waystation.dialects.codec import Complaint, Place
from waystation.dialects.gemini_generate import CODEC, count_weight
from waystation.dialects.gemini_generate.array import ArrayReader
from waystation.dialects.lanes import TapReader
from waystation.wire.errors import BadRequest, NoRoute, VendorFailure
from waystation.wire.usage import Heard, Usage

BODY = b'{"contents":[{"parts":[{"text":"hi"}]}]}'
HELLO = b'data: {"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"modelVersion":"v"}\n\n'


def test_it_is_found_by_its_path() -> None:
    assert (CODEC.dialect, CODEC.operation_name, CODEC.namespace) == ("gemini.generate", "generate_content", "gemini")
    assert (CODEC.paths, CODEC.headers, CODEC.keep_alive) == ((), (), b": keep-alive\n\n")
    assert CODEC.locate("/models/m:streamGenerateContent", "alt=sse") == Place(
        model="m", stream=True, verb="streamGenerateContent"
    )
    assert CODEC.vendor_path("/models/{model}:{verb}", "m", stream=False) == "/models/m:generateContent"


@pytest.mark.parametrize(("array", "kind"), [(False, TapReader), (True, ArrayReader)])
def test_a_stream_is_tapped_in_the_form_that_was_asked_for(array: bool, kind: type) -> None:
    ask = CODEC.decode(BODY, Place(model="m", stream=True, array=array))
    lane = CODEC.reader(ask)
    assert type(lane) is kind
    sent = lane.feed(HELLO) + lane.close()
    assert sent == (b"[" + HELLO[6:-2] + b"]" if array else HELLO)
    assert (lane.response_model, lane.finish_reasons) == ("v", ("stop",))


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_the_body_goes_as_it_is(mark: bytes) -> None:
    ask = CODEC.decode(mark + BODY, Place(model="m"))
    assert CODEC.retarget(mark + BODY, ask, "other") == BODY


def test_the_facts_of_a_plain_answer() -> None:
    usage = b'"usageMetadata":{"promptTokenCount":3,"totalTokenCount":7}'
    facts = CODEC.reply(b'{"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}],%s}' % usage)
    assert facts.usage == Heard(Usage(input_tokens=3, output_tokens=4), ())
    assert (facts.finish_reasons, facts.weight.ascii_chars) == (("stop",), 5)
    with pytest.raises(VendorFailure):
        CODEC.reply(b'{"error":{"code":500}}')


def test_errors_are_googles() -> None:
    told = json.loads(CODEC.error(BadRequest("'contents' is missing.")))
    assert told == {"error": {"code": 400, "message": "'contents' is missing.", "status": "INVALID_ARGUMENT"}}
    event = CODEC.fail(NoRoute("all benched"))
    assert event.startswith(b'data: {"error":')
    assert json.loads(event.removeprefix(b"data: "))["error"]["status"] == "UNAVAILABLE"


def test_complaints_are_read() -> None:
    body = b'{"error":{"code":429,"message":"Slow down","status":"RESOURCE_EXHAUSTED"}}'
    assert CODEC.complaint(body) == Complaint("Slow down", "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED")


def test_tokens_can_be_counted() -> None:
    assert count_weight(BODY).ascii_chars == len(BODY)
