import json

import pytest

from waystation.dialects import codecs
from waystation.dialects.codec import NOWHERE
from waystation.gateway.asked import ask_of
from waystation.wire.errors import BadRequest

CHAT = codecs()["openai.chat"]


def test_a_request_is_read_in_its_paths_language() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"input":"Hi"}'
    assert ask_of(CHAT, body, NOWHERE) == CHAT.decode(body)


def test_a_responses_body_on_the_chat_path_is_read_as_what_it_is() -> None:
    ask = ask_of(CHAT, b'{"model":"m","input":[{"role":"user","content":"Hi"}],"stream":true}', NOWHERE)
    assert (ask.spoken, ask.model, ask.stream) == ("openai.responses", "m", True)


@pytest.mark.parametrize(
    ("dialect", "request_"),
    [
        ("openai.chat", {"model": "m"}),
        ("openai.chat", {"model": "m", "messages": "input"}),
        ("openai.chat", {"model": "m", "input": 5}),
        ("anthropic.messages", {"model": "m", "input": "Hi"}),
    ],
)
def test_what_is_neither_is_refused_in_the_paths_words(dialect: str, request_: object) -> None:
    codec = next(codec for name, codec in codecs().items() if name == dialect)
    with pytest.raises(BadRequest) as refused:
        ask_of(codec, json.dumps(request_).encode(), NOWHERE)
    assert refused.value.param == "messages"
