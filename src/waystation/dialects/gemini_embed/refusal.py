"""Errors as Google tells them. Source: cloud.google.com/apis/design/errors (2026-11).

Its own limits come with a RetryInfo in the details, which SDKs and agents wait by: 429 of ai.google.dev (2026-11).
"""

from typing import Final

import msgspec

from waystation.dialects.words import words_of
from waystation.wire.errors import RateLimited, WaystationError

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

_RETRY: Final = "type.googleapis.com/google.rpc.RetryInfo"


def error_body(error: WaystationError) -> bytes:
    code = error.public_status
    other = "INVALID_ARGUMENT" if code < 500 else "UNAVAILABLE"
    face: dict[str, object] = {"code": code, "message": words_of(error), "status": _STATUSES.get(code, other)}
    if isinstance(error, RateLimited) and error.retry_after_s is not None:
        face["details"] = [{"@type": _RETRY, "retryDelay": f"{error.retry_after_s:g}s"}]
    return msgspec.json.encode({"error": face})
