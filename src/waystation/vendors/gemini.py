"""Google's Gemini API. It tells a key that is not valid by the reason in an error's details only.

Statuses and reasons: ai.google.dev/gemini-api/docs/troubleshooting and cloud.google.com/apis/design/errors; reasons as
seen in issues of google-gemini/gemini-cli and others (2026-11).
"""

from collections.abc import Mapping
from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal, Vendor
from waystation.wire.headers import Headers

_CALLER: Final = Blame(Fault.CALLER)
_REFUSED: Final = Blame(Fault.KEY, "refused")
_SUSPECT: Final = Blame(Fault.KEY, "suspect")
_BARRED: Final = Blame(Fault.KEY, "barred")
_BROKE: Final = Blame(Fault.KEY, "broke")
_LIMITED: Final = Blame(Fault.KEY, "limited")
_BUSY: Final = Blame(Fault.BUSY)
_MODEL: Final = Blame(Fault.MODEL)

_BY_WORD: Final[Mapping[str, Blame]] = {
    "API_KEY_INVALID": _REFUSED,  # comes as 400 INVALID_ARGUMENT, also for a key that has expired
    "API_KEY_SERVICE_BLOCKED": _REFUSED,
    "API_KEY_IP_ADDRESS_BLOCKED": _REFUSED,
    "API_KEY_HTTP_REFERRER_BLOCKED": _REFUSED,
    "ACCESS_TOKEN_EXPIRED": _REFUSED,
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": _REFUSED,
    "CONSUMER_INVALID": _REFUSED,
    "CONSUMER_SUSPENDED": _REFUSED,
    "SERVICE_DISABLED": _REFUSED,
    "BILLING_DISABLED": _BROKE,
    "RATE_LIMIT_EXCEEDED": _LIMITED,
    "UNAUTHENTICATED": _REFUSED,
    "PERMISSION_DENIED": _BARRED,
    "RESOURCE_EXHAUSTED": _LIMITED,
    "FAILED_PRECONDITION": _BUSY,  # our place is not served, or the free tier is not given there: no caller can mend it
    "NOT_FOUND": _MODEL,
    "INVALID_ARGUMENT": _CALLER,
    "OUT_OF_RANGE": _CALLER,
}
_BY_STATUS: Final[Mapping[int, Blame]] = {
    400: _CALLER,
    401: _SUSPECT,
    403: _BARRED,
    404: _MODEL,
    413: _CALLER,
    429: _LIMITED,
}


def blame_gemini(refusal: Refusal) -> Blame:
    """First the reason, then the status word, then the HTTP status; what is unknown is a busy vendor."""
    for word in (refusal.code, refusal.type):
        if word is not None and word in _BY_WORD:
            return _BY_WORD[word]
    return _BY_STATUS.get(refusal.status, _BUSY)


def _sign(secret: str) -> Headers:
    return ((b"x-goog-api-key", secret.encode()),)


VENDOR: Final = Vendor(
    name="gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    paths={"gemini.generate": "/models/{model}:{verb}", "gemini.embed": "/models/{model}:batchEmbedContents"},
    sign=_sign,
    blame=blame_gemini,
    request_id=(),
    models="/models?pageSize=1000",
)
