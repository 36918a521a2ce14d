import json

import pytest

from waystation.dialects.codec import Codec, Complaint, Target
from waystation.dialects.openai_embeddings import CODEC
from waystation.wire.errors import BadRequest, NoRoute, VendorFailure

BODY = b'{"model":"m","input":"a","dimensions": 3}'
REPLY = b'{"data":[{"embedding":[1.0],"index":0}],"model":"m-1","usage":{"prompt_tokens":1,"total_tokens":1}}'


def test_it_is_a_codec() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name, CODEC.namespace) == ("openai.embeddings", "embeddings", "openai")
    assert (CODEC.paths, CODEC.chat) == (("/embeddings",), None)
    assert CODEC.locate("/models/m:embedContent", "") is None
    assert CODEC.vendor_path("/embeddings", "m", stream=False) == "/embeddings"


def test_only_the_models_name_changes() -> None:
    ask = CODEC.decode(BODY)
    assert CODEC.retarget(BODY, ask, "m") is BODY
    assert CODEC.retarget(BODY, ask, "new") == b'{"model":"new","input":"a","dimensions": 3}'


def test_an_answer_is_read_and_an_error_is_not_taken_for_one() -> None:
    assert CODEC.reply(REPLY).response_model == "m-1"
    with pytest.raises(VendorFailure):
        CODEC.reply(b'{"error":{"message":"no"}}')


def test_the_hub_is_reached_in_four_verbs() -> None:
    hub = CODEC.embeddings
    assert hub is not None
    request = hub.decode_request(BODY)
    assert json.loads(hub.encode_request(request, Target(model="m")).body) == json.loads(BODY) | {
        "encoding_format": "float"
    }
    assert json.loads(hub.encode_reply(hub.decode_reply(REPLY), request)) == {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": [1.0]}],
        "model": "m-1",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
    }


def test_errors_are_told_in_openais_form() -> None:
    told = {"error": {"message": "no", "type": "invalid_request_error", "param": "input", "code": None}}
    error = BadRequest("no", param="input")
    assert json.loads(CODEC.error(error)) == told
    assert json.loads(CODEC.fail(error)) == told
    assert "10.0.0.1" not in CODEC.error(NoRoute("10.0.0.1 is down")).decode()


def test_complaints_are_read() -> None:
    assert CODEC.complaint(b'{"error":{"message":"no","code":"x"}}') == Complaint("no", None, "x", None)
