"""Anthropic itself. Arrears come as 400 with words only, so they are the caller's here unless the type says billing.

Error types: platform.claude.com/docs/en/api/errors and the anthropic SDK 2.12 (2026-11).
"""

from collections.abc import Mapping
from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal, Vendor
from waystation.wire.headers import Headers

_VERSION: Final = b"2023-06-01"
_CALLER: Final = Blame(Fault.CALLER)
_REFUSED: Final = Blame(Fault.KEY, "refused")
_SUSPECT: Final = Blame(Fault.KEY, "suspect")
_BARRED: Final = Blame(Fault.KEY, "barred")
_BROKE: Final = Blame(Fault.KEY, "broke")
_LIMITED: Final = Blame(Fault.KEY, "limited")
_MODEL: Final = Blame(Fault.MODEL)
_BUSY: Final = Blame(Fault.BUSY)

_BY_TYPE: Final[Mapping[str, Blame]] = {
    "invalid_request_error": _CALLER,
    "request_too_large": _CALLER,
    "authentication_error": _REFUSED,
    "permission_error": _BARRED,
    "billing_error": _BROKE,
    "rate_limit_error": _LIMITED,
    "not_found_error": _MODEL,
    "api_error": _BUSY,
    "timeout_error": _BUSY,
    "overloaded_error": _BUSY,
}
_BY_STATUS: Final[Mapping[int, Blame]] = {
    400: _CALLER,
    413: _CALLER,
    422: _CALLER,
    401: _SUSPECT,
    403: _BARRED,
    402: _BROKE,
    429: _LIMITED,
    404: _MODEL,
}


def blame_anthropic(refusal: Refusal) -> Blame:
    """First the error's type, then the HTTP status; what is unknown is a busy vendor."""
    if refusal.type is not None and refusal.type in _BY_TYPE:
        return _BY_TYPE[refusal.type]
    return _BY_STATUS.get(refusal.status, _BUSY)


def _sign(secret: str) -> Headers:
    return ((b"x-api-key", secret.encode()), (b"anthropic-version", _VERSION))


VENDOR: Final = Vendor(
    name="anthropic",
    base_url="https://api.anthropic.com",
    paths={"anthropic.messages": "/v1/messages"},
    sign=_sign,
    blame=blame_anthropic,
    request_id=(b"request-id",),  # platform.claude.com/docs/en/api/errors, "Request id" (2026-11)
    models="/v1/models?limit=1000",
)
