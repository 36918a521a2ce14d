import json

import pytest

from waystation.dialects.codec import Ask, Place
from waystation.dialects.gemini_embed.ask import decode_ask, retargeted
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

ONE = Place(model="m", verb="embedContent")
MANY = Place(model="m", verb="batchEmbedContents")
CONTENT = b'{"parts":[{"text":"hello"}]}'
BATCH = b'{"requests":[{"model":"models/m","content":%s,"x":1},{"content":%s}]}' % (CONTENT, CONTENT)


def test_the_path_names_the_model() -> None:
    ask = decode_ask(BATCH, MANY)
    assert (ask.model, ask.stream, ask.choices, ask.max_output_tokens) == ("m", False, 1, 0)
    assert ask.spoken is None


def test_a_body_with_one_text_is_not_what_vendors_are_sent() -> None:
    assert decode_ask(b'{"content":%s}' % CONTENT, ONE).spoken == "gemini.embed"


def test_the_content_is_what_weighs() -> None:
    assert decode_ask(b'{"content":%s,"title":"t"}' % CONTENT, ONE).weight == Weight(len(CONTENT))
    wide = '{"content":{"parts":[{"text":"你好"}]}}'.encode()
    assert decode_ask(b"\xef\xbb\xbf" + wide, ONE).weight == Weight(len('{"parts":[{"text":""}]}'), 2)


def test_many_large_texts_are_one_member() -> None:
    text = b'{"content":{"parts":[{"text":"%s"}]}}' % (b"x" * 600_000)
    assert decode_ask(b'{"requests":[%s,%s]}' % (text, text), MANY).weight.ascii_chars > 1_200_000


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"requests":[]}', b'{"requests":[{}],"requests":[]}', b"\xff"])
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        decode_ask(body, MANY)


@pytest.mark.parametrize("model", [None, "", "a\nb"])
def test_a_path_without_a_model_is_refused(model: str | None) -> None:
    with pytest.raises(BadRequest) as caught:
        decode_ask(BATCH, Place(model=model, verb="batchEmbedContents"))
    assert caught.value.param == "model"


def test_each_request_names_the_vendors_model() -> None:
    def sent(body: bytes, place: Place) -> object:
        ask: Ask = decode_ask(body, place)
        return json.loads(retargeted(body, ask, "new"))

    content = json.loads(CONTENT)
    assert sent(BATCH, MANY) == {
        "requests": [
            {"model": "models/new", "content": content, "x": 1},
            {"model": "models/new", "content": content},
        ]
    }
    assert sent(b'{"model":"m","content":%s,"title":"t"}' % CONTENT, ONE) == {
        "requests": [{"model": "models/new", "content": content, "title": "t"}]
    }
