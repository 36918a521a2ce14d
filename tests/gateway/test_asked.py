import json

import pytest

from waystation.dialects import codecs
from waystation.dialects.codec import NOWHERE
from waystation.gateway.asked import ask_of
from waystation.wire.errors import BadRequest
from waystation.wire.wish import Wish

CHAT = codecs()["openai.chat"]


def test_a_request_is_read_in_its_paths_language() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"input":"Hi"}'
    assert ask_of(CHAT, body, NOWHERE) == (CHAT.decode(body), body)


def test_a_responses_body_on_the_chat_path_is_read_as_what_it_is() -> None:
    ask, _ = ask_of(CHAT, b'{"model":"m","input":[{"role":"user","content":"Hi"}],"stream":true}', NOWHERE)
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


def test_wishes_are_read_and_not_passed_on() -> None:
    body = b'{"model":"m","provider":{"sort":"price"},"models":["other"],"messages":[{"role":"user","content":"Hi"}]}'
    ask, rest = ask_of(CHAT, body, NOWHERE)
    assert rest == b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}'
    assert ask.wish == Wish(sort="price", models=("other",))
    assert CHAT.retarget(rest, ask, "there") == rest.replace(b'"m"', b'"there"')


def test_a_list_of_models_is_enough() -> None:
    ask, rest = ask_of(CHAT, b'{"models":["a","b"],"messages":[{"role":"user","content":"Hi"}]}', NOWHERE)
    assert (ask.model, ask.wish) == ("a", Wish(models=("a", "b")))
    assert json.loads(rest)["model"] == "a"
    with pytest.raises(BadRequest) as refused:
        ask_of(CHAT, b'{"models":[],"messages":[{"role":"user","content":"Hi"}]}', NOWHERE)
    assert refused.value.param == "model"


def test_a_responses_body_on_the_chat_path_may_wish_too() -> None:
    body = b'{"model":"m","input":[{"role":"user","content":"Hi"}],"provider":{"only":["a"]}}'
    ask, rest = ask_of(CHAT, body, NOWHERE)
    assert (ask.spoken, ask.wish) == ("openai.responses", Wish(only=("a",)))
    assert b"provider" not in rest


@pytest.mark.parametrize(
    ("dialect", "request_"),
    [
        ("openai.responses", {"model": "m", "input": "Hi"}),
        ("openai.completions", {"model": "m", "prompt": "Hi"}),
        ("openai.embeddings", {"model": "m", "input": "Hi"}),
        ("anthropic.messages", {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}),
    ],
)
def test_every_language_that_has_a_model_in_its_body_may_wish(dialect: str, request_: dict[str, object]) -> None:
    codec = next(codec for name, codec in codecs().items() if name == dialect)
    wishes = {"provider": {"ignore": ["a"]}, "models": ["b"]}
    ask, rest = ask_of(codec, json.dumps(request_ | wishes).encode(), NOWHERE)
    assert ask.wish == Wish(ignore=("a",), models=("b",))
    assert json.loads(rest) == request_
