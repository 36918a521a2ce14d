"""A reply as Gemini tells it."""

from typing import Any

from tests.demo.scenes import scene_at
from tests.demo.speakers import GEMINI
from waystation.demo.gemini.answers import chunks, response, usage_of
from waystation.demo.gemini.checks import call_seal, text_seal
from waystation.demo.replies import Reply
from waystation.demo.usage import Usage

THOUGHT = "The user wants an answer; I give one."


def _reply(model: str = "demo", **more: Any) -> Reply:
    path = GEMINI.place(stream=False, model=model)
    return scene_at(path, GEMINI.body([GEMINI.user("Hello you")], **more), *GEMINI.headers).reply


def _parts(told: Any) -> Any:
    return told["candidates"][0]["content"]["parts"]


def test_thoughts_are_counted_beside_the_candidates() -> None:
    wire = usage_of(Usage(10, 7, cached_tokens=4, reasoning_tokens=2))
    assert (wire["promptTokenCount"], wire["candidatesTokenCount"], wire["thoughtsTokenCount"]) == (10, 5, 2)
    assert (wire["cachedContentTokenCount"], wire["totalTokenCount"]) == (4, 17)
    assert {"cachedContentTokenCount", "thoughtsTokenCount"}.isdisjoint(usage_of(Usage(1, 1)))


def test_a_plain_text() -> None:
    wire: Any = response(_reply(), shows_thought=True)
    assert _parts(wire) == [{"text": "You said: Hello you"}]
    assert (wire["responseId"], wire["modelVersion"], wire["candidates"][0]["finishReason"]) == (
        "gen-1",
        "demo",
        "STOP",
    )


def test_a_thought_is_shown_when_asked_for_and_signs_the_text() -> None:
    reply = _reply("demo-reason")
    signed = {"text": "You said: Hello you", "thoughtSignature": text_seal("You said: Hello you")}
    assert _parts(response(reply, shows_thought=False)) == [signed]
    assert _parts(response(reply, shows_thought=True)) == [{"text": THOUGHT, "thought": True}, signed]


def test_a_call_is_signed_where_it_will_be_wanted_back() -> None:
    args = {"city": "Hello you"}
    (part,) = _parts(response(_reply("gemini-3-x", **GEMINI.with_tool), shows_thought=False))
    assert part == {
        "functionCall": {"name": "weather", "args": args, "id": "fn-1"},
        "thoughtSignature": call_seal("weather", args),
    }
    (bare,) = _parts(response(_reply("gemini-2.5-x", **GEMINI.with_tool), shows_thought=False))
    assert bare == {"functionCall": {"name": "weather", "args": args}}


def test_arguments_that_were_cut_are_no_json() -> None:
    reply = _reply(**GEMINI.with_tool, generationConfig={"maxOutputTokens": 2})
    wire: Any = response(reply, shows_thought=False)
    assert _parts(wire)[0]["functionCall"]["args"] == {}
    assert wire["candidates"][0]["finishReason"] == "MAX_TOKENS"


def test_a_stream_tells_the_usage_so_far() -> None:
    told: list[Any] = list(chunks(_reply("demo-reason"), shows_thought=True))
    counted = [chunk["usageMetadata"]["candidatesTokenCount"] for chunk in told]
    assert counted == [0] * 8 + [1, 2, 3, 4, 4]
    assert "".join(_parts(chunk)[0]["text"] for chunk in told) == THOUGHT + "You said: Hello you"
    assert [chunk["candidates"][0].get("finishReason") for chunk in told] == [None] * 12 + ["STOP"]
    assert _parts(told[-1]) == [{"text": "", "thoughtSignature": text_seal("You said: Hello you")}]


def test_a_streamed_call_comes_whole() -> None:
    told: list[Any] = list(chunks(_reply(**GEMINI.with_tool), shows_thought=False))
    assert [list(_parts(chunk)[0]) for chunk in told] == [["functionCall"], ["text"]]


def test_every_candidate_says_the_same() -> None:
    reply = _reply(generationConfig={"candidateCount": 2})
    for wire in (response(reply, shows_thought=False), *chunks(reply, shows_thought=False)):
        found: Any = wire["candidates"]
        assert [candidate["index"] for candidate in found] == [0, 1]
    told: Any = list(chunks(reply, shows_thought=False))
    assert told[-2]["usageMetadata"] == told[-1]["usageMetadata"] == usage_of(reply.usage)
