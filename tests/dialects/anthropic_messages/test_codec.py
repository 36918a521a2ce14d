"""The dialect as a whole: requests patched in their own bytes, answers read, errors told."""

import json

import pytest

from tests.dialects.anthropic_messages.streams import delta, sse
from waystation.dialects.anthropic_messages import CODEC
from waystation.dialects.codec import Codec, Complaint
from waystation.wire.errors import BadAnswer, NoRoute, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

BODY = b'{"messages":[{"role":"user","content":"Hi"}],"x":1e400,"model" : "m","max_tokens":5,"stream":true}'
HEARD = Heard(Usage(input_tokens=3, output_tokens=4), ())
STREAM = sse(
    {"type": "message_start", "message": {"id": "i", "model": "m", "usage": {"input_tokens": 3, "output_tokens": 1}}},
    {"type": "ping"},
    delta(0, "text_delta", text="Hi 你"),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
    {"type": "message_stop"},
)


def test_it_is_a_codec() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name, CODEC.namespace) == ("anthropic.messages", "chat", "anthropic")
    assert (CODEC.paths, CODEC.headers) == (("/messages",), (b"anthropic-version", b"anthropic-beta"))
    assert CODEC.keep_alive == b'event: ping\ndata: {"type": "ping"}\n\n'
    assert (CODEC.locate("/messages", ""), CODEC.embeddings) == (None, None)
    assert CODEC.vendor_path("/v1/messages", "m", stream=True) == "/v1/messages"


def test_only_the_models_name_changes() -> None:
    ask = CODEC.decode(BODY)
    assert CODEC.retarget(BODY, ask, "new") == BODY.replace(b'"m"', b'"new"')
    assert CODEC.retarget(BODY, ask, "m") is BODY


def test_a_plain_answer_says_of_itself() -> None:
    usage = {"input_tokens": 3, "output_tokens": 4}
    answer = {"model": "m", "content": [{"type": "text", "text": "Hi 你"}], "stop_reason": "end_turn", "usage": usage}
    facts = CODEC.reply(json.dumps(answer).encode())
    assert (facts.usage, facts.response_model, facts.finish_reasons) == (HEARD, "m", ("stop",))
    assert facts.weight == Weight(3, 1)
    with pytest.raises(BadAnswer):
        CODEC.reply(b"{}")


def test_a_stream_is_handed_on_byte_for_byte() -> None:
    reader = CODEC.reader(CODEC.decode(BODY))
    assert reader.feed(STREAM) + reader.close() == STREAM
    assert (reader.usage, reader.response_model, reader.finish_reasons) == (HEARD, "m", ("stop",))
    assert reader.weight == Weight(3, 1)


def test_an_error_in_a_stream() -> None:
    reader = CODEC.reader(CODEC.decode(BODY))
    with pytest.raises(VendorFailure):
        reader.feed(sse({"type": "error", "error": {"type": "overloaded_error"}}))


def test_errors_are_told() -> None:
    body = CODEC.error(NoRoute("secret"))
    assert json.loads(body)["error"]["type"] == "api_error"
    assert b"secret" not in body
    assert CODEC.fail(NoRoute("x")) == b"event: error\ndata: " + body + b"\n\n"


def test_complaints_are_read() -> None:
    body = b'{"type":"error","error":{"type":"rate_limit_error","message":"Slow down."},"request_id":"r"}'
    assert CODEC.complaint(body) == Complaint(message="Slow down.", type="rate_limit_error")
