"""Events of a stream, typed; what is odd in them costs no more than itself."""

import msgspec
import pytest

from waystation.dialects.anthropic_messages.chunks import NULL, Begun, Delta, Event, decode_begun, decode_event
from waystation.wire.errors import BadAnswer, VendorFailure


def test_an_event_is_read() -> None:
    got = decode_event(b'{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"t"}}')
    assert got == Event(type="content_block_delta", index=1, delta=Delta(type="text_delta", text="t"))


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        (b'{"type":"x","index":"one"}', Event(type="x")),
        (b'{"type":"x","delta":{"text":5,"thinking":"h"}}', Event(type="x", delta=Delta(thinking="h"))),
        (b'{"type":5}', Event()),
        (b'\xef\xbb\xbf{"type":"x"}', Event(type="x")),
        (b"{}", Event()),
    ],
)
def test_what_is_odd_is_passed_over(payload: bytes, event: Event) -> None:
    assert decode_event(payload) == event


def test_half_a_surrogate_pair_is_mended() -> None:
    got = decode_event(rb'{"type":"x","delta":{"text":"a\ud83d"}}')
    assert got.delta is not None
    assert (got.delta.text or "").startswith("a")


@pytest.mark.parametrize("payload", [b"{", b"[]", b"5", b"nonsense", b'{"a":' * 100_000])
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAnswer, match="not an event"):
        decode_event(payload)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"error","error":{"type":"overloaded_error","message":"m"}}',
        b'{"error":{"type":"overloaded_error"}}',
        b'{"type":"error","index":"x","error":{"type":"overloaded_error"}}',
    ],
)
def test_an_error_is_one(payload: bytes) -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_event(payload)
    assert caught.value.vendor_type == "overloaded_error"


def test_an_error_of_nothing_is_none() -> None:
    assert decode_event(b'{"type":"ping","error":{}}').type == "ping"


def test_what_a_block_begins_with() -> None:
    raw = msgspec.Raw(b'{"type":"tool_use","id":"i","name":"f","input":{}}')
    assert decode_begun(raw) == Begun(type="tool_use", id="i", name="f", input=msgspec.Raw(b"{}"))
    assert decode_begun(msgspec.Raw(b'{"type":"text","text":5}')) == Begun(type="text")
    assert decode_begun(NULL) == Begun()
