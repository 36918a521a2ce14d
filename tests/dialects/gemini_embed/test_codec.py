import json

from waystation.dialects.codec import Codec, Complaint, Place, Target
from waystation.dialects.gemini_embed import CODEC
from waystation.wire.errors import BadRequest
from waystation.wire.usage import Heard, Usage

ONE = Place(model="m", verb="embedContent")
BODY = b'{"content":{"parts":[{"text":"a"}]}}'
REPLY = b'{"embeddings":[{"values":[1.0]}],"usageMetadata":{"promptTokenCount":1}}'


def test_it_is_a_codec() -> None:
    assert isinstance(CODEC, Codec)
    assert (CODEC.dialect, CODEC.operation_name, CODEC.namespace) == ("gemini.embed", "embeddings", "gemini")
    assert (CODEC.paths, CODEC.chat) == ((), None)
    assert CODEC.locate("/models/m:embedContent", "key=1") == ONE
    assert CODEC.vendor_path("/models/{model}:batchEmbedContents", "m", stream=False) == "/models/m:batchEmbedContents"


def test_a_request_is_read_and_sent_for_another_model() -> None:
    ask = CODEC.decode(BODY, ONE)
    assert ask.model == "m"
    assert json.loads(CODEC.retarget(BODY, ask, "new")) == {"requests": [{"model": "models/new"} | json.loads(BODY)]}
    assert CODEC.reply(REPLY).usage == Heard(Usage(input_tokens=1, output_tokens=0), ())


def test_the_hub_is_reached_in_four_verbs() -> None:
    hub = CODEC.embeddings
    assert hub is not None
    request = hub.decode_request(BODY, ONE)
    sent = json.loads(hub.encode_request(request, Target(model="new")).body)
    assert sent == {"requests": [{"model": "models/new"} | json.loads(BODY)]}
    assert json.loads(hub.encode_reply(hub.decode_reply(REPLY), request)) == {
        "embedding": {"values": [1.0]},
        "usageMetadata": {"promptTokenCount": 1},
    }


def test_errors_are_told_in_googles_form() -> None:
    told = {"error": {"code": 400, "message": "no", "status": "INVALID_ARGUMENT"}}
    assert json.loads(CODEC.error(BadRequest("no"))) == told
    assert json.loads(CODEC.fail(BadRequest("no"))) == told


def test_complaints_are_read() -> None:
    complaint = CODEC.complaint(b'{"error":{"code":400,"message":"no","status":"INVALID_ARGUMENT"}}')
    assert complaint == Complaint("no", None, "400", None)
