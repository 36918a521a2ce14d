"""Errors as Google tells them. Source: cloud.google.com/apis/design/errors (2026-11)."""

from typing import Final

import msgspec

from waystation.dialects.words import words_of
from waystation.wire.errors import WaystationError

_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    504: "DEADLINE_EXCEEDED",
}


def error_body(error: WaystationError) -> bytes:
    code = error.public_status
    other = "INVALID_ARGUMENT" if code < 500 else "UNAVAILABLE"
    face = {"code": code, "message": words_of(error), "status": _STATUSES.get(code, other)}
    return msgspec.json.encode({"error": face})
