"""The reasoning items of a stream."""

from tests.dialects.openai_responses.streams import kinds, told
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.seals import seal_of
from waystation.dialects.openai_responses.telling import Teller
from waystation.dialects.openai_responses.thought_writing import ThoughtWriting
from waystation.wire.chat import Seal
from waystation.wire.events import ThinkingDelta

SEAL = Seal("anthropic.messages", "s")


def writing(*, hidden: bool = False) -> ThoughtWriting:
    return ThoughtWriting(Teller(Names("call_9")), hidden=hidden)


def test_thoughts_in_pieces() -> None:
    thought = writing()
    stream = thought.think(ThinkingDelta("a")) + thought.think(ThinkingDelta("b"))
    assert thought.holds(0)
    thought.seal(SEAL)
    stream += thought.end()
    assert kinds(stream) == [
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
    ]
    item = told(stream)[-1]["item"]
    assert item["summary"] == [{"type": "summary_text", "text": "ab"}]
    assert seal_of(item["id"], item["encrypted_content"]).seal == SEAL
    assert not thought.holds(0)


def test_thoughts_without_a_seal() -> None:
    thought = writing()
    thought.think(ThinkingDelta("a"))
    assert "encrypted_content" not in told(thought.end())[-1]["item"]


def test_thoughts_that_the_vendor_hides() -> None:
    thought = writing()
    assert thought.think(ThinkingDelta("", redacted=True)) == b""
    thought.seal(SEAL)
    item = told(thought.end())[-1]["item"]
    assert item["summary"] == []
    assert seal_of(item["id"], item["encrypted_content"]).owner == "redacted"


def test_thoughts_that_the_caller_does_not_want() -> None:
    thought = writing(hidden=True)
    assert thought.think(ThinkingDelta("a")) + thought.end() == b""
    thought.think(ThinkingDelta("a"))
    thought.seal(SEAL)
    item = told(thought.end())[-1]["item"]
    assert (item["summary"], seal_of(item["id"], item["encrypted_content"]).seal) == ([], SEAL)


def test_the_next_thoughts_are_another_item() -> None:
    thought = writing()
    first = told(thought.think(ThinkingDelta("a")) + thought.end())
    second = told(thought.think(ThinkingDelta("b", 1)) + thought.end())
    assert [events[-1]["item"]["id"] for events in (first, second)] == ["rs_9_0", "rs_9_1"]
    assert second[-1]["item"]["summary"][0]["text"] == "b"
