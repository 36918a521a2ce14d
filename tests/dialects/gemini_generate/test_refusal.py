"""Google's errors, read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Complaint
from waystation.dialects.gemini_generate.refusal import complaint_of, failure_of

KEY = {
    "code": 400,
    "message": "API key not valid.",
    "status": "INVALID_ARGUMENT",
    "details": [{"@type": "type.googleapis.com/google.rpc.Help"}, {"reason": "API_KEY_INVALID"}],
}


@pytest.mark.parametrize("body", [{"error": KEY}, [{"error": KEY}]])
def test_the_reason_is_the_code_and_the_status_the_type(body: object) -> None:
    expected = Complaint(message="API key not valid.", type="INVALID_ARGUMENT", code="API_KEY_INVALID")
    assert complaint_of(json.dumps(body).encode()) == expected


@pytest.mark.parametrize("details", [None, {}, [], [5], [{"reason": 5}], [{"reason": "two words"}], [{"reason": ""}]])
def test_without_a_reason_the_status_is_both(details: object) -> None:
    body = {"error": {"code": 503, "status": "UNAVAILABLE", "details": details}}
    assert complaint_of(json.dumps(body).encode()) == Complaint(type="UNAVAILABLE", code="UNAVAILABLE")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error":{"code":429,"message":"Slow","status":5}}', Complaint("Slow", code="429")),
        (b'{"error":{"type":"t","code":"c"}}', Complaint(type="t", code="c")),
        (b'{"error":"no"}', Complaint("no", code="no")),
        (b"[]", Complaint()),
        (b"<html>", Complaint()),
        (b'{"error":{"message":"\\ud83d","status":"INTERNAL"}}', Complaint("\u083d", "INTERNAL", "INTERNAL")),
    ],
)
def test_other_shapes_are_read_as_any_vendors(body: bytes, expected: Complaint) -> None:
    assert complaint_of(body) == expected


def test_a_failure_holds_none_of_the_vendors_text() -> None:
    failure = failure_of(json.dumps({"error": KEY}).encode())
    assert (failure.vendor_code, failure.vendor_type) == ("API_KEY_INVALID", "INVALID_ARGUMENT")
    assert "not valid" not in str(failure)


@given(st.binary(max_size=60))
def test_nothing_raises(body: bytes) -> None:
    assert isinstance(complaint_of(body), Complaint)
