"""Anthropic's Messages as a language of the double."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from waystation.demo.answer import Headers
from waystation.demo.anthropic.answers import events, message, usage_of
from waystation.demo.anthropic.ask import MessagesAsk
from waystation.demo.anthropic.checks import STRICTER, check
from waystation.demo.anthropic.turns import chat_of
from waystation.demo.ask import ChatAsk
from waystation.demo.forms import Form
from waystation.demo.reading import read
from waystation.demo.refusals import BROKEN, OVERLOADED, RATE_LIMITED, UNAVAILABLE, Refusal, Refused
from waystation.demo.replies import Reply, Wire, compose
from waystation.demo.request import Request
from waystation.demo.settings import DemoSettings
from waystation.demo.usage import Usage, prompt_tokens

_VERSIONS: Final = ("2023-01-01", "2023-06-01", STRICTER)
_TYPES: Final = {  # platform.claude.com/docs/en/api/errors (2026-11)
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_TEXTS: Final = {
    BROKEN: "Internal server error",
    OVERLOADED: "Overloaded",
    UNAVAILABLE: "Service unavailable",
    RATE_LIMITED: "This request would exceed your organization's rate limit of 60 requests per minute.",
}
_RESET: Final = "2026-11-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class MessagesCall:
    asked: MessagesAsk
    ask: ChatAsk
    form: Form = Form.NAMED

    def reply(self, settings: DemoSettings, suffix: str, created: int) -> Reply:
        return compose(
            self.ask,
            settings,
            completion_id=f"msg_{suffix}",
            call_id=f"toolu_{suffix}",
            created=created,
            thinks=self.asked.has_thinking,
        )

    def plain(self, reply: Reply) -> Wire:
        return message(reply, shows_thought=self.asked.is_thought_shown)

    def events(self, reply: Reply) -> Iterator[Wire]:
        return events(reply, shows_thought=self.asked.is_thought_shown)

    def keep(self, reply: Reply) -> None:
        """Messages can't be asked for again."""


class Anthropic:
    json_type: str = "application/json"
    usage_at: tuple[tuple[str, ...], ...] = (("message", "usage"), ("usage",))

    def key(self, request: Request) -> str:
        return request.header(b"x-api-key") or request.bearer

    def read(self, request: Request) -> MessagesCall:
        version = _version(request)
        ask = read(bytes(request.body), MessagesAsk)
        check(ask, version)
        return MessagesCall(ask, chat_of(ask))

    def count(self, request: Request) -> Wire:
        """The errand of `count_tokens`, whose request has no `max_tokens`. Raises Refused."""
        version = _version(request)
        members = read(bytes(request.body), dict[str, msgspec.Raw])
        ask = read(msgspec.json.encode({"max_tokens": msgspec.Raw(b"1000000"), **members}), MessagesAsk)
        check(ask, version)
        return {"input_tokens": prompt_tokens(chat_of(ask))}

    def headers(self, request_id: str, own_ms: int, *, exhausted: bool) -> Headers:  # noqa: ARG002 - untold here
        """Names and forms: platform.claude.com/docs/en/api/rate-limits (2026-11)."""
        return (
            ("request-id", request_id),
            ("anthropic-organization-id", "00000000-0000-4000-8000-000000000000"),
            ("anthropic-ratelimit-requests-limit", "60"),
            ("anthropic-ratelimit-requests-remaining", "0" if exhausted else "59"),
            ("anthropic-ratelimit-requests-reset", _RESET),
            ("anthropic-ratelimit-tokens-limit", "2000000"),
            ("anthropic-ratelimit-tokens-remaining", "0" if exhausted else "1999000"),
            ("anthropic-ratelimit-tokens-reset", _RESET),
        )

    def error(self, refusal: Refusal, request_id: str) -> bytes:
        return msgspec.json.encode({**_error(refusal), "request_id": request_id})

    def error_event(self, refusal: Refusal, request_id: str, number: int) -> Wire:  # noqa: ARG002 - it has no number
        return {**_error(refusal), "request_id": request_id}

    def usage(self, usage: Usage) -> Wire:
        return usage_of(usage)

    def wrong_key(self, key: str) -> Refusal:
        return Refusal(401, "invalid x-api-key" if key else "x-api-key header is required")


def _version(request: Request) -> str:
    """Raises Refused."""
    version = request.header(b"anthropic-version")
    if not version:
        raise Refused(Refusal(400, "anthropic-version: header is required"))
    if version not in _VERSIONS:
        raise Refused(Refusal(400, f'anthropic-version: "{version}" is not a valid version'))
    return version


def _error(refusal: Refusal) -> Wire:
    kind = _TYPES.get(refusal.status, "invalid_request_error")
    text = _TEXTS.get(refusal, refusal.message)
    return {"type": "error", "error": {"type": kind, "message": text, "details": None}}
