"""What an answer of OpenAI's chat says of itself, whether it comes whole or in chunks.

Only the fields that the house acts on are typed; everything else is skipped and travels as bytes.
"""

from typing import Annotated, Final

import msgspec

from waystation.dialects.complaint import read_complaint
from waystation.dialects.members import without_surrogates
from waystation.wire.errors import BadAnswer, VendorFailure
from waystation.wire.usage import COUNT_MAX, Heard, Usage, hear

NULL: Final = msgspec.Raw(b"null")
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # what a decoder may raise
_NOTHING: Final = (b"null", b"{}", b'""', b"false")
_ALL_WELL: Final = (None, "0", "200")  # codes that come with "Success"

# Mistral's thinking models send content as a list of parts; some local servers send arguments as an object.
Text = str | list[msgspec.Raw] | dict[str, msgspec.Raw] | None
_Count = Annotated[int, msgspec.Meta(ge=0, le=COUNT_MAX)]


class _Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: Text = None


class _Call(msgspec.Struct, gc=False):
    function: _Function | None = None
    custom: Text = None


class Said(msgspec.Struct, gc=False):
    """`reasoning_content` is DeepSeek's and most others' name for thinking, `reasoning` OpenRouter's."""

    content: Text = None
    reasoning_content: Text = None
    reasoning: Text = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None
    function_call: _Function | None = None


class Choice(msgspec.Struct, gc=False):
    index: int | None = 0
    finish_reason: str | None = None
    delta: Said | None = None
    message: Said | None = None
    usage: msgspec.Raw = NULL  # Moonshot's older models put it here


class Answer(msgspec.Struct, gc=False):
    choices: list[Choice] | None = None
    model: str | None = None
    service_tier: str | None = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL


class OddChoice(msgspec.Struct, gc=False):
    """A choice with a field of another type than OpenAI's: clients may cope with it, so the house does."""

    index: object = 0
    finish_reason: object = None
    delta: msgspec.Raw = NULL
    message: msgspec.Raw = NULL
    usage: msgspec.Raw = NULL


class OddAnswer(msgspec.Struct, gc=False):
    choices: list[OddChoice] | None = None
    model: object = None
    service_tier: object = None
    usage: msgspec.Raw = NULL
    error: msgspec.Raw = NULL


class _InputDetails(msgspec.Struct, gc=False):
    """Tokens of audio are OpenAI's and Bailian's, those of images Bailian's alone (help.aliyun.com, 2026-11)."""

    cached_tokens: _Count | None = None
    cache_write_tokens: _Count | None = None
    audio_tokens: _Count | None = None
    image_tokens: _Count | None = None


class _OutputDetails(msgspec.Struct, gc=False):
    reasoning_tokens: _Count | None = None
    audio_tokens: _Count | None = None
    image_tokens: _Count | None = None


class SoundUsage(msgspec.Struct, gc=False):
    """What nearly every vendor sends: the decoder checks the counts as `hear` would."""

    prompt_tokens: _Count
    completion_tokens: _Count
    prompt_tokens_details: _InputDetails | None = None
    completion_tokens_details: _OutputDetails | None = None
    prompt_cache_hit_tokens: _Count | None = None


class _OddUsage(msgspec.Struct, gc=False):
    """Members are objects: nonsense in one must not cost the others.

    In the details, cached_tokens is everybody's and cache_write_tokens OpenRouter's (openrouter.ai/docs, 2026-11);
    prompt_cache_hit_tokens is DeepSeek's (api-docs.deepseek.com, 2026-11).
    """

    prompt_tokens: object = None
    completion_tokens: object = None
    prompt_tokens_details: object = None
    completion_tokens_details: object = None
    prompt_cache_hit_tokens: object = None


_ANSWER: Final = msgspec.json.Decoder(Answer)
_ODD_ANSWER: Final = msgspec.json.Decoder(OddAnswer)
_USAGE: Final = msgspec.json.Decoder(SoundUsage)
_ODD_USAGE: Final = msgspec.json.Decoder(_OddUsage)
_NO_INPUT_DETAILS: Final = _InputDetails()
_NO_OUTPUT_DETAILS: Final = _OutputDetails()


