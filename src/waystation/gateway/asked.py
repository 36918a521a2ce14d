"""What a request asks for, in the language of its path, or in the one that its client meant; and what it wishes."""

from typing import Final

import msgspec

from waystation.dialects import openai_responses
from waystation.dialects.codec import Ask, Codec, Place
from waystation.dialects.wishing import MODELS, parted
from waystation.wire.errors import BadRequest

_MODELS: Final = f'"{MODELS}"'.encode()


def ask_of(codec: Codec, body: bytes, place: Place) -> tuple[Ask, bytes]:
    """What it asks, and the body as vendors may see it: without its wishes. Raises: BadRequest."""
    try:
        ask = codec.decode(body, place)
    except BadRequest as error:
        if error.param != "model" or _MODELS not in body:
            ask = _meant(codec, body, error)
            return _parted(codec, body, place) if ask.wished else (ask, body)
    else:
        if not ask.wished:
            return ask, body
    return _parted(codec, body, place)


def _parted(codec: Codec, body: bytes, place: Place) -> tuple[Ask, bytes]:
    body, wish = parted(body, codec.dialect)
    try:
        ask = codec.decode(body, place)
    except BadRequest as error:
        ask = _meant(codec, body, error)
    return msgspec.structs.replace(ask, wish=wish), body


def _meant(codec: Codec, body: bytes, error: BadRequest) -> Ask:
    """Cursor sends the body of a response (`input`, no `messages`) to the path of chat completions, and wants chat
    back: forum.cursor.com/t/159298 (2026-11). Raises: the error, if that is not so.
    """
    if codec.dialect != "openai.chat" or error.param != "messages" or b'"input"' not in body:
        raise error
    try:
        ask = openai_responses.CODEC.decode(body)
    except BadRequest:
        raise error from None
    return msgspec.structs.replace(ask, spoken="openai.responses")
