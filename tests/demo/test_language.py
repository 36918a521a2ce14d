"""All languages of vendors are answered alike: the same text, the same tools, the same bill."""

import json
from typing import Any

import pytest

from tests.demo.raw import exchange, is_whole, parse, post
from tests.demo.scenes import scene_at, sent
from tests.demo.speakers import ANTHROPIC, CHAT, GEMINI, RESPONSES, SPEAKERS, Speaker, events, speak
from waystation.demo.faults import FAULTS, Stage, fault_named
from waystation.demo.upstream import DemoSettings, DemoUpstream

THOUGHT = "The user wants an answer; I give one."
OTHERS = (ANTHROPIC, RESPONSES, GEMINI)


@pytest.fixture(params=SPEAKERS, ids=lambda speaker: speaker.name)
def speaker(request: pytest.FixtureRequest) -> Speaker:
    found: Speaker = request.param
    return found


async def _said(upstream: DemoUpstream, speaker: Speaker, said: list[Any], *, stream: bool, **more: Any) -> Any:
    got = await speak(upstream, speaker, said, stream=stream, **more)
    assert got.status == 200, got.body
    return speaker.whole(events(got)) if stream else got.json()


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize(("text", "expected"), [("Hello, you", "You said: Hello, you"), ("今天天气", "你说：今天天气")])
async def test_the_text_and_the_bill_are_those_of_chat(
    speaker: Speaker, text: str, expected: str, *, stream: bool
) -> None:
    async with DemoUpstream() as upstream:
        answer = await _said(upstream, speaker, [speaker.user(text)], stream=stream, model="demo-cache")
        chat = await _said(upstream, CHAT, [CHAT.user(text)], stream=False, model="demo-cache")
        assert speaker.said(answer).text == expected
        assert speaker.said(answer).tokens == CHAT.said(chat).tokens
        one, other = upstream.calls
        assert one.usage == other.usage
        assert one.usage is not None
        assert one.usage.cached_tokens > 0


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
async def test_a_tool_is_called_and_its_result_is_read(speaker: Speaker, *, stream: bool) -> None:
    async with DemoUpstream() as upstream:
        more = speaker.with_tool | speaker.thinking
        said = [speaker.user("How is 北京?")]
        first = await _said(upstream, speaker, said, stream=stream, **more)
        second = await _said(upstream, speaker, [*said, *speaker.turns(first, "sunny, 21")], stream=stream, **more)
        assert speaker.said(first).tool == ("weather", {"city": "How is 北京?"})
        assert (speaker.said(first).thought, speaker.said(second).thought) == (THOUGHT, THOUGHT)
        assert speaker.said(second).text == "The tool said: sunny, 21"
        assert [speaker.said(one).tokens for one in (first, second)] == [(9, 8 + 6), (22, 8 + 5)]


async def test_every_language_counts_two_turns_alike() -> None:
    counted = []
    for speaker in SPEAKERS:
        async with DemoUpstream() as upstream:
            more = speaker.with_tool | speaker.thinking
            said = [speaker.user("Go")]
            first = await _said(upstream, speaker, said, stream=False, **more)
            await _said(upstream, speaker, [*said, *speaker.turns(first, "done")], stream=False, **more)
            counted.append([call.usage for call in upstream.calls])
    assert counted == [counted[0]] * len(SPEAKERS)


async def test_every_call_is_booked_by_its_own_id(speaker: Speaker) -> None:
    async with DemoUpstream() as upstream:
        answer = await _said(upstream, speaker, [speaker.user("Hi")], stream=False)
        given = answer["responseId" if speaker is GEMINI else "id"]
        assert list(upstream.usage_by_completion_id) == [given]


async def test_a_known_key_is_wanted_in_the_languages_own_place(speaker: Speaker) -> None:
    async with DemoUpstream(DemoSettings(keys=("sk-test",))) as upstream:
        assert (await speak(upstream, speaker, [speaker.user("Hi")])).status == 200
        path, body = speaker.place(stream=False), speaker.body([speaker.user("Hi")])
        wrong = [header.replace("sk-test", "sk-wrong") for header in speaker.headers]
        got = parse((await exchange(upstream, post(body, *wrong, key="sk-wrong", path=path)))[0])
        assert got.status == (400 if speaker is GEMINI else 401)


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
@pytest.mark.parametrize(
    ("fault", "status"), [("429", 429), ("500", 500), ("503", 503), ("529", 529), ("401", 401), ("404", 404)]
)
async def test_a_refusal_has_the_languages_form(other: Speaker, fault: str, status: int) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream:
        got = await speak(upstream, other, [other.user("Hi")], stream=True)
        error = got.error()
        assert got.status == status
        assert set(error) >= {"message", "code" if other is GEMINI else "type"}
        assert upstream.calls[0].usage is None


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
async def test_an_error_may_come_in_the_middle(other: Speaker) -> None:
    async with DemoUpstream(DemoSettings(fault="error-event-mid")) as upstream:
        *before, last = events(await speak(upstream, other, [other.user("Hi")], stream=True))
        assert before
        assert "error" in last or last["type"] == "error"
        assert "error" in (await speak(upstream, other, [other.user("Hi")])).json()


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
@pytest.mark.parametrize(("fault", "ends"), [("fin-mid-stream", "fin"), ("reset-mid-stream", "reset")])
async def test_a_stream_may_be_cut(other: Speaker, fault: str, ends: str) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream:
        body = other.body([other.user("Hi")], stream=True)
        got, end = await exchange(upstream, post(body, *other.headers, path=other.place(stream=True)))
        assert (got[:15], is_whole(got), end) == (b"HTTP/1.1 200 OK", False, ends)


