"""The blame table that OpenAI and those who copy its errors share.

Codes: platform.openai.com/docs/guides/error-codes (2026-11). A 429 is arrears when its code or type says
`insufficient_quota`, and a rate limit otherwise.
"""

from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal

_CALLER: Final = Blame(Fault.CALLER)
_REFUSED: Final = Blame(Fault.KEY, "refused")
_BROKE: Final = Blame(Fault.KEY, "broke")
_LIMITED: Final = Blame(Fault.KEY, "limited")
_MODEL: Final = Blame(Fault.MODEL)
_BUSY: Final = Blame(Fault.BUSY)

_BY_CODE: Final = {
    "insufficient_quota": _BROKE,
    "billing_hard_limit_reached": _BROKE,
    "invalid_api_key": _REFUSED,
    "account_deactivated": _REFUSED,
    "rate_limit_exceeded": _LIMITED,
    "model_not_found": _MODEL,
}
_BY_STATUS: Final = {
    400: _CALLER,
    413: _CALLER,
    422: _CALLER,
    401: _REFUSED,
    403: _REFUSED,
    402: _BROKE,
    429: _LIMITED,
    404: _MODEL,
}


def blame_openai(refusal: Refusal) -> Blame:
    """First the vendor's own code, then its type, then the HTTP status; what is unknown is a busy vendor."""
    for word in (refusal.code, refusal.type):
        if word is not None and word in _BY_CODE:
            return _BY_CODE[word]
    return _BY_STATUS.get(refusal.status, _BUSY)
