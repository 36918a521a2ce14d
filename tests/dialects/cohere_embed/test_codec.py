import json

import pytest

from waystation.dialects.codec import Ask, Codec, Complaint, Target
from waystation.dialects.cohere_embed import CODEC
from waystation.wire.embedding import EmbeddingReply, EmbeddingRequest
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

REPLY = b'{"embeddings":{"float":[[1.0]]},"meta":{"billed_units":{"input_tokens":1}}}'
REQUEST = EmbeddingRequest(dialect="openai.embeddings", model="m", inputs=("a",))
ASK = Ask(
    model="m", stream=False, include_usage=False, choices=1, max_output_tokens=0, weight=Weight(), model_span=(0, 0)
)


def test_it_is_a_codec_without_callers() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name, CODEC.paths, CODEC.chat) == ("cohere.embed", "embeddings", (), None)
    assert CODEC.locate("/embed", "") is None
    assert CODEC.vendor_path("/v2/embed", "m", stream=False) == "/v2/embed"


def test_a_vendor_is_asked_and_answers() -> None:
    hub = CODEC.embeddings
    assert hub is not None
    assert json.loads(hub.encode_request(REQUEST, Target(model="new")).body)["model"] == "new"
    assert hub.decode_reply(REPLY).vectors == ((1.0,),)
    assert CODEC.reply(REPLY).usage == Heard(Usage(input_tokens=1, output_tokens=0), ())


def test_no_caller_is_served_in_it() -> None:
    hub = CODEC.embeddings
    assert hub is not None
    with pytest.raises(BadRequest):
        CODEC.decode(b"{}")
    with pytest.raises(BadRequest):
        CODEC.retarget(b"{}", ASK, "m")
    with pytest.raises(BadRequest):
        hub.decode_request(b"{}")
    with pytest.raises(BadRequest):
        hub.encode_reply(EmbeddingReply(dialect="cohere.embed", vectors=((1.0,),)), REQUEST)


def test_errors_are_a_message() -> None:
    assert json.loads(CODEC.error(BadRequest("no"))) == {"message": "no"}
    assert json.loads(CODEC.fail(BadRequest("no"))) == {"message": "no"}
    assert CODEC.complaint(b'{"id":"1","message":"no"}') == Complaint("no")
