"""What holds of every fixture, in every language."""

from collections.abc import Iterable
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.cases import LANGUAGES, Named, answers, hub, requests
from tests.golden.cells import CALL_ID, EVENT_BYTES_MAX, asked_by, replied, streamed
from tests.golden.heard import Amount, Said, of_events, of_reply
from tests.golden.turns import next_turn
from waystation.dialects.codec import NOWHERE, EventReader, Place, Target
from waystation.dialects.framing import SseReader
from waystation.vendors.openai import VENDOR as OPENAI
from waystation.wire.chat import FinishReason, Part, Seal, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.dialect import Dialect

ANSWERS: Final = answers()
REQUESTS: Final = requests()
PLACE: Final = Place(model="public-model")
HALF: Final = r"half a \ud83d pair"
ONE_TEXT: Final[dict[Dialect, str]] = {
    "openai.chat": '{"model":"m","messages":[{"role":"user","content":"%s"}]}',
    "openai.responses": '{"model":"m","input":"%s"}',
    "anthropic.messages": '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"%s"}]}',
    "gemini.generate": '{"contents":[{"parts":[{"text":"%s"}]}]}',
}

# Ends that not every language tells apart, and counts that a language has no name for.
ALIKE: Final[dict[FinishReason, FinishReason]] = {
    "stop_sequence": "stop",
    "context_length": "length",
    "refusal": "content_filter",
    "pause": "stop",
    "malformed_call": "stop",
    "other": "stop",
}
UNCOUNTED: Final[dict[Dialect, tuple[str, ...]]] = {
    "openai.chat": ("cache_creation_1h_input_tokens", "searches"),
    "openai.responses": ("cache_creation_1h_input_tokens", "searches"),
    "anthropic.messages": (),
    "gemini.generate": ("cache_creation_input_tokens", "cache_creation_1h_input_tokens", "searches"),
}


def read(stream: bytes, reader: EventReader) -> Amount:
    sse = SseReader(EVENT_BYTES_MAX)
    frames = [*sse.feed(stream), *sse.close()]
    return of_events([event for frame in frames for event in reader.read(frame)] + reader.close())


def sayable(amount: Amount, language: Dialect) -> Amount:
    """What a caller of a language can be told of an answer. Of the vendors' tiers each language has its own words."""
    usage = amount.usage
    if usage is not None:
        usage = msgspec.structs.replace(usage, service_tier=None, **dict.fromkeys(UNCOUNTED[language], 0))
    return Amount(tuple(map(_roughly, amount.choices)), usage)


def _roughly(said: Said) -> Said:
    return msgspec.structs.replace(said, refused=False, finish=ALIKE.get(said.finish, said.finish))


def check_kept(got: Amount, due: Amount, language: Dialect) -> None:
    """A refusal ends like any other text in some languages, and in some with a word of its own."""
    refused = any(said.refused for said in due.choices)
    got, due = sayable(got, language), sayable(due, language)
    if refused:
        assert {said.finish for said in got.choices} <= {"stop", "content_filter"}
        got, due = (Amount(tuple(map(_endless, amount.choices)), amount.usage) for amount in (got, due))
    assert got == due


def _endless(said: Said) -> Said:
    return msgspec.structs.replace(said, finish="stop")


def _id(named: Named) -> str:
    return "/".join(named)


each_answer = pytest.mark.parametrize("named", list(ANSWERS), ids=_id)
each_caller = pytest.mark.parametrize("caller", LANGUAGES)
CELLS: Final = [(named, caller) for named, answer in ANSWERS.items() for caller in LANGUAGES if answer.fits(caller)]
each_cell = pytest.mark.parametrize(("named", "caller"), CELLS, ids=[f"{_id(named)}-{to}" for named, to in CELLS])


@each_answer
def test_stream_amounts_to_the_plain_answer(named: Named) -> None:
    answer, there = ANSWERS[named], hub(named[0])
    plain = of_reply(there.decode_reply(answer.body, CALL_ID))
    assert read(answer.streamed, there.event_reader(2, CALL_ID)) == plain


