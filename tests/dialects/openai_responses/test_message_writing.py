"""The messages of a stream."""

import json

import msgspec
import pytest

from tests.dialects.openai_responses.streams import kinds, told
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.message_writing import MessageWriting
from waystation.dialects.openai_responses.seals import seal_of
from waystation.dialects.openai_responses.telling import Teller
from waystation.wire.chat import Annotation, Seal
from waystation.wire.events import Annotated, RefusalDelta, TextDelta

A, B = msgspec.Raw(b'[{"token":"a"}]'), msgspec.Raw(b'[{"token":"b"}]')


@pytest.fixture
def teller() -> Teller:
    return Teller(Names("call_9"))


@pytest.fixture
def message(teller: Teller) -> MessageWriting:
    return MessageWriting(teller)


def test_a_text_in_pieces(teller: Teller, message: MessageWriting) -> None:
    stream = message.say(TextDelta("a", 0, 0, A)) + message.say(TextDelta("b", 0, 0, B)) + message.end()
    events = told(stream)
    assert kinds(stream) == [
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
    ]
    assert {event.get("item_id", "msg_9_0") for event in events} == {"msg_9_0"}
    assert (events[2]["delta"], events[2]["logprobs"]) == ("a", [{"token": "a"}])
    assert (events[4]["text"], events[4]["logprobs"]) == ("ab", [{"token": "a"}, {"token": "b"}])
    assert json.loads(msgspec.json.encode(teller.items)) == [events[-1]["item"]]


def test_texts_and_refusals_are_parts_of_one_message(message: MessageWriting) -> None:
    stream = message.say(TextDelta("a")) + message.end_part()
    stream += message.refuse(RefusalDelta("no", 1)) + message.say(TextDelta("b", 2)) + message.end("incomplete")
    item = told(stream)[-1]["item"]
    assert [part["type"] for part in item["content"]] == ["output_text", "refusal", "output_text"]
    assert item["status"] == "incomplete"
    assert message.refused
    places = [event["content_index"] for event in told(stream) if event["type"].endswith("content_part.added")]
    assert places == [0, 1, 2]


def test_a_citation(message: MessageWriting) -> None:
    stream = message.say(TextDelta("text")) + message.cite(Annotated(Annotation(url="u")))
    stream += message.cite(Annotated(Annotation()))
    added = told(stream)[-1]
    assert (added["annotation_index"], added["annotation"]["end_index"]) == (0, 4)
    assert told(message.end())[-1]["item"]["content"][0]["annotations"] == [added["annotation"]]


def test_a_sealed_text_ends_its_message(teller: Teller, message: MessageWriting) -> None:
    seal = Seal("gemini.generate", "s")
    message.say(TextDelta("a"))
    assert message.holds(0)
    message.seal(seal)
    stream = message.end_part()
    assert kinds(stream)[-3:] == ["output_item.done", "output_item.added", "output_item.done"]
    item = told(stream)[-1]["item"]
    assert seal_of(item["id"], item["encrypted_content"]).seal == seal
    assert len(teller.items) == 2
    assert (message.holds(0), message.end()) == (False, b"")


def test_a_text_without_words_is_a_part_without_deltas(message: MessageWriting) -> None:
    assert kinds(message.say(TextDelta(""))) == ["output_item.added", "content_part.added"]


def test_nothing_ends_where_nothing_is_open(message: MessageWriting) -> None:
    assert message.end_part() + message.end() == b""


def test_token_odds_that_are_no_list_are_not_told(message: MessageWriting) -> None:
    odd = msgspec.Raw(b'{"token":"a"}')
    assert kinds(message.say(TextDelta("", 0, 0, odd))) == ["output_item.added", "content_part.added"]
    message.say(TextDelta("a", 0, 0, odd))
    message.say(TextDelta("b", 0, 0, A))
    message.say(TextDelta("c", 0, 0, msgspec.Raw(b"[ ]")))
    assert told(message.end())[-1]["item"]["content"][0]["logprobs"] == [{"token": "a"}]
