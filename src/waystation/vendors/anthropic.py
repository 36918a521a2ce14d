"""Anthropic. Errors: platform.claude.com/docs/en/api/errors (2026-11)."""

from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal, Vendor
from waystation.wire.headers import Headers

VERSION: Final = b"2023-06-01"
_CALLER: Final = Blame(Fault.CALLER)
_BY_TYPE: Final = {
    "invalid_request_error": _CALLER,
    "request_too_large": _CALLER,
    "authentication_error": Blame(Fault.KEY, "refused"),
    "permission_error": Blame(Fault.KEY, "refused"),
    "billing_error": Blame(Fault.KEY, "broke"),
    "rate_limit_error": Blame(Fault.KEY, "limited"),
    "not_found_error": Blame(Fault.MODEL),
}
_BY_STATUS: Final = {
    400: _CALLER,
    413: _CALLER,
    401: Blame(Fault.KEY, "refused"),
    403: Blame(Fault.KEY, "refused"),
    402: Blame(Fault.KEY, "broke"),
    429: Blame(Fault.KEY, "limited"),
    404: Blame(Fault.MODEL),
}


def sign(secret: str) -> Headers:
    return ((b"x-api-key", secret.encode()), (b"anthropic-version", VERSION))


def blame_anthropic(refusal: Refusal) -> Blame:
    """First the vendor's own type, then the HTTP status; what is unknown, and an overload, is a busy vendor."""
    if refusal.type in _BY_TYPE:
        return _BY_TYPE[refusal.type]
    return _BY_STATUS.get(refusal.status, Blame(Fault.BUSY))


VENDOR: Final = Vendor(
    name="anthropic",
    base_url="https://api.anthropic.com",
    paths={"anthropic.messages": "/v1/messages"},
    sign=sign,
    blame=blame_anthropic,
)
