"""What a response used, both ways."""

from typing import Annotated, Final

import msgspec

from waystation.dialects.openai_chat.answer import UNREADABLE
from waystation.dialects.openai_responses.nested import left_in
from waystation.dialects.table import Table
from waystation.wire.chat import NO_EXTRAS, Extras
from waystation.wire.usage import COUNT_MAX, Heard, Usage, hear

_Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]
_INPUT: Final = "input_tokens_details"
_OUTPUT: Final = "output_tokens_details"


class _InputDetails(msgspec.Struct, frozen=True, gc=False):
    cached_tokens: _Count | None = None
    cache_write_tokens: _Count | None = None


class _OutputDetails(msgspec.Struct, frozen=True, gc=False):
    reasoning_tokens: _Count | None = None


class _Sound(msgspec.Struct, gc=False):
    """What vendors send: the decoder checks the counts as `hear` would."""

    input_tokens: _Count
    output_tokens: _Count
    input_tokens_details: _InputDetails = _InputDetails()
    output_tokens_details: _OutputDetails = _OutputDetails()


class _Odd(msgspec.Struct, gc=False):
    """Members are objects: nonsense in one must not cost the others."""

    input_tokens: object = None
    output_tokens: object = None
    input_tokens_details: object = None
    output_tokens_details: object = None


class _Action(msgspec.Struct, frozen=True, gc=False):
    type: str | None = None


class _Item(msgspec.Struct, gc=False):
    type: str | None = None
    action: _Action = _Action()


_ITEM: Final = msgspec.json.Decoder(_Item)
_SOUND: Final = msgspec.json.Decoder(_Sound)
_ODD: Final = msgspec.json.Decoder(_Odd)


def hear_usage(raw: msgspec.Raw) -> Heard | None:
    """The usage, made safe; None if it holds no input or output count."""
    try:
        usage = _SOUND.decode(raw)
    except UNREADABLE:
        return _hear_odd(raw)
    of_input, reasoning = usage.input_tokens_details, usage.output_tokens_details.reasoning_tokens
    cached, written = of_input.cached_tokens, of_input.cache_write_tokens
    whole_in, whole_out = usage.input_tokens, usage.output_tokens
    if (cached or 0) > whole_in or (written or 0) > whole_in or (reasoning or 0) > whole_out:
        return _hear_odd(raw)
    sound = Usage(
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=cached,
        cache_creation_input_tokens=written,
        reasoning_output_tokens=reasoning,
    )
    return Heard(sound, ())


def searches_of(output: list[msgspec.Raw] | None) -> int | None:
    """How often the vendor searched the web for the answer: it asks a fee for each (platform.openai.com/docs/pricing).

    Pages opened and text found in them are no searches. None if there was none.
    """
    count = sum(_searched(item) for item in output or ())
    return count or None


def hear_whole(usage: msgspec.Raw, output: list[msgspec.Raw] | None, tier: object) -> Heard | None:
    """The usage, with what the answer says of it elsewhere."""
    heard = hear_usage(usage)
    if heard is None:
        return None
    searches = searches_of(output)
    if searches is not None:
        heard = Heard(msgspec.structs.replace(heard.usage, searches=min(searches, COUNT_MAX)), heard.marks)
    return heard.served(tier)


def usage_of(heard: Heard) -> dict[str, object]:
    """Clients insist on every count, so those that were not said are 0."""
    usage = heard.usage
    whole_in, whole_out = usage.input_tokens or 0, usage.output_tokens or 0
    return {
        "input_tokens": whole_in,
        _INPUT: {
            "cached_tokens": usage.cache_read_input_tokens or 0,
            "cache_write_tokens": usage.cache_creation_input_tokens or 0,
        },
        "output_tokens": whole_out,
        _OUTPUT: {"reasoning_tokens": usage.reasoning_output_tokens or 0},
        "total_tokens": whole_in + whole_out,
    }


def beside_usage(usage: msgspec.Raw) -> Extras:
    """What else a vendor says beside its count."""
    if not bytes(usage).startswith(b"{"):
        return NO_EXTRAS
    table = Table(usage, "usage", answer=True)
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        table.raw(name)
    inner = {}
    for name, known in ((_INPUT, ("cached_tokens", "cache_write_tokens")), (_OUTPUT, ("reasoning_tokens",))):
        details = table.table(name) if table.opens(name) == "{" else None
        if details is not None:
            for part in known:
                details.raw(part)
            inner[name] = details
    return left_in(table, **inner)


def _searched(item: msgspec.Raw) -> bool:
    if b"web_search_call" not in bytes(item):
        return False
    try:
        found = _ITEM.decode(item)
    except UNREADABLE:
        return False
    return found.type == "web_search_call" and found.action.type in (None, "search")


def _hear_odd(raw: msgspec.Raw) -> Heard | None:
    try:
        usage = _ODD.decode(raw)
    except UNREADABLE:
        return None
    return hear(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_input_tokens=_part(usage.input_tokens_details, "cached_tokens"),
        cache_creation_input_tokens=_part(usage.input_tokens_details, "cache_write_tokens"),
        reasoning_output_tokens=_part(usage.output_tokens_details, "reasoning_tokens"),
    )


def _part(details: object, name: str) -> object:
    return details.get(name) if isinstance(details, dict) else None
