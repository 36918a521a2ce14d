"""Sub-tokens: how their secrets are made and checked, how a token is found by one, and what it may do."""

import hashlib
import hmac
import re
import zlib
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

from waystation.wire.catalogue import FormerSecret, Token

State = Literal["active", "expired", "revoked"]

PREFIX: Final = "sk-ws-"
ENTROPY_BYTES: Final = 32
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BODY_DIGITS: Final = 32  # 190 bits
_CHECK_DIGITS: Final = 6  # 62^6 > 2^32
_OURS: Final = re.compile(rf"{PREFIX}([0-9A-Za-z]{{{_BODY_DIGITS}}})([0-9A-Za-z]{{{_CHECK_DIGITS}}})", re.ASCII)
_CUSTOM: Final = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_CUSTOM_MIN: Final = 24
_CUSTOM_MAX: Final = 256
_VARIETY_MIN: Final = 8  # of 24 random hex digits 12 or 13 differ; fewer than 8 is one case in 10,000


def mint(entropy: bytes) -> str:
    """A new secret: `sk-ws-`, 32 base-62 characters of `entropy`, 6 of their CRC-32.

    The checksum lets scanners tell a leaked secret from a look-alike; it protects nothing.
    Raises: ValueError below 32 bytes of entropy (256 bits, so that the remainder's bias is below 2^-65).
    """
    if len(entropy) < ENTROPY_BYTES:
        raise ValueError(f"{len(entropy)} bytes of entropy; a secret needs {ENTROPY_BYTES}")
    body = _base62(int.from_bytes(entropy), _BODY_DIGITS)
    return f"{PREFIX}{body}{_checksum(body)}"


def well_formed(secret: str) -> bool:
    """Whether this is a secret of our own format with the right checksum."""
    match = _OURS.fullmatch(secret)
    return match is not None and match[2] == _checksum(match[1])


def flaw(secret: str) -> str | None:
    """Why a secret is not good enough for a sub-token, in words without the secret; None if it is.

    Besides our own format, secrets brought from elsewhere are welcome if nobody can guess them.
    """
    if well_formed(secret):
        return None
    if secret.startswith(PREFIX):
        return f"it begins with {PREFIX} but its checksum is wrong: a character is missing or mistyped"
    if _CUSTOM.fullmatch(secret) is None:
        return "only the characters A-Z a-z 0-9 _ - may be in it"
    if not _CUSTOM_MIN <= len(secret) <= _CUSTOM_MAX:
        return f"it has {len(secret)} characters, not {_CUSTOM_MIN} to {_CUSTOM_MAX}"
    if len(set(secret)) < _VARIETY_MIN:
        return f"it has fewer than {_VARIETY_MIN} different characters"
    return None


def digest(secret: str) -> bytes:
    """SHA-256. No salt and no stretching: flaw() lets nothing in that could be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def hint(secret: str) -> str:
    """What may be shown: our prefix, the first four characters and the last four."""
    prefix = PREFIX if secret.startswith(PREFIX) else ""
    body = secret.removeprefix(prefix)
    return f"{prefix}{body[:4]}…{body[-4:]}"


def fingerprint(secret: str) -> str:
    """8 hex digits of the SHA-256, for upstream keys."""
    return digest(secret).hex()[:8]


class Found(NamedTuple):
    """A sub-token, and the secret that found it if that was rotated out."""

    token: Token
    former: FormerSecret | None = None


class Directory:
    """Sub-tokens by the digest of their secrets, former ones too, revoked and expired tokens too. Never changes."""

    __slots__ = ("_by_digest", "_count")

    def __init__(self, tokens: Iterable[Token]) -> None:
        known = list(tokens)
        former = {secret.digest: Found(token, secret) for token in known for secret in token.former}
        self._by_digest = former | {token.digest: Found(token) for token in known}
        self._count = len(known)

    def find(self, secret: str) -> Found | None:
        """The look-up's time depends on a digest that a caller can't steer; the comparison is constant-time besides."""
        sought = digest(secret)
        found = self._by_digest.get(sought)
        if found is None or not hmac.compare_digest((found.former or found.token).digest, sought):
            return None
        return found

    def by_id(self, token_id: str) -> Token | None:
        """Looks through all of them: for operators' questions, not for calls."""
        return next((one.token for one in self._by_digest.values() if one.token.id == token_id), None)

    def __len__(self) -> int:
        return self._count


def state(token: Token, now: float) -> State:
    """Revoked wins over expired; a token is expired from the second `expires_at` on."""
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at is not None and token.expires_at <= now:
        return "expired"
    return "active"


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(value: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        value, digit = divmod(value, len(_ALPHABET))
        text = _ALPHABET[digit] + text
    return text