def decode_answer(payload: bytes) -> Answer | OddAnswer:
    """An answer or a chunk. Raises: BadAnswer if it is none, VendorFailure if it is an error instead."""
    answer: Answer | OddAnswer
    try:
        answer = _ANSWER.decode(payload)
    except UNREADABLE:
        answer = _decode_odd(payload)
    if answer.error != NULL or (answer.choices is None and answer.usage == NULL):
        _raise_failure(payload, answer)
    return answer


def failure_of(payload: bytes) -> VendorFailure:
    """The vendor's code and type, and none of its text."""
    said = read_complaint(payload)
    return VendorFailure(
        f"an error in place of an answer, code {said.code!r}, type {said.type!r}",
        vendor_code=said.code,
        vendor_type=said.type,
    )


def _decode_odd(payload: bytes) -> Answer | OddAnswer:
    """Half surrogate pairs and broken UTF-8 are the caller's to judge; what can't be read at all is refused."""
    text = without_surrogates(payload.decode("utf-8", "replace").removeprefix("\ufeff").encode())
    try:
        return _ANSWER.decode(text)
    except msgspec.ValidationError:
        pass
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadAnswer(f"not JSON: {error}") from None
    try:
        return _ODD_ANSWER.decode(text)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadAnswer(f"not an answer: {error}") from None


def _raise_failure(payload: bytes, answer: Answer | OddAnswer) -> None:
    """Some vendors put their errors into a 200 as `error`, others as a code and a message without any choices."""
    if bytes(answer.error) not in _NOTHING:
        raise failure_of(payload)
    if answer.choices is None and answer.usage == NULL:
        said = read_complaint(payload)
        if said.message and said.code not in _ALL_WELL:
            raise failure_of(payload)


def hear_usage(raw: msgspec.Raw) -> Heard | None:
    """The usage, made safe; None if it holds no input or output count."""
    try:
        usage = _USAGE.decode(raw)
    except UNREADABLE:
        return _hear_odd(raw)
    return hear_sound(usage) or _hear_odd(raw)


def hear_sound(usage: SoundUsage) -> Heard | None:
    """None if a part is larger than its whole, which is for `hear` to mend."""
    of_input = usage.prompt_tokens_details or _NO_INPUT_DETAILS
    of_output = usage.completion_tokens_details or _NO_OUTPUT_DETAILS
    cached = of_input.cached_tokens
    if cached is None:
        cached = usage.prompt_cache_hit_tokens
    written, whole_in, whole_out = of_input.cache_write_tokens, usage.prompt_tokens, usage.completion_tokens
    if max(cached or 0, written or 0, of_input.audio_tokens or 0, of_input.image_tokens or 0) > whole_in:
        return None
    reasoning, audio, images = of_output.reasoning_tokens, of_output.audio_tokens, of_output.image_tokens
    if max(reasoning or 0, audio or 0, images or 0) > whole_out:
        return None
    sound = Usage(
        input_tokens=whole_in,
        output_tokens=whole_out,
        cache_read_input_tokens=cached,
        cache_creation_input_tokens=written,
        reasoning_output_tokens=reasoning,
        audio_input_tokens=of_input.audio_tokens or None,  # OpenAI says 0 of every text, which no record need keep
        audio_output_tokens=audio or None,
        image_input_tokens=of_input.image_tokens or None,
        image_output_tokens=images or None,
    )
    return Heard(sound, ())


def _hear_odd(raw: msgspec.Raw) -> Heard | None:
    try:
        usage = _ODD_USAGE.decode(raw)
    except UNREADABLE:
        return None
    cached = _part(usage.prompt_tokens_details, "cached_tokens")
    return hear(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_input_tokens=usage.prompt_cache_hit_tokens if cached is None else cached,
        cache_creation_input_tokens=_part(usage.prompt_tokens_details, "cache_write_tokens"),
        reasoning_output_tokens=_part(usage.completion_tokens_details, "reasoning_tokens"),
        audio_input_tokens=_part(usage.prompt_tokens_details, "audio_tokens"),
        audio_output_tokens=_part(usage.completion_tokens_details, "audio_tokens"),
        image_input_tokens=_part(usage.prompt_tokens_details, "image_tokens"),
        image_output_tokens=_part(usage.completion_tokens_details, "image_tokens"),
    )


def _part(details: object, name: str) -> object:
    return details.get(name) if isinstance(details, dict) else None
