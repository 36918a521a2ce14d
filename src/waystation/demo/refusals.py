"""Errors in OpenAI's shape: an object `error` with message, type, param and code.

Texts, types and codes as the public API sends them; seen in client projects' error reports, 2023-03 to 2026-03
(continuedev/continue issues 9634, 10931, 11409; openai/codex issue 88; vllm-project/vllm pull request 25054).
"""

from dataclasses import dataclass
from typing import Final

import msgspec

REASONS: Final = {
    200: "OK",
    302: "Found",
    307: "Temporary Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    529: "Site Overloaded",
}
_MASKED_FROM: Final = 12  # a shorter key would show through its mask


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None

    def shape(self) -> dict[str, str | None]:
        return {"message": self.message, "type": self.type, "param": self.param, "code": self.code}

    def body(self) -> bytes:
        return msgspec.json.encode({"error": self.shape()})


class Refused(Exception):
    """The call cannot be answered; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


BAD_JSON: Final = Refusal(
    400,
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
    "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble "
    "figuring out how to fix this, please contact us through our help center at help.openai.com.)",
)
BAD_HTTP: Final = Refusal(400, "Your request is not HTTP that this server understands.")
BODY_TOO_LARGE: Final = Refusal(413, "Maximum request size exceeded.")
HEAD_TOO_LARGE: Final = Refusal(431, "Request header fields too large.")
NO_MODEL: Final = Refusal(400, "you must provide a model parameter")
NO_KEY: Final = Refusal(
    401,
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
    "(i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API "
    "from your browser and are prompted for a username and password. You can obtain an API key from "
    "https://platform.openai.com/account/api-keys.",
)
BROKEN: Final = Refusal(
    500, "The server had an error while processing your request. Sorry about that!", type="server_error"
)
_BUSY: Final = "The engine is currently overloaded, please try again later."
UNAVAILABLE: Final = Refusal(503, _BUSY, "server_error")
OVERLOADED: Final = Refusal(529, _BUSY, "overloaded_error")
RATE_LIMITED: Final = Refusal(
    429,
    "Rate limit reached for this model in organization org-demo on requests per min (RPM): Limit 60, Used 60, "
    "Requested 1. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.",
    type="requests",
    code="rate_limit_exceeded",
)
IN_ARREARS: Final = Refusal(
    429,
    "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    type="insufficient_quota",
    code="insufficient_quota",
)


def wrong_key(shown: str) -> Refusal:
    message = (
        f"Incorrect API key provided: {shown}. You can find your API key at "
        "https://platform.openai.com/account/api-keys."
    )
    return Refusal(401, message, code="invalid_api_key")


def masked(key: str) -> str:
    """A key as the vendor shows it: its first eight and last four characters."""
    if len(key) <= _MASKED_FROM:
        return "*" * len(key)
    return f"{key[:8]}{'*' * (len(key) - 12)}{key[-4:]}"


def missing(name: str) -> Refusal:
    return Refusal(400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def unknown_model(model: str) -> Refusal:
    return Refusal(404, f"The model `{model}` does not exist or you do not have access to it.", code="model_not_found")


def unknown_path(method: str, path: str) -> Refusal:
    return Refusal(404, f"Invalid URL ({method} {path})")


def wrong_method(method: str, path: str) -> Refusal:
    hint = "(HINT: Perhaps you meant to make your HTTP request using a different method?)"
    message = f"Not allowed to {method} on {path}. {hint}"
    return Refusal(405, message, code="method_not_supported")
