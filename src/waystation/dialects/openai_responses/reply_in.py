"""A vendor's plain answer, into words."""

from typing import Final

import msgspec

from waystation.dialects.members import without_surrogates
from waystation.dialects.openai_chat.answer import NULL, UNREADABLE, failure_of
from waystation.dialects.openai_chat.reply_in import text_or_none, whole_or_none
from waystation.dialects.openai_responses.finishes import reason_of
from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.openai_responses.own import Output
from waystation.dialects.openai_responses.speech_in import Speech, kind_of
from waystation.dialects.openai_responses.usage import beside_usage, hear_whole
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, ChatReply, RefusalPart
from waystation.wire.errors import BadAnswer

_BOM: Final = b"\xef\xbb\xbf"
_FAILED: Final = ("failed", "cancelled")
_UNFINISHED: Final = ("queued", "in_progress")  # background work: the caller asks again for it


class _Part(msgspec.Struct):
    logprobs: list[msgspec.Raw] | None = None


class _Item(msgspec.Struct):
    content: list[_Part] | None = None


_RAWS: Final = msgspec.json.Decoder(list[msgspec.Raw])
_ITEMS: Final = msgspec.json.Decoder(list[_Item])


def decode_reply(body: bytes, call_id: str) -> ChatReply:
    """Raises: BadAnswer, VendorFailure."""
    answer = Table(body.strip().removeprefix(_BOM), answer=True)
    status = text_or_none(answer, "status")
    if "error" in answer or status in _FAILED or text_or_none(answer, "type") == "error":
        raise failure_of(body)
    if "output" not in answer and status not in _UNFINISHED:
        raise BadAnswer("an answer without output")
    answer.raw("object")
    output, usage = answer.raw("output") or msgspec.Raw(b"[]"), answer.raw("usage") or NULL
    incomplete = answer.table("incomplete_details") if answer.opens("incomplete_details") == "{" else None
    reason = None if incomplete is None else text_or_none(incomplete, "reason")
    left, tier = beside_usage(usage), text_or_none(answer, "service_tier")
    return ChatReply(
        dialect="openai.responses",
        id=text_or_none(answer, "id"),
        model=text_or_none(answer, "model"),
        created=whole_or_none(answer, "created_at"),
        choices=(_choice(output, status, reason, call_id),),
        heard=hear_whole(usage, _items(output), tier),
        service_tier=tier,
        extras=left_in(answer, usage=left),
    )


def _items(output: msgspec.Raw) -> list[msgspec.Raw] | None:
    try:
        return _RAWS.decode(output)
    except UNREADABLE:
        return None


def _choice(output: msgspec.Raw, status: str | None, incomplete: str | None, call_id: str) -> Output:
    speech = Speech(call_id, answer=True)
    for at, raw in enumerate(Table(b'{"output":%s}' % bytes(output), answer=True).rows("output")):
        item = Table(raw, f"output[{at}]", answer=True)
        speech.hear(item, kind_of(item), raw, at)
    refused = any(isinstance(part, RefusalPart) and part.text for part in speech.parts)
    return Output(
        parts=tuple(speech.parts),
        finish_reason=reason_of(status, incomplete, calls=speech.has_calls, refused=refused),
        logprobs=_logprobs(output),
        extras=speech.extras or NO_EXTRAS,
        items=tuple(speech.items),
    )


def _logprobs(output: msgspec.Raw) -> msgspec.Raw | None:
    """Those of all texts, one after another."""
    try:
        items = _ITEMS.decode(without_surrogates(bytes(output)))
    except UNREADABLE:
        return None
    tokens = [token for item in items for part in item.content or () for token in part.logprobs or ()]
    return msgspec.Raw(msgspec.json.encode(tokens)) if tokens else None
