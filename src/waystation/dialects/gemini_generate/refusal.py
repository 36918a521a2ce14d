"""Errors of Google's APIs, read. Source: cloud.google.com/apis/design/errors (2026-11).

The `status` is their type. Their code is the reason in the details where there is one: a key that is not valid comes
as 400 INVALID_ARGUMENT, and only the reason API_KEY_INVALID tells it from a caller's mistake.
"""

from typing import Final

import msgspec

from waystation.dialects.codec import Complaint
from waystation.dialects.complaint import read_complaint
from waystation.dialects.members import without_surrogates
from waystation.wire.errors import VendorFailure

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_WORD_MAX_CHARS: Final = 128


class _Error(msgspec.Struct):
    status: object = None
    details: object = None


class _Body(msgspec.Struct):
    error: _Error


def complaint_of(body: bytes) -> Complaint:
    """Never raises. A body of another shape is read as any vendor's."""
    said = read_complaint(body)
    error = _error_in(body)
    if error is None:
        return said
    status = _word(error.status)
    return msgspec.structs.replace(said, type=status or said.type, code=_reason(error.details) or status or said.code)


def failure_of(payload: bytes) -> VendorFailure:
    """The vendor's code and type, and none of its text."""
    said = complaint_of(payload)
    return VendorFailure(
        f"an error in place of an answer, code {said.code!r}, type {said.type!r}",
        vendor_code=said.code,
        vendor_type=said.type,
    )


def _error_in(body: bytes) -> _Error | None:
    """Some come in a list of one."""
    text = without_surrogates(body.decode("utf-8", "replace").removeprefix("\ufeff").strip().encode())
    try:
        if text.startswith(b"["):
            return msgspec.json.decode(text, type=list[_Body])[0].error
        return msgspec.json.decode(text, type=_Body).error
    except (*_UNREADABLE, IndexError):
        return None


def _reason(details: object) -> str | None:
    if not isinstance(details, list):
        return None
    reasons = (_word(detail.get("reason")) for detail in details if isinstance(detail, dict))
    return next((reason for reason in reasons if reason is not None), None)


def _word(value: object) -> str | None:
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= _WORD_MAX_CHARS and " " not in value:
        return value
    return None
