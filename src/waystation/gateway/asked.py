"""What a request asks for, in the language of its path, or in the one that its client meant."""

import msgspec

from waystation.dialects import openai_responses
from waystation.dialects.codec import Ask, Codec, Place
from waystation.wire.errors import BadRequest


def ask_of(codec: Codec, body: bytes, place: Place) -> Ask:
    """Cursor sends the body of a response (`input`, no `messages`) to the path of chat completions, and wants chat
    back: forum.cursor.com/t/159298 (2026-11). Raises: BadRequest.
    """
    try:
        return codec.decode(body, place)
    except BadRequest as error:
        if codec.dialect != "openai.chat" or error.param != "messages" or b'"input"' not in body:
            raise
        try:
            ask = openai_responses.CODEC.decode(body)
        except BadRequest:
            raise error from None
    return msgspec.structs.replace(ask, spoken="openai.responses")
