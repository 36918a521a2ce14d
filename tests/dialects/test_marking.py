from waystation.dialects.framing import Frame
from waystation.dialects.marking import NOBODYS, MarkingReader, mark_reply
from waystation.dialects.seal import SEALING, unwrap, wrap
from waystation.wire.chat import ChatReply, Choice, Seal, TextPart, ThinkingPart, ToolCallPart
from waystation.wire.events import BlockEnded, Finished, Sealed, StreamEvent, TextDelta, ThinkingDelta, ToolCallStarted

REAL = Seal("gemini.generate", "c2VhbA==")


class Script:
    """Implements `EventReader`."""

    finished = True
    ended = True

    def __init__(self, *events: StreamEvent) -> None:
        self._events = list(events)

    def read(self, frame: Frame) -> list[StreamEvent]:
        assert frame.data is not None
        return self._events

    def close(self) -> list[StreamEvent]:
        return [Finished("stop")]


def marks(*events: StreamEvent, calls: bool) -> list[StreamEvent]:
    """The seals in what is read."""
    reader = MarkingReader(Script(*events), calls=calls)
    read = [*reader.read(Frame(b"", b"", b"x")), *reader.close()]
    assert [event for event in read if not isinstance(event, Sealed)] == [
        *(event for event in events if not isinstance(event, Sealed)),
        Finished("stop"),
    ]
    assert (reader.finished, reader.ended) == (True, True)
    return [event for event in read if isinstance(event, Sealed)]


def test_a_mark_survives_its_wrapping_and_is_no_vendors() -> None:
    assert unwrap(wrap(NOBODYS), "anthropic.messages") == NOBODYS
    assert NOBODYS.dialect not in SEALING


def test_thoughts_without_a_seal_are_marked_at_their_end() -> None:
    think, end = ThinkingDelta("Hm"), BlockEnded()
    assert marks(think, end, TextDelta("Hi", 1), BlockEnded(1), calls=True) == [Sealed(NOBODYS)]
    assert marks(think, Sealed(REAL), end, calls=True) == [Sealed(REAL)]


def test_the_first_call_is_marked_where_nothing_before_it_is_sealed() -> None:
    one, two = ToolCallStarted("a", "f", 1), ToolCallStarted("b", "f", 2)
    ends = BlockEnded(1), BlockEnded(2)
    assert marks(one, two, *ends, calls=True) == [Sealed(NOBODYS, 1)]
    assert marks(one, two, *ends, calls=False) == []
    assert marks(ThinkingDelta("Hm"), BlockEnded(0), one, BlockEnded(1), calls=True) == [Sealed(NOBODYS)]
    assert marks(one, Sealed(REAL, 1), two, *ends, calls=True) == [Sealed(REAL, 1)]


def test_a_plain_answer_is_marked_in_the_same_way() -> None:
    def marked(*parts: ThinkingPart | TextPart | ToolCallPart, calls: bool = True) -> list[Seal | None]:
        reply = ChatReply(dialect="openai.chat", choices=(Choice(parts=parts),))
        return [part.seal for part in mark_reply(reply, calls=calls).choices[0].parts]  # type: ignore[union-attr]

    thought, call = ThinkingPart(text="Hm"), ToolCallPart(id="a", name="f", arguments="{}")
    assert marked(thought, TextPart(text="Hi"), call) == [NOBODYS, None, None]
    assert marked(ThinkingPart(text="Hm", seal=REAL), call) == [REAL, None]
    assert marked(call, call) == [NOBODYS, None]
    assert marked(call, calls=False) == [None]
