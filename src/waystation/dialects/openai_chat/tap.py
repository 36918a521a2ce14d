"""The stream of OpenAI's chat on its way from vendor to caller: every event's bytes unchanged, and its facts noted."""

from typing import Final

from waystation.dialects.codec import Ask
from waystation.dialects.framing import Frame, SseReader
from waystation.dialects.openai_chat.answer import NULL, Answer, OddAnswer, decode_answer, failure_of
from waystation.dialects.openai_chat.notes import Notes
from waystation.wire.errors import BadAnswer, BodyTooLarge, Truncated, UpstreamError
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard

EVENT_BYTES_MAX: Final = 8 * 1024 * 1024  # an image inlined in a delta takes some megabytes
_DONE: Final = b"[DONE]"
_DONE_EVENT: Final = b"data: [DONE]\n\n"


class ChatReader:
    """A `StreamReader`. What it does with each event:

    - Before the first event with choices or usage nothing is handed out: comments are dropped, other events kept.
    - The chunk that has usage and no choices is the answer to our own question for usage. A caller who did not ask
      never sees it; one who did gets the last of them with the tail.
    - `"usage": null` in the other chunks is left in: OpenAI documents it, and the bytes are the vendor's.
    - `[DONE]` is withheld until close, since the bill is posted first; what follows it is never handed out. A stream
      without it is whole if every choice has its finish_reason, and gets one.
    """

    __slots__ = (
        "_done_event",
        "_early",
        "_early_bytes_left",
        "_include_usage",
        "_notes",
        "_sse",
        "_usage_event",
        "started",
        "unsent",
    )

    def __init__(self, ask: Ask, max_event_bytes: int = EVENT_BYTES_MAX) -> None:
        self.started = False
        self.unsent = b""
        self._include_usage = ask.include_usage
        self._notes = Notes(ask.choices, whole=False)
        self._sse = SseReader(max_event_bytes)
        self._early: list[bytes] = []
        self._early_bytes_left = max_event_bytes
        self._usage_event = b""
        self._done_event = b""

    @property
    def done(self) -> bool:
        return bool(self._done_event)

    @property
    def finished(self) -> bool:
        return self.started and (self.done or self._notes.finished)

    @property
    def response_model(self) -> str | None:
        return self._notes.response_model

    @property
    def finish_reasons(self) -> tuple[str, ...]:
        return self._notes.finish_reasons

    @property
    def usage(self) -> Heard | None:
        heard = self._notes.usage
        return heard if heard is None or self.finished or self._notes.settled else heard.partial

    @property
    def weight(self) -> Weight:
        return self._notes.weight

    def feed(self, data: bytes) -> bytes:
        if self._done_event:
            return b""
        frames = self._sse.feed(data)
        if len(frames) == 1:
            return self._take(frames[0])
        out: list[bytes] = []
        try:
            for frame in frames:
                out.append(self._take(frame))  # noqa: PERF401 - what came before a fault is kept
        except UpstreamError:
            self.unsent = b"".join(out)
            raise
        return b"".join(out)

    def close(self) -> bytes:
        last = b"".join(self._take_last(frame) for frame in self._sse.close())
        if not (self.finished or self._notes.settled):
            raise Truncated("the stream ended before its finish")
        return last + self._usage_event + (self._done_event or _DONE_EVENT)

    def _take(self, frame: Frame) -> bytes:
        """What may be handed out of `frame`, now or with it."""
        if self._done_event:
            return b""
        payload = frame.data
        if not payload:  # a comment, an event without data, or a keep-alive that no client could parse
            return frame.raw if self.started and payload is None else b""
        if payload.strip() == _DONE:
            if not self.started:
                raise Truncated("the stream ended before it began")
            self._done_event = frame.raw
            return b""
        if frame.event == b"error":  # DashScope's own errors have no `error` member
            raise failure_of(payload)
        answer = decode_answer(payload)
        self._notes.note(answer)
        return self._pass(frame.raw, answer)

    def _pass(self, raw: bytes, answer: Answer | OddAnswer) -> bytes:
        if not answer.choices and answer.usage != NULL:
            self._usage_event = raw if self._include_usage else b""
            raw = b""
        elif not self.started and not answer.choices:  # Azure's verdict on the prompt comes first
            return self._keep(raw)
        if self.started:
            return raw
        self.started = True
        raw = b"".join((*self._early, raw))
        self._early.clear()
        return raw

    def _keep(self, raw: bytes) -> bytes:
        self._early_bytes_left -= len(raw)
        if self._early_bytes_left < 0:
            raise BodyTooLarge("a stream that did not begin within its bound")
        self._early.append(raw)
        return b""

    def _take_last(self, frame: Frame) -> bytes:
        """An event that the stream broke off in counts if it is whole; half of one does not."""
        try:
            return self._take(frame)
        except BadAnswer:
            return b""
