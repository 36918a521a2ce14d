"""Words of a caller's that OpenAI takes only up to a length: longer ones are told by a hash, always the same one.

Bounds: 40 characters for the id of a tool call in chat, 64 for `user`: what api.openai.com answers to longer ones, as
users of other gateways report it (2026-11).
"""

import hashlib
from typing import Final

from waystation.dialects.losses import Losses

CALL_ID_MAX_CHARS: Final = 40
USER_MAX_CHARS: Final = 64


def call_id_of(identity: str) -> str:
    """The same for a call and its result."""
    if len(identity) <= CALL_ID_MAX_CHARS:
        return identity
    return "call_" + _hash(identity)


def user_of(user: str | None, losses: Losses) -> str | None:
    if user is None or len(user) <= USER_MAX_CHARS or losses.source == losses.target:
        return user
    losses.note("user", f"OpenAI takes {USER_MAX_CHARS} characters: it is told a hash of it")
    return "user_" + _hash(user)


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()
