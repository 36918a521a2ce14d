"""Words into a stream of completions for the caller."""

from typing import Final

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.openai_chat.usage_out import usage_of
from waystation.dialects.openai_completions.logprobs import columns_of
from waystation.dialects.openai_completions.reply_out import finish_of, id_of
from waystation.wire.events import Finished, Metered, RefusalDelta, Started, StreamEvent, TextDelta
from waystation.wire.usage import Heard

_DONE: Final = b"data: [DONE]\n\n"


class CompletionWriter:
    """An `EventWriter`."""

    __slots__ = ("_asked", "_chars", "_head", "_heard", "_tail")

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._heard: Heard | None = None
        self._chars: dict[int, int] = {}
        self._head = self._begin(Started())
        self._tail = b',"usage":null}\n\n' if asked.request.include_usage else b"}\n\n"

    def write(self, event: StreamEvent) -> bytes:
        out = b""
        match event:
            case TextDelta(text, _, choice, logprobs):
                out = self._say(text, choice, logprobs)
            case RefusalDelta(text, _, choice):
                out = self._say(text, choice, None)
            case Finished(reason, choice):
                out = self._chunk({"text": "", "index": choice, "logprobs": None, "finish_reason": finish_of(reason)})
            case Metered(heard):
                self._heard = heard
            case Started():
                self._head = self._begin(event)
            case _:  # thoughts and calls have no place in this language
                pass
        return out

    def close(self) -> bytes:
        if self._heard is None or not self._asked.request.include_usage:
            return _DONE
        usage = msgspec.json.encode(usage_of(self._heard))
        return b"".join((self._head, b'"choices":[],"usage":', usage, b"}\n\n", _DONE))

    def _begin(self, started: Started) -> bytes:
        members = {
            "id": id_of(self._asked.call_id),
            "object": "text_completion",
            "created": self._asked.at if started.created is None else started.created,
            "model": started.model or self._asked.request.model,
        }
        return b"data: " + msgspec.json.encode(members)[:-1] + b","

    def _say(self, text: str, choice: int, logprobs: msgspec.Raw | None) -> bytes:
        offset = self._chars.get(choice, 0)
        self._chars[choice] = offset + len(text)
        columns = None if logprobs is None else columns_of(logprobs, offset)
        return self._chunk({"text": text, "index": choice, "logprobs": columns, "finish_reason": None})

    def _chunk(self, choice: dict[str, object]) -> bytes:
        return b"".join((self._head, b'"choices":[', msgspec.json.encode(choice), b"]", self._tail))
