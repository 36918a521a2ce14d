"""What all of Google's endpoints have in common: the key, the headers, the errors."""

from typing import Final

import msgspec

from waystation.demo.answer import Headers
from waystation.demo.forms import Form
from waystation.demo.refusals import BROKEN, OVERLOADED, RATE_LIMITED, UNAVAILABLE, Refusal
from waystation.demo.replies import Wire
from waystation.demo.request import Request

_STATUSES: Final = {  # ai.google.dev/gemini-api/docs/troubleshooting (2026-11)
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
_BUSY: Final = "The model is overloaded. Please try again later."
_TEXTS: Final = {
    BROKEN: "An internal error has occurred. Please retry or report in the troubleshooting guide.",
    UNAVAILABLE: _BUSY,
    OVERLOADED: _BUSY,
    RATE_LIMITED: "You exceeded your current quota, please check your plan and billing details.",
}
_RETRY: Final[Wire] = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
_BAD_KEY: Final[Wire] = {
    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
    "reason": "API_KEY_INVALID",
    "domain": "googleapis.com",
    "metadata": {"service": "generativelanguage.googleapis.com"},
}


class Google:
    json_type: str = "application/json; charset=UTF-8"
    usage_at: tuple[tuple[str, ...], ...] = (("usageMetadata",),)

    def __init__(self, model: str, form: Form = Form.BARE, *, stream: bool = False) -> None:
        self.model = model
        self._form = form
        self._stream = stream

    def key(self, request: Request) -> str:
        return request.header(b"x-goog-api-key") or request.asked("key")

    def headers(self, request_id: str, own_ms: int, *, exhausted: bool) -> Headers:  # noqa: ARG002 - untold here
        return (
            ("vary", "Origin"),
            ("server", "scaffolding on HTTPServer2"),
            ("x-content-type-options", "nosniff"),
            ("server-timing", f"gfet4t7; dur={own_ms}"),
        )

    def error(self, refusal: Refusal, request_id: str) -> bytes:  # noqa: ARG002 - Google tells no id
        """In a list of one, if the answer would have been an array."""
        told = error_of(refusal)
        return msgspec.json.encode([told] if self._stream and self._form is Form.ARRAY else told)

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:  # noqa: ARG002 - as above
        return error_of(refusal)

    def wrong_key(self, key: str) -> Refusal:
        if key:
            return Refusal(400, "API key not valid. Please pass a valid API key.", code="API_KEY_INVALID")
        return Refusal(
            403,
            "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or "
            "other form of API consumer identity to call this API.",
        )


def error_of(refusal: Refusal) -> Wire:
    details = [_BAD_KEY] if refusal.code == "API_KEY_INVALID" else [_RETRY] if refusal is RATE_LIMITED else []
    error: Wire = {
        "code": refusal.status,
        "message": _TEXTS.get(refusal, refusal.message),
        "status": _STATUSES.get(refusal.status, "INVALID_ARGUMENT"),
    }
    return {"error": {**error, "details": details} if details else error}
