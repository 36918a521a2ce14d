"""Who asks, as Anthropic wants to be told: by no name that says who it is.

It refuses e-mail addresses and telephone numbers (BerriAI/litellm, issue 10106), and more than 256 characters
(platform.claude.com/docs/en/api/messages, 2026-11).
"""

import hashlib
import re
from typing import Final

from waystation.dialects.losses import Losses

_MAX_CHARS: Final = 256
_PERSONAL: Final = re.compile(r"[^@]*@.*|\+?[0-9 ().-]{7,}", re.DOTALL)


def user_of(user: str, losses: Losses) -> str:
    """The caller's own word for it, or a hash of that: always the same one."""
    if len(user) <= _MAX_CHARS and _PERSONAL.fullmatch(user) is None:
        return user
    losses.note("user", "Anthropic takes no addresses or numbers: it is told a hash of it")
    return "user_" + hashlib.blake2b(user.encode("utf-8", "replace"), digest_size=16).hexdigest()
