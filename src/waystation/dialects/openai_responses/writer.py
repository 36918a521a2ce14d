"""Words into a stream for the caller: the first choice, since this language has one.

Every event has its number, every item one id for all of its events, and the last event the whole response.
"""

from typing import Final

from waystation.dialects.codec import Asked
from waystation.dialects.openai_responses.call_writing import CallWriting
from waystation.dialects.openai_responses.echo import ended, response_of
from waystation.dialects.openai_responses.finishes import incomplete_of
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.message_writing import MessageWriting
from waystation.dialects.openai_responses.seals import DIALECT
from waystation.dialects.openai_responses.spaces import spaces_of
from waystation.dialects.openai_responses.telling import Teller
from waystation.dialects.openai_responses.thought_writing import ThoughtWriting
from waystation.dialects.openai_responses.usage import usage_of
from waystation.wire.chat import ChatRequest, FinishReason
from waystation.wire.events import (
    Annotated,
    BlockEnded,
    Finished,
    ForeignBlock,
    Metered,
    RefusalDelta,
    Sealed,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallStarted,
)
from waystation.wire.usage import Heard

_OWN_ID: Final = "resp"  # how the ids begin that OpenAI gives its responses


class ResponsesWriter:
    """An `EventWriter`."""

    __slots__ = ("_asked", "_calls", "_heard", "_message", "_reason", "_response", "_teller", "_thought")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._teller = Teller(Names(asked.call_id))
        self._message = MessageWriting(self._teller)
        self._thought = ThoughtWriting(self._teller, hidden=_is_hidden(asked.request))
        self._calls = CallWriting(self._teller, spaces_of(asked.request.tools))
        self._response: dict[str, object] = {}
        self._heard: Heard | None = None
        self._reason: FinishReason = "stop"

    def write(self, event: StreamEvent) -> bytes:
        if isinstance(event, Started):
            return self._begin(event)
        if isinstance(event, Metered):
            self._heard = event.heard
            return b""
        begun = b"" if self._response else self._begin(Started())
        return begun + self._say(event) if event.choice == 0 else begun

    def close(self) -> bytes:
        begun = b"" if self._response else self._begin(Started())
        response = self.response()
        return begun + self._teller.tell(f"response.{response['status']}", {"response": response})

    def response(self) -> dict[str, object]:
        """All of what was written, as one object."""
        response = ended(self._response, incomplete_of(self._reason, refused=self._message.refused))
        usage = None if self._heard is None else usage_of(self._heard)
        return {**response, "output": self._teller.items, "usage": usage}

    def _begin(self, started: Started) -> bytes:
        own = started.id is not None and started.id.startswith(_OWN_ID)
        identity = started.id if own else None
        self._response = response_of(self._asked, identity, started.model, started.created)
        if started.service_tier is not None:
            self._response["service_tier"] = started.service_tier
        members: dict[str, object] = {"response": self._response}
        return self._teller.tell("response.created", members) + self._teller.tell("response.in_progress", members)

    def _say(self, event: StreamEvent) -> bytes:
        match event:
            case TextDelta():
                out = self._thought.end() + self._message.say(event)
            case ThinkingDelta():
                out = self._think(event)
            case ToolCallDelta():
                out = self._calls.argue(event)
            case ToolCallStarted():
                out = self._leave() + self._calls.begin(event)
            case BlockEnded(block):
                out = self._end_block(block)
            case _:
                out = self._say_rest(event)
        return out

    def _say_rest(self, event: StreamEvent) -> bytes:
        out = b""
        match event:
            case RefusalDelta():
                out = self._thought.end() + self._message.refuse(event)
            case Annotated():
                out = self._thought.end() + self._message.cite(event)
            case Sealed():
                out = self._seal(event)
            case ForeignBlock(part) if part.dialect == DIALECT:
                out = self._leave() + self._teller.whole(part.raw)
            case Finished(reason):
                out = self._finish(reason)
        return out

    def _think(self, event: ThinkingDelta) -> bytes:
        left = b"" if self._thought.holds(event.block) else self._leave()
        return left + self._thought.think(event)

    def _seal(self, event: Sealed) -> bytes:
        if self._calls.holds(event.block):
            return self._calls.seal(event.block, event.seal)
        if self._thought.holds(event.block):
            self._thought.seal(event.seal)
        elif self._message.holds(event.block):
            self._message.seal(event.seal)
        return b""

    def _end_block(self, block: int) -> bytes:
        if self._calls.holds(block):
            return self._calls.end(block)
        if self._thought.holds(block):
            return self._thought.end()
        return self._message.end_part() if self._message.holds(block) else b""

    def _finish(self, reason: FinishReason) -> bytes:
        """What ends a response before its time ends its last message so too."""
        self._reason = reason
        cut = incomplete_of(reason, refused=self._message.refused) is not None
        return self._thought.end() + self._message.end("incomplete" if cut else "completed") + self._calls.end_all()

    def _leave(self) -> bytes:
        return self._thought.end() + self._message.end()


def _is_hidden(request: ChatRequest) -> bool:
    """The caller does not want to see thoughts."""
    return request.reasoning is not None and request.reasoning.summary == "none"
