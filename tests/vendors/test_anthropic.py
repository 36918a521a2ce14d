"""Whose fault Anthropic's refusals are, and how it is signed for."""

import pytest

from waystation.vendors.anthropic import VENDOR, blame_anthropic
from waystation.vendors.vendor import Fault, Refusal


@pytest.mark.parametrize(
    ("refusal", "fault", "key"),
    [
        (Refusal(400, type="invalid_request_error"), Fault.CALLER, "ready"),
        (Refusal(413, type="request_too_large"), Fault.CALLER, "ready"),
        (Refusal(401, type="authentication_error"), Fault.KEY, "refused"),
        (Refusal(403, type="permission_error"), Fault.KEY, "barred"),
        (Refusal(400, type="billing_error"), Fault.KEY, "broke"),
        (Refusal(429, type="rate_limit_error"), Fault.KEY, "limited"),
        (Refusal(404, type="not_found_error"), Fault.MODEL, "ready"),
        (Refusal(529, type="overloaded_error"), Fault.BUSY, "ready"),
        (Refusal(200, type="overloaded_error"), Fault.BUSY, "ready"),
        (Refusal(500, type="api_error"), Fault.BUSY, "ready"),
        (Refusal(504, type="timeout_error"), Fault.BUSY, "ready"),
        (Refusal(402), Fault.KEY, "broke"),
        (Refusal(401), Fault.KEY, "suspect"),
        (Refusal(403), Fault.KEY, "barred"),
        (Refusal(422, type="odd"), Fault.CALLER, "ready"),
        (Refusal(418), Fault.BUSY, "ready"),
    ],
)
def test_blame(refusal: Refusal, fault: Fault, key: str) -> None:
    blame = blame_anthropic(refusal)
    assert (blame.fault, blame.key) == (fault, key)


def test_it_is_signed_for_with_a_key_and_a_version() -> None:
    assert VENDOR.sign("sk-1") == ((b"x-api-key", b"sk-1"), (b"anthropic-version", b"2023-06-01"))
    assert (VENDOR.name, VENDOR.base_url, dict(VENDOR.paths)) == (
        "anthropic",
        "https://api.anthropic.com",
        {"anthropic.messages": "/v1/messages"},
    )
