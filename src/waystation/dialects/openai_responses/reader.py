"""A vendor's stream, into words."""

from collections.abc import Callable, Mapping
from typing import Final

from waystation.dialects.framing import Frame
from waystation.dialects.openai_chat.answer import NULL, failure_of
from waystation.dialects.openai_responses.blocks import Blocks
from waystation.dialects.openai_responses.finishes import reason_of
from waystation.dialects.openai_responses.items_in import hear_item, start_item
from waystation.dialects.openai_responses.usage import hear_whole
from waystation.dialects.openai_responses.vendor_events import Details, Event, Response, decode_event, decode_response
from waystation.wire.errors import Truncated
from waystation.wire.events import Finished, Metered, Started, StreamEvent

_DONE: Final = b"[DONE]"  # of servers that end every stream as chat's do
_NO_TOKENS: Final = (b"null", b"[]")


class ResponsesEvents:
    """An `EventReader`. Only an event that has the whole response ends a stream."""

    __slots__ = ("_begun", "_blocks", "_call_id", "ended")

    def __init__(self, call_id: str) -> None:
        self.ended = False
        self._call_id = call_id
        self._begun = False
        self._blocks = Blocks()

    @property
    def finished(self) -> bool:
        return self.ended

    def read(self, frame: Frame) -> list[StreamEvent]:
        payload = frame.data
        if self.ended or not payload or payload.strip() == _DONE:
            return []
        event = decode_event(payload)
        kind = event.type or frame.event.decode("utf-8", "replace")
        if kind in ("error", "response.failed") or (event.type is None and event.error != NULL):
            raise failure_of(payload)
        hear = _PARTS.get(kind)
        if hear is not None:
            hear(self._blocks, event)
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._hear_item(event, done=kind.endswith("done"))
        elif kind in ("response.completed", "response.incomplete"):
            self._end(decode_response(event.response), kind)
        elif kind in ("response.created", "response.in_progress", "response.queued"):
            self._begin(decode_response(event.response))
        out = self._blocks.take()
        if out and not self._begun:  # whoever leaves out the beginning has no name to tell
            self._begun = True
            return [Started(), *out]
        return out

    def close(self) -> list[StreamEvent]:
        if not self.ended:
            raise Truncated("the stream ended before its response was complete")
        return []

    def _begin(self, response: Response) -> None:
        if self._begun:
            return
        self._begun = True
        started = Started(
            id=response.id or None,
            model=response.model or None,
            created=response.created,
            service_tier=response.service_tier,
        )
        self._blocks.out.append(started)

    def _hear_item(self, event: Event, *, done: bool) -> None:
        at = event.output_index or 0
        if done:
            hear_item(self._blocks, event.item, at, self._call_id)
        else:
            start_item(self._blocks, event.item, at, self._call_id)

    def _end(self, response: Response, kind: str) -> None:
        """Items that no event has told of stand in the whole response."""
        self._begin(response)
        blocks = self._blocks
        if not blocks.any:
            for at, item in enumerate(response.output or ()):
                hear_item(blocks, item, at, self._call_id)
        blocks.finish()
        heard = hear_whole(response.usage, response.output, response.service_tier)
        if heard is not None:
            blocks.out.append(Metered(heard))
        cut = (response.incomplete_details or Details()).reason
        status = response.status or kind.removeprefix("response.")
        blocks.out.append(Finished(reason_of(status, cut, calls=blocks.calls, refused=blocks.refused)))
        self.ended = True


def _text(blocks: Blocks, event: Event) -> None:
    tokens = None if bytes(event.logprobs) in _NO_TOKENS else event.logprobs
    blocks.text(event.delta or "", event.output_index or 0, event.content_index or 0, tokens)


def _text_done(blocks: Blocks, event: Event) -> None:
    at, part = event.output_index or 0, event.content_index or 0
    if not blocks.has("text", at, part):
        tokens = None if bytes(event.logprobs) in _NO_TOKENS else event.logprobs
        blocks.text(event.text or "", at, part, tokens)


def _annotation(blocks: Blocks, event: Event) -> None:
    if event.annotation != NULL:
        blocks.cite(event.annotation, event.output_index or 0, event.content_index or 0)


def _refusal(blocks: Blocks, event: Event) -> None:
    blocks.refusal(event.delta or "", event.output_index or 0, event.content_index or 0)


def _refusal_done(blocks: Blocks, event: Event) -> None:
    at, part = event.output_index or 0, event.content_index or 0
    if not blocks.has("refusal", at, part):
        blocks.refusal(event.refusal or "", at, part)


def _arguments(blocks: Blocks, event: Event) -> None:
    blocks.arguments(event.delta or "", event.output_index or 0)


def _summary(blocks: Blocks, event: Event) -> None:
    at = event.output_index or 0
    blocks.thought(event.delta or "", at, ("summary", at, event.summary_index or 0))


def _summary_done(blocks: Blocks, event: Event) -> None:
    at = event.output_index or 0
    if not blocks.has("summary", at, event.summary_index or 0):
        blocks.thought(event.text or "", at, ("summary", at, event.summary_index or 0))


def _open_thought(blocks: Blocks, event: Event) -> None:
    at = event.output_index or 0
    blocks.thought(event.delta or "", at, ("content", at, event.content_index or 0))


def _open_thought_done(blocks: Blocks, event: Event) -> None:
    at = event.output_index or 0
    if not blocks.has("content", at, event.content_index or 0):
        blocks.thought(event.text or "", at, ("content", at, event.content_index or 0))


_PARTS: Final[Mapping[str, Callable[[Blocks, Event], None]]] = {
    "response.output_text.delta": _text,
    "response.output_text.done": _text_done,
    "response.output_text.annotation.added": _annotation,
    "response.refusal.delta": _refusal,
    "response.refusal.done": _refusal_done,
    "response.function_call_arguments.delta": _arguments,
    "response.custom_tool_call_input.delta": _arguments,
    "response.reasoning_summary_text.delta": _summary,
    "response.reasoning_summary_text.done": _summary_done,
    "response.reasoning_text.delta": _open_thought,
    "response.reasoning_text.done": _open_thought_done,
}
