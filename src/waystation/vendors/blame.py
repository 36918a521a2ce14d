"""The blame table that OpenAI and those who copy its errors share.

Codes: platform.openai.com/docs/guides/error-codes; those of its Chinese peers from their own error pages (2026-11). A
429 is arrears when its code or type says `insufficient_quota`, and a rate limit otherwise. A 401 or 403 without a known
code is perhaps the key's fault, perhaps only the model's: Qianfan says so of models that were not bought.
"""

from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal

_CALLER: Final = Blame(Fault.CALLER)
_REFUSED: Final = Blame(Fault.KEY, "refused")
_SUSPECT: Final = Blame(Fault.KEY, "suspect")
_BARRED: Final = Blame(Fault.KEY, "barred")
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
    # DashScope
    "Arrearage": _BROKE,  # comes as 400
    "InvalidApiKey": _REFUSED,
    # Zhipu
    "1113": _BROKE,  # comes as 429, as do the next: what a plan holds is spent until it's renewed, or it has ended
    "1308": _BROKE,
    "1309": _BROKE,
    "1310": _BROKE,
    "1305": _BUSY,  # comes as 429: the platform is overloaded, whatever the key
    "1312": _BUSY,
    # MiniMax
    "1008": _BROKE,  # comes as 200, as do the next: quota, and plan
    "1028": _BROKE,
    "1030": _BROKE,
    "2056": _BROKE,
    # Moonshot
    "exceeded_current_quota_error": _BROKE,  # comes as 429
    "engine_overloaded_error": _BUSY,  # comes as 429
    "incorrect_api_key_error": _REFUSED,
    "invalid_authentication_error": _REFUSED,
    # Volcengine
    "AuthenticationError": _REFUSED,
    "AccountOverdueError": _BROKE,  # comes as 403
    "QuotaExceeded": _BROKE,  # comes as 429
    "SetLimitExceeded": _BROKE,  # comes as 429
    "ServerOverloaded": _BUSY,  # comes as 429
    # Qianfan
    "invalid_iam_token": _REFUSED,
    "invalid_model": _MODEL,  # comes as 401 where the model was not bought
    # SiliconFlow
    "30001": _BROKE,  # comes as 403
}
_BY_STATUS: Final = {
    400: _CALLER,
    413: _CALLER,
    422: _CALLER,
    401: _SUSPECT,
    403: _BARRED,
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
