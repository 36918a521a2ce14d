"""One event of a vendor's stream."""

import msgspec
import pytest

from waystation.dialects.openai_responses.vendor_events import Event, Response, decode_event, decode_response
from waystation.wire.errors import BadAnswer


def test_an_event_is_typed() -> None:
    event = decode_event(b'{"type":"response.output_text.delta","delta":"a","output_index":1,"new":true}')
    assert event == Event(type="response.output_text.delta", delta="a", output_index=1)


def test_a_member_of_another_type_costs_only_itself() -> None:
    event = decode_event(b'{"type":"response.shell_call_output_content.delta","delta":{"stdout":"x"}}')
    assert event == Event(type="response.shell_call_output_content.delta")
    assert decode_event(rb'{"type":"t","delta":"half a \ud83d pair"}').type == "t"
    assert decode_event(b"{}") == Event()


@pytest.mark.parametrize("payload", [b"", b"x", b"[]", b"5"])
def test_what_is_no_object_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_event(payload)


def test_a_response_is_typed() -> None:
    assert decode_response(msgspec.Raw(b'{"id":"resp_1","created_at":5}')) == Response(id="resp_1", created_at=5.0)
    odd = decode_response(msgspec.Raw(b'{"id":5,"model":"v","incomplete_details":"odd"}'))
    assert odd.model == "v"
    assert decode_response(msgspec.Raw(b"null")) == Response()


@pytest.mark.parametrize(
    ("seconds", "created"), [(b"5.5", 5), (b"null", None), (b'"nan"', None), (b"-1", None), (b"1e300", None)]
)
def test_a_time_is_a_whole_number_of_seconds(seconds: bytes, created: int | None) -> None:
    assert decode_response(msgspec.Raw(b'{"created_at":%s}' % seconds)).created == created