def _usages(told: list[Any]) -> list[Any]:
    """What each event tells of output tokens; None where it says null."""
    found = []
    for event in told:
        holder = event.get("message") or event.get("response") or event
        for name in ("usage", "usageMetadata"):
            if name in holder:
                usage = holder[name]
                found.append(usage and usage.get("output_tokens", usage.get("candidatesTokenCount")))
    return found


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
async def test_usage_may_be_missing_null_late_or_told_twice(other: Speaker) -> None:
    told: dict[str, list[Any]] = {}
    for fault in ("no-usage", "usage-null", "usage-twice", "usage-late", "usage-negative", "usage-strings"):
        async with DemoUpstream(DemoSettings(fault=fault)) as upstream:
            got = await speak(upstream, other, [other.user("Hi")], stream=True, model="demo")
            told[fault] = _usages(events(got))
    async with DemoUpstream() as upstream:
        whole = _usages(events(await speak(upstream, other, [other.user("Hi")], stream=True, model="demo")))
    assert told["no-usage"] == []
    assert set(told["usage-null"]) == {None}
    assert told["usage-twice"] == [*whole, whole[-1]]
    assert told["usage-late"] == whole
    assert told["usage-negative"][-1] == -whole[-1]
    assert told["usage-strings"][-1] == str(whole[-1])


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
async def test_late_usage_comes_after_the_end(other: Speaker) -> None:
    async with DemoUpstream(DemoSettings(fault="usage-late")) as upstream:
        *_, end, late = events(await speak(upstream, other, [other.user("Hi")], stream=True))
    assert _usages([late]) not in ([], [None])
    if other is ANTHROPIC:
        assert (end["type"], late["type"]) == ("message_stop", "message_delta")
    else:
        assert _usages([end]) in ([], [None])


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
async def test_a_plain_answer_may_tell_its_usage_twice(other: Speaker) -> None:
    async with DemoUpstream(DemoSettings(fault="usage-twice")) as upstream:
        got = await speak(upstream, other, [other.user("Hi")])
    name = "usageMetadata" if other is GEMINI else "usage"
    assert got.body.count(json.dumps(name).encode()) == 2
    assert other.said(got.json()).text == "You said: Hi"


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
@pytest.mark.parametrize(
    "fault",
    [
        "crlf",
        "cr",
        "no-space",
        "event-fields",
        "multiline-data",
        "comments",
        "rechunk",
        "split-utf8",
        "usage-in-finish",
    ],
)
async def test_a_stream_in_unusual_bytes_says_the_same(other: Speaker, fault: str) -> None:
    async with DemoUpstream(DemoSettings(fault=fault)) as upstream:
        got = await speak(upstream, other, [other.user("Hi 中")], stream=True)
    text = got.body.decode().replace("\r\n", "\n").replace("\r", "\n")
    parts = [[line for line in part.split("\n") if line.startswith("data:")] for part in text.split("\n\n")]
    told = [json.loads("\n".join(line[5:] for line in lines)) for lines in parts if lines]
    assert other.said(other.whole(told)).text == "你说：Hi 中"


@pytest.mark.parametrize("other", OTHERS, ids=lambda speaker: speaker.name)
async def test_chunks_keep_their_distance(other: Speaker) -> None:
    async with DemoUpstream(DemoSettings(chunk_gap_s=0.01, chunks=3)) as upstream:
        got = await speak(upstream, other, [other.user("one two three four five")], stream=True, model="demo")
        assert other.said(other.whole(events(got))).text == "You said: one two three four five"


_LARGE = {"huge-line=1000", "endless-line=1000", "gzip-bomb=8", "deep-json=50", "huge-header=100", "many-headers=5"}
_ODD = {"slow-drip", "rechunk"}  # their slices stand for the whole


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("fault", sorted({*FAULTS} - {name.partition("=")[0] for name in _LARGE} | _LARGE))
def test_every_fault_can_strike_every_language(speaker: Speaker, fault: str, *, stream: bool) -> None:
    found = fault_named(fault)
    body = speaker.body([speaker.user("one two")], stream=stream)
    scene = scene_at(speaker.place(stream=stream), body, *speaker.headers, amount=found.amount or 0.0)
    steps = list(found.script(scene))
    assert steps
    if found.metered and found.stage is Stage.BODY and fault not in _ODD:
        assert b" 200 OK" in sent(steps)
