"""One chunk of a chat's stream, with all that is made into words; `answer` has what the tap looks at."""

from typing import Final

import msgspec

from waystation.dialects.openai_chat.answer import NULL, UNREADABLE, Text, decode_answer
from waystation.dialects.openai_chat.lenient import read_leniently


class Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: Text = None


class Custom(msgspec.Struct, gc=False):
    name: str | None = None
    input: Text = None


class Call(msgspec.Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: Function | None = None
    custom: Custom | None = None
    extra_content: msgspec.Raw = NULL


class Delta(msgspec.Struct, gc=False):
    content: Text = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[msgspec.Raw] | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None
    function_call: Function | None = None
    annotations: list[msgspec.Raw] | None = None
    images: list[msgspec.Raw] | None = None


class Logprobs(msgspec.Struct, gc=False):
    content: msgspec.Raw = NULL


class Choice(msgspec.Struct, gc=False):
    index: int | None = 0
    delta: Delta | None = None
    finish_reason: str | None = None
    logprobs: Logprobs | None = None
    usage: msgspec.Raw = NULL  # Moonshot's older models put it here


class Chunk(msgspec.Struct, gc=False):
    id: str | None = None
    model: str | None = None
    created: int | None = None
    service_tier: str | None = None
    choices: list[Choice] | None = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL


_CHUNK: Final = msgspec.json.Decoder(Chunk)


def decode_chunk(payload: bytes) -> Chunk:
    """Raises: BadAnswer if it is none, VendorFailure if it is an error instead."""
    try:
        chunk = _CHUNK.decode(payload)
    except UNREADABLE:
        decode_answer(payload)
        return read_leniently(payload, Chunk)
    if not chunk.choices or chunk.error != NULL:
        decode_answer(payload)
    return chunk
