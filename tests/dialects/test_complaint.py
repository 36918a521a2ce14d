"""A vendor's error body is read whatever its shape, and never believed to be short or clean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Complaint
from waystation.dialects.complaint import complaint_of, read_complaint


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (
            {"error": {"message": "No.", "type": "invalid_request_error", "code": "bad_n", "param": "n"}},
            Complaint("No.", "invalid_request_error", "bad_n", "n"),
        ),
        ({"error": {"message": "Busy.", "type": "server_error", "code": None}}, Complaint("Busy.", "server_error")),
        ({"error": {"code": "1113", "message": "余额不足"}}, Complaint("余额不足", None, "1113")),
        ({"error": {"code": 429, "message": "Slow down", "metadata": {}}}, Complaint("Slow down", None, "429")),
        ([{"error": {"code": 400, "message": "Bad key", "status": "X"}}], Complaint("Bad key", None, "400")),
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Full"}},
            Complaint("Full", "overloaded_error"),
        ),
        ({"error_code": 17, "error_msg": "Daily limit"}, Complaint("Daily limit", None, "17")),
        (
            {"error": "invalid_client", "error_description": "unknown client id"},
            Complaint("unknown client id", None, "invalid_client"),
        ),
        ({"error": "model 'x' not found"}, Complaint("model 'x' not found")),
        ({"header": {"code": 10013, "message": "Refused"}}, Complaint("Refused", None, "10013")),
        (
            {"Response": {"Error": {"Code": "AuthFailure", "Message": "No key"}}},
            Complaint("No key", None, "AuthFailure"),
        ),
        ({"response": {"error": {"code": "x", "message": "Inner"}}}, Complaint("Inner", None, "x")),
        ({"base_resp": {"status_code": 1008, "status_msg": "no balance"}}, Complaint("no balance", None, "1008")),
        (
            {"code": 20012, "message": "Model does not exist.", "data": None},
            Complaint("Model does not exist.", None, "20012"),
        ),
        ({"code": "Arrearage", "message": "Pay first", "request_id": "r"}, Complaint("Pay first", None, "Arrearage")),
        ({"detail": [{"loc": ["body", "n"], "msg": "too large"}]}, Complaint("too large")),
        ({"detail": "Not Found"}, Complaint("Not Found")),
        (
            {"object": "error", "message": "too long", "type": "BadRequestError", "code": 400},
            Complaint("too long", "BadRequestError", "400"),
        ),
        ("Invalid token", Complaint("Invalid token")),
        ({"error": {}}, Complaint()),
        ({"error": None}, Complaint()),
        ({"detail": []}, Complaint()),
        ([], Complaint()),
        ([1], Complaint()),
    ],
)
def test_every_shape_is_read(body: object, complaint: Complaint) -> None:
    assert complaint_of(body) == complaint
    assert read_complaint(json.dumps(body).encode()) == complaint


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"upstream connect error\n", "upstream connect error"),
        (b"<html><body>502 Bad Gateway</body></html>", ""),
        (b"\n\n <!DOCTYPE html><p>no</p>", ""),
        (b"\xff\xfe broken", "\ufffd\ufffd broken"),
        (b'\xef\xbb\xbf{"message":"marked"}', "marked"),
        (b'\n\n{"message":"late"}', "late"),
        (b'{"message":"half \\ud83d"}', "half \u083d"),
        (b'{"message":', ""),
        (b'{"message":"big","seed":' + b"9" * 5_000 + b"}", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_other_bodies_say_what_they_can(body: bytes, message: str) -> None:
    assert read_complaint(body).message == message


def test_a_message_is_bounded_and_holds_no_control_characters() -> None:
    got = read_complaint(json.dumps({"message": "a\r\nb\x1b[31m" + "x" * 5_000, "code": "c" * 500}).encode())
    assert got.message.startswith("a  b [31mx")
    assert len(got.message) == 2_000
    assert got.code == "c" * 128


def test_a_megabyte_is_no_error_message() -> None:
    assert read_complaint(b"x" * 1_000_000) == Complaint()


names = st.sampled_from(["error", "message", "code", "detail", "msg", "Response", "base_resp"])
shapes = st.recursive(
    st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(names, inner)
)


@given(st.binary(max_size=64) | shapes.map(lambda value: json.dumps(value).encode()))
def test_nothing_makes_it_raise(body: bytes) -> None:
    assert len(read_complaint(body).message) <= 2_000
