"""Errors, both ways. Types by status: platform.claude.com/docs/en/api/errors (2026-11)."""

from collections.abc import Mapping
from typing import Final

import msgspec

from waystation.dialects.complaint import read_complaint
from waystation.dialects.words import words_of
from waystation.wire.errors import VendorFailure, WaystationError

_TYPES: Final[Mapping[int, str]] = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_SERVER_ERRORS: Final = 500


def error_body(error: WaystationError) -> bytes:
    status = error.public_status
    usual = "api_error" if status >= _SERVER_ERRORS else "invalid_request_error"
    face = {"type": _TYPES.get(status, usual), "message": words_of(error)}
    return msgspec.json.encode({"type": "error", "error": face, "request_id": None})


def failure_of(payload: bytes) -> VendorFailure:
    """The vendor's code and type, and none of its text."""
    said = read_complaint(payload)
    return VendorFailure(
        f"an error in place of an answer, code {said.code!r}, type {said.type!r}",
        vendor_code=said.code,
        vendor_type=said.type,
    )
