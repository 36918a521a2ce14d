"""What all of Google's endpoints have in common."""

import json
from typing import Any

import pytest

from tests.demo.scenes import request_at
from waystation.demo.forms import Form
from waystation.demo.gemini.google import Google, error_of
from waystation.demo.refusals import BROKEN, OVERLOADED, RATE_LIMITED, Refusal


@pytest.mark.parametrize(
    ("path", "header", "key"),
    [("/x?key=a", "x-other: 1", "a"), ("/x?key=a", "x-goog-api-key: b", "b"), ("/x", "authorization: Bearer c", "")],
)
def test_the_key_stands_in_a_header_or_in_the_query(path: str, header: str, key: str) -> None:
    assert Google("m").key(request_at(path, {}, header)) == key


def test_an_error_has_googles_form() -> None:
    assert error_of(Refusal(400, "No.")) == {"error": {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT"}}
    assert Google("m").error_event(BROKEN, "req_1", 1) == error_of(BROKEN)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(RATE_LIMITED, "RESOURCE_EXHAUSTED"), (OVERLOADED, "UNAVAILABLE"), (Refusal(404, "x"), "NOT_FOUND")],
)
def test_the_status_has_its_word(refusal: Refusal, status: str) -> None:
    told: Any = error_of(refusal)
    assert told["error"]["status"] == status
    assert ("details" in told["error"]) == (refusal is RATE_LIMITED)


def test_an_array_of_events_begins_with_an_array_of_one_error() -> None:
    arrays = Google("m", Form.ARRAY, stream=True).error(BROKEN, "req_1")
    plain = Google("m", Form.BARE, stream=True).error(BROKEN, "req_1")
    assert json.loads(arrays) == [json.loads(plain)]


def test_a_missing_key_is_not_a_wrong_one() -> None:
    none, wrong = Google("m").wrong_key(""), Google("m").wrong_key("x")
    assert (none.status, wrong.status) == (403, 400)
    told: Any = error_of(wrong)
    assert told["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_its_headers_tell_no_limits() -> None:
    assert "server-timing" in dict(Google("m").headers("req_1", 3, exhausted=True))
