import json

import pytest

from waystation.dialects.gemini_embed.refusal import error_body
from waystation.wire.errors import (
    BadRequest,
    Forbidden,
    InsufficientQuota,
    InvalidToken,
    Misconfigured,
    ModelNotFound,
    NoRoute,
    RateLimited,
    RequestTooLarge,
    UpstreamTimeout,
    WaystationError,
)


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (BadRequest("no"), 400, "INVALID_ARGUMENT"),
        (InvalidToken("no"), 401, "UNAUTHENTICATED"),
        (Forbidden("no"), 403, "PERMISSION_DENIED"),
        (ModelNotFound("no"), 404, "NOT_FOUND"),
        (RequestTooLarge("no"), 413, "INVALID_ARGUMENT"),
        (InsufficientQuota("no"), 429, "RESOURCE_EXHAUSTED"),
        (Misconfigured("no"), 500, "INTERNAL"),
        (NoRoute("no"), 503, "UNAVAILABLE"),
        (UpstreamTimeout("no", phase="total"), 504, "DEADLINE_EXCEEDED"),
    ],
)
def test_errors_carry_googles_status(error: WaystationError, code: int, status: str) -> None:
    face = json.loads(error_body(error))["error"]
    assert (face["code"], face["status"]) == (code, status)


def test_an_upstreams_trouble_is_for_the_log() -> None:
    assert "10.0.0.1" not in error_body(NoRoute("10.0.0.1 is down")).decode()


def test_a_limit_says_when_to_try_again() -> None:
    said = json.loads(error_body(RateLimited("no", kind="requests", retry_after_s=7)))["error"]
    assert said["details"] == [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}]
    assert "details" not in json.loads(error_body(RateLimited("no", kind="tokens", retry_after_s=None)))["error"]
