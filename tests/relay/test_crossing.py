import base64
import json
from typing import Any

import msgspec
import pytest

from tests.relay.world import Scene, ScriptedInbound, plain, scene
from waystation.dialects import codecs
from waystation.dialects.codec import Place
from waystation.dialects.seal import wrap
from waystation.ports import Fetched
from waystation.relay.crossing import LINKS_MAX, tap
from waystation.routing.route import Route
from waystation.wire.chat import Seal
from waystation.wire.errors import BadRequest, LinkRefused, Unsayable

HELLO: dict[str, Any] = {"model": "m", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello!"}]}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
CAT = "https://img.example/cat.png"


def route(at: Scene) -> Route:
    ((found,),) = at.board.served["m"].tiers
    return found


def image(url: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}


def test_who_speaks_the_upstreams_language_is_tapped() -> None:
    at = scene()
    call = at.call()
    bridge = tap(call, route(at))
    assert bridge is not None
    assert json.loads(bridge.body) == {**json.loads(call.body), "model": "m-0"}
    assert (bridge.losses, bridge.vendor.dialect) == ((), "openai.chat")


def test_another_language_goes_through_the_hub() -> None:
    at = scene()
    assert tap(at.call_in("anthropic.messages", HELLO), route(at)) is None


async def test_a_conversation_crosses_there_and_back() -> None:
    at = scene(plain("Hi there!"))
    await at.relay.run(at.call_in("anthropic.messages", HELLO), at.caller)
    (asked,) = at.transport.asked
    assert asked.path == "/chat/completions"
    assert json.loads(asked.body)["messages"] == [{"role": "user", "content": "Hello!"}]
    answer = json.loads(at.caller.got)
    assert (answer["type"], answer["content"][0]["text"], answer["usage"]["output_tokens"]) == (
        "message",
        "Hi there!",
        5,
    )
    assert (at.record.dialect, at.record.vendor_dialect) == ("anthropic.messages", "openai.chat")


async def test_embeddings_cross_there_and_back() -> None:
    vectors = {"embeddings": {"float": [[0.5, 1.0]]}, "meta": {"billed_units": {"input_tokens": 3}}}
    at = scene(ScriptedInbound(json.dumps(vectors).encode()), vendor="cohere")
    request = {"model": "m", "input": "你好", "encoding_format": "float"}
    await at.relay.run(at.call_in("openai.embeddings", request), at.caller)
    assert json.loads(at.transport.asked[0].body)["texts"] == ["你好"]
    answer = json.loads(at.caller.got)
    assert answer["data"][0]["embedding"] == [0.5, 1.0]
    assert at.record.usage is not None
    assert (at.record.usage.input_tokens, at.record.usage.output_tokens) == (3, 0)


async def test_a_grave_loss_is_refused_before_anything_is_sent() -> None:
    at = scene()
    with pytest.raises(Unsayable) as refused:
        await at.relay.run(at.call_in("anthropic.messages", {**HELLO, "tools": [SEARCH]}), at.caller)
    assert refused.value.param == "tools[0]"
    assert "openai.chat" in refused.value.message
    assert (at.transport.asked, at.spent, at.record.outcome) == ([], 0, "refused")


async def test_a_caller_may_bear_a_grave_loss_and_is_told_of_it() -> None:
    at = scene(plain())
    call = at.call_in("anthropic.messages", {**HELLO, "tools": [SEARCH]}, bears_losses=True)
    await at.relay.run(call, at.caller)
    assert [loss.field for loss in at.caller.losses if loss.grave] == ["tools[0]"]
    assert at.record.losses == at.caller.losses


async def test_anothers_seal_takes_a_body_off_the_tap() -> None:
    sealed = wrap(Seal("gemini.generate", "c2VhbA=="))
    thought = {"type": "thinking", "thinking": "Hm", "signature": sealed}
    answer = {"role": "assistant", "content": [thought, {"type": "text", "text": "Hi!"}]}
    turns = [*HELLO["messages"], answer, {"role": "user", "content": "And now?"}]
    at = scene(vendor="anthropic")
    call = at.call_in("anthropic.messages", {**HELLO, "messages": turns})
    assert tap(call, route(at)) is not None  # no vendor who could have sealed it is served here
    object.__setattr__(at.board, "crossed", frozenset({"anthropic.messages"}))
    assert tap(call, route(at)) is None
    bridge = await at.crossing.bridge(call, route(at))
    assert sealed.encode() not in bridge.body
    assert b"Hi!" in bridge.body


async def test_a_file_by_address_is_fetched_where_the_vendor_wants_it_inline() -> None:
    at = scene(vendor="gemini")
    at.fetcher.known[CAT] = Fetched("image/png", b"\x89PNG")
    call = at.call_in("openai.chat", {**HELLO, "messages": [image(CAT), image(CAT)]})
    bridge = await at.crossing.bridge(call, route(at))
    assert bridge.body.count(base64.b64encode(b"\x89PNG")) == 2
    assert at.fetcher.asked == [CAT]


async def test_a_file_that_can_not_be_fetched_is_the_callers_mistake() -> None:
    at = scene(vendor="gemini")
    with pytest.raises(LinkRefused):
        await at.relay.run(at.call_in("openai.chat", {**HELLO, "messages": [image(CAT)]}), at.caller)
    assert at.spent == 0


async def test_files_by_address_are_counted() -> None:
    at = scene(vendor="gemini")
    many = [image(f"https://img.example/{number}.png") for number in range(LINKS_MAX + 1)]
    with pytest.raises(BadRequest, match=f"at most {LINKS_MAX}"):
        await at.crossing.bridge(at.call_in("openai.chat", {**HELLO, "messages": many}), route(at))
    assert at.fetcher.asked == []


async def test_the_path_says_model_and_stream_where_the_language_does() -> None:
    at = scene(plain())
    contents = {"contents": [{"role": "user", "parts": [{"text": "Hello!"}]}]}
    await at.relay.run(at.call_in("gemini.generate", contents, place=Place(model="m")), at.caller)
    assert json.loads(at.caller.got)["candidates"][0]["content"]["parts"][0]["text"] == "Hi there!"


async def test_a_responses_body_on_the_chat_path_is_answered_as_chat() -> None:
    at = scene(plain())
    body = b'{"model": "m", "input": "Hello!"}'
    ask = msgspec.structs.replace(codecs()["openai.responses"].decode(body), spoken="openai.responses")
    await at.relay.run(msgspec.structs.replace(at.call(), body=body, ask=ask), at.caller)
    assert json.loads(at.transport.asked[0].body)["messages"][-1]["content"] == "Hello!"
    assert json.loads(at.caller.got)["object"] == "chat.completion"
