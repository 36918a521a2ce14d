"""The header `Idempotency-Key`: draft-ietf-httpapi-idempotency-key-header-07 (read 2026-11)."""

from hashlib import sha256
from typing import Final

import msgspec

from waystation.dialects.codec import Codec, Place
from waystation.relay.call import Repeat
from waystation.wire.catalogue import Token
from waystation.wire.errors import BadRequest

KEY: Final = b"idempotency-key"
KEY_CHARS_MAX: Final = 255

_encode: Final = msgspec.json.Encoder().encode


def repeat_of(headers: dict[bytes, bytes], token: Token, codec: Codec, place: Place, body: bytes) -> Repeat:
    """For a request with the header. What is asked is the path, as far as it says something, and the body to the byte.

    Raises: BadRequest.
    """
    key = headers[KEY]
    if not 0 < len(key) <= KEY_CHARS_MAX or not key.decode("latin-1").isprintable() or not key.isascii():
        raise BadRequest(f"The header Idempotency-Key must have 1 to {KEY_CHARS_MAX} printable ASCII characters.")
    asked = sha256(_encode((codec.dialect, place)))
    asked.update(body)
    return Repeat(sha256(token.id.encode() + b"\0" + key).digest(), asked.digest())
