"""Signatures of thoughts: made with a constant key, so that the double knows its own again without a memory."""

import base64
import binascii
import hashlib
import hmac
from typing import Final

_KEY: Final = b"the double's own, and no secret"
_DIGEST_BYTES: Final = 24


def sealed(kind: str, *parts: str) -> str:
    """A seal of these parts, in base64. `kind` keeps the seals of one language out of another."""
    digest = _digest(kind, *parts)
    return base64.b64encode(digest + _mark(kind, digest)).decode()


def is_own(kind: str, seal: str) -> bool:
    """Whether this double, or another one, made the seal."""
    try:
        raw = base64.b64decode(seal, validate=True)
    except (binascii.Error, ValueError):
        return False
    digest, mark = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    return len(digest) == _DIGEST_BYTES and hmac.compare_digest(mark, _mark(kind, digest))


def fits(kind: str, seal: str, *parts: str) -> bool:
    """Whether the seal is that of these parts."""
    return hmac.compare_digest(seal.encode(), sealed(kind, *parts).encode())


def _digest(kind: str, *parts: str) -> bytes:
    text = "\0".join((kind, *parts)).encode("utf-8", "replace")
    return hmac.digest(_KEY, text, hashlib.sha256)[:_DIGEST_BYTES]


def _mark(kind: str, digest: bytes) -> bytes:
    return hmac.digest(_KEY, kind.encode() + b"\0" + digest, hashlib.sha256)
