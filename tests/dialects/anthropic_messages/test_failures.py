"""Errors, both ways."""

import json

import pytest

from waystation.dialects.anthropic_messages.failures import error_body, failure_of
from waystation.wire.errors import (
    BadRequest,
    Forbidden,
    InsufficientQuota,
    InvalidToken,
    MethodNotAllowed,
    Misconfigured,
    ModelNotFound,
    NoRoute,
    RequestTooLarge,
    UpstreamTimeout,
    VendorRefusal,
    WaystationError,
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("No."), "invalid_request_error"),
        (InvalidToken("No."), "authentication_error"),
        (VendorRefusal("No.", status=402, type_="x"), "billing_error"),
        (Forbidden("No."), "permission_error"),
        (ModelNotFound("No."), "not_found_error"),
        (MethodNotAllowed("PUT", "POST"), "invalid_request_error"),
        (RequestTooLarge("No."), "request_too_large"),
        (InsufficientQuota("No."), "rate_limit_error"),
        (Misconfigured("No."), "api_error"),
        (NoRoute("No."), "api_error"),
        (UpstreamTimeout("No.", phase="idle"), "timeout_error"),
        (VendorRefusal("No.", status=529, type_="x"), "overloaded_error"),
    ],
)
def test_the_type_is_the_statuses(error: WaystationError, kind: str) -> None:
    told = json.loads(error_body(error))
    assert (told["type"], told["error"]["type"], told["request_id"]) == ("error", kind, None)
    assert told["error"]["message"]


def test_a_vendors_words_are_not_kept() -> None:
    failure = failure_of(b'{"type":"error","error":{"type":"overloaded_error","message":"secret"},"request_id":"r"}')
    assert (failure.vendor_type, failure.vendor_code) == ("overloaded_error", None)
    assert "secret" not in failure.message
