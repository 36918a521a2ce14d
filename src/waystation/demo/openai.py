"""What all of OpenAI's endpoints have in common: the key, the headers, the errors."""

from typing import Final

from waystation.demo.answer import Headers
from waystation.demo.refusals import NO_KEY, Refusal, masked, wrong_key
from waystation.demo.replies import Wire
from waystation.demo.request import Request

_RATE_LIMITS: Final[Headers] = (  # names and forms: platform.openai.com/docs/guides/rate-limits (2026-06)
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999984"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "0s"),
)
_LIMITS_REACHED: Final[Headers] = (
    *_RATE_LIMITS[:2],
    ("x-ratelimit-remaining-requests", "0"),
    ("x-ratelimit-remaining-tokens", "0"),
    ("x-ratelimit-reset-requests", "1s"),
    ("x-ratelimit-reset-tokens", "6m0s"),
)


class OpenAI:
    json_type: str = "application/json"
    usage_at: tuple[tuple[str, ...], ...] = (("usage",),)

    def key(self, request: Request) -> str:
        return request.bearer

    def headers(self, request_id: str, own_ms: int, *, exhausted: bool) -> Headers:
        return (
            ("openai-organization", "org-demo"),
            ("openai-processing-ms", str(own_ms)),
            ("openai-version", "2020-10-01"),
            ("x-request-id", request_id),
            *(_LIMITS_REACHED if exhausted else _RATE_LIMITS),
        )

    def error(self, refusal: Refusal, request_id: str) -> bytes:  # noqa: ARG002 - OpenAI tells it in a header alone
        return refusal.body()

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:  # noqa: ARG002 - as above
        return {"error": refusal.shape()}

    def wrong_key(self, key: str) -> Refusal:
        return wrong_key(masked(key)) if key else NO_KEY
