"""OpenAI's responses, as the house calls them."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.openai_responses.streams import completed, frame
from waystation.dialects import codecs
from waystation.dialects.codec import Codec
from waystation.dialects.openai_responses import CODEC
from waystation.wire.errors import BadAnswer, BadRequest, Truncated, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Usage

BODY = b'{"model":"m","input":"hi","stream":true}'
FRAMES = [
    frame("response.created", response={"id": "resp_1", "model": "v"}),
    frame("response.output_text.delta", delta="Hello"),
    completed(),
]
STREAM = b"".join(b"event: " + one.event + b"\ndata: " + (one.data or b"") + b"\n\n" for one in FRAMES)


def test_it_is_found_by_its_name() -> None:
    assert isinstance(CODEC, Codec)
    assert codecs()["openai.responses"] is CODEC
    assert (CODEC.paths, CODEC.namespace, CODEC.operation_name) == (("/responses",), "openai", "chat")


def test_a_request_goes_on_with_another_model() -> None:
    ask = CODEC.decode(BODY)
    assert CODEC.retarget(BODY, ask, "v") == b'{"model":"v","input":"hi","stream":true}'


def test_a_plain_answer_says_what_it_used() -> None:
    facts = CODEC.reply(
        b'{"status":"completed","model":"v","output":[{"type":"message","role":"assistant","content":'
        b'[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":1,"output_tokens":2}}'
    )
    assert facts.usage is not None
    assert facts.usage.usage == Usage(input_tokens=1, output_tokens=2)
    assert (facts.response_model, facts.finish_reasons, facts.weight) == ("v", ("stop",), Weight(5))


def test_an_answer_that_is_none_is_refused() -> None:
    with pytest.raises(BadAnswer):
        CODEC.reply(b"{}")
    with pytest.raises(VendorFailure):
        CODEC.reply(b'{"error":{"code":"c"}}')


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_a_stream_passes_unchanged_whatever_the_chunking(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = CODEC.reader(CODEC.decode(BODY))
    out = b"".join(reader.feed(STREAM[start:end]) for start, end in pairwise(edges))
    assert (reader.started, reader.finished, reader.done) == (True, True, True)
    assert out + reader.close() == STREAM
    assert (reader.response_model, reader.finish_reasons, reader.weight) == ("v", ("stop",), Weight(5))
    assert reader.usage is not None
    assert reader.usage.usage.input_tokens == 9


def test_a_stream_that_breaks_off_is_truncated() -> None:
    reader = CODEC.reader(CODEC.decode(BODY))
    reader.feed(STREAM[: STREAM.index(b"event: response.completed")])
    with pytest.raises(Truncated):
        reader.close()


def test_errors_have_openais_shape() -> None:
    told = json.loads(CODEC.error(BadRequest("Wrong.", param="input")))
    assert told == {"error": {"message": "Wrong.", "type": "invalid_request_error", "param": "input", "code": None}}


def test_a_stream_that_fails_says_so_in_its_last_event() -> None:
    name, data, *_ = CODEC.fail(Truncated("secret")).decode().split("\n")
    assert name == "event: response.failed"
    told = json.loads(data.removeprefix("data: "))
    assert told["response"]["status"] == "failed"
    assert told["response"]["error"]["code"] == "upstream_truncated"
    assert "secret" not in data
    untold = json.loads(CODEC.fail(BadRequest("Wrong.")).decode().split("\n")[1].removeprefix("data: "))
    assert untold["response"]["error"] == {"code": "invalid_request_error", "message": "Wrong."}


def test_vendors_errors_are_read() -> None:
    assert CODEC.complaint(b'{"error":{"code":"c","type":"t","message":"m"}}').code == "c"
