"""The usual plain answer, read in one go: one choice that is text, ended, with a usage that adds up.

The types say what is usual. Any other answer is for `answer` and `notes`, which would say the
same of this one.
"""

from typing import Annotated, Final, Literal

import msgspec

from waystation.dialects.codec import ReplyFacts
from waystation.dialects.openai_chat.answer import UNREADABLE, SoundUsage, hear_sound
from waystation.dialects.openai_chat.notes import MODEL_MAX_CHARS, REASON_MAX_CHARS
from waystation.dialects.weighing import weight_of

_Model = Annotated[str, msgspec.Meta(min_length=1, max_length=MODEL_MAX_CHARS)]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_MAX_CHARS)]


class _Message(msgspec.Struct, gc=False):
    content: str
    reasoning_content: None = None
    reasoning: None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message
    finish_reason: _Reason
    index: Literal[0] = 0
    usage: None = None


class _Answer(msgspec.Struct, gc=False):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1, max_length=1)]
    model: _Model
    usage: SoundUsage
    service_tier: str | None = None
    error: None = None


_ANSWER: Final = msgspec.json.Decoder(_Answer)


def read_usual(payload: bytes) -> ReplyFacts | None:
    """None if the answer is unusual in any way, or none at all."""
    try:
        answer = _ANSWER.decode(payload)
    except UNREADABLE:
        return None
    choice = answer.choices[0]
    model, reason, text = answer.model, choice.finish_reason, choice.message.content
    heard = hear_sound(answer.usage)
    if heard is None or reason == "null" or not (model.isprintable() and reason.isprintable()):
        return None
    size = len(text) if text.isascii() else len(text.encode())
    return ReplyFacts(
        usage=heard.served(answer.service_tier),
        response_model=model,
        finish_reasons=(reason,),
        weight=weight_of(size, len(text)),
    )