@each_cell
def test_plain_answer_keeps_what_it_amounts_to(named: Named, caller: Dialect) -> None:
    answer, asked = ANSWERS[named], asked_by(caller)
    due = of_reply(hub(named[0]).decode_reply(answer.body, CALL_ID))
    got = of_reply(hub(caller).decode_reply(replied(answer, named[0], asked), CALL_ID))
    check_kept(got, due, caller)


@each_cell
def test_stream_keeps_what_it_amounts_to(named: Named, caller: Dialect) -> None:
    answer, asked = ANSWERS[named], asked_by(caller)
    due = of_reply(hub(named[0]).decode_reply(answer.body, CALL_ID))
    got = read(streamed(answer.streamed, named[0], asked), hub(caller).event_reader(2, CALL_ID))
    check_kept(got, due, caller)


@each_answer
@settings(max_examples=20)
@given(data=st.data(), caller=st.sampled_from(LANGUAGES))
def test_pieces_make_no_difference(named: Named, data: st.DataObject, caller: Dialect) -> None:
    stream = ANSWERS[named].streamed
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
    asked = asked_by(caller)
    assert streamed(stream, named[0], asked, tuple(cuts)) == streamed(stream, named[0], asked)


@each_cell
def test_single_bytes_make_no_difference(named: Named, caller: Dialect) -> None:
    stream, asked = ANSWERS[named].streamed, asked_by(caller)
    assert streamed(stream, named[0], asked, tuple(range(len(stream)))) == streamed(stream, named[0], asked)


@pytest.mark.parametrize("vendor", LANGUAGES)
@pytest.mark.parametrize("named", list(REQUESTS), ids=_id)
def test_what_a_vendor_receives_is_a_request_in_its_language(named: Named, vendor: Dialect) -> None:
    """Read in that language and written once more, it is the same. With a grave loss it would not be sent."""
    fixture = REQUESTS[named]
    request = hub(named[0]).decode_request(fixture.body, fixture.place)
    target = Target(model=fixture.models.get(vendor, "vendor-model"), stream=request.stream, traits=OPENAI.traits)
    sent = hub(vendor).encode_request(request, target)
    if any(loss.grave for loss in sent.losses):
        return
    place = Place(model=target.model, stream=request.stream) if vendor == "gemini.generate" else NOWHERE
    again = hub(vendor).encode_request(hub(vendor).decode_request(sent.body, place), target)
    assert msgspec.json.decode(again.body) == msgspec.json.decode(sent.body)


@pytest.mark.parametrize("vendor", LANGUAGES)
@each_caller
def test_half_a_surrogate_pair_is_mended(caller: Dialect, vendor: Dialect) -> None:
    request = hub(caller).decode_request((ONE_TEXT[caller] % HALF).encode(), PLACE)
    body = hub(vendor).encode_request(request, Target(model="m")).body
    assert "half a \ufffd pair" in body.decode()


def seals_of(parts: Iterable[Part], caller: Dialect) -> list[Seal]:
    """Those that the vendor insists on; Gemini does not on a text's, which OpenAI's callers do not bring back."""
    kept = (ThinkingPart, ToolCallPart, *(() if caller.startswith("openai.") else (TextPart,)))
    return sorted((part.seal for part in parts if isinstance(part, kept) and part.seal is not None), key=str)


@each_cell
def test_seals_come_back_in_the_next_turn(named: Named, caller: Dialect) -> None:
    answer, asked = ANSWERS[named], asked_by(caller)
    due = hub(named[0]).decode_reply(answer.body, CALL_ID).choices[0]
    body = next_turn(caller, replied(answer, named[0], asked))
    turns = hub(caller).decode_request(body, PLACE).messages
    got = [part for turn in turns for part in turn.parts]
    assert seals_of(got, caller) == seals_of(due.parts, caller)
