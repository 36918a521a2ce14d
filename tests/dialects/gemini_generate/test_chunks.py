"""One event of a stream."""

import json

import pytest

from waystation.dialects.gemini_generate.chunks import decode_chunk, raws_of
from waystation.wire.errors import BadAnswer, VendorFailure


def test_an_event_is_read() -> None:
    chunk = decode_chunk(
        b'{"candidates":[{"content":{"parts":[{"text":"a","thought":true,"thoughtSignature":"s"}]},"finishReason":"STOP"}],'
        b'"usageMetadata":{},"modelVersion":"m","responseId":"r","createTime":"t"}'
    )
    assert chunk.candidates is not None
    content = chunk.candidates[0].content
    assert content is not None
    assert content.parts is not None
    part = content.parts[0]
    assert (part.text, part.thought, part.thought_signature) == ("a", True, "s")
    assert (chunk.model_version, chunk.response_id, chunk.create_time, chunk.blocked) == ("m", "r", "t", False)


@pytest.mark.parametrize(
    ("payload", "blocked"),
    [
        (b'{"promptFeedback":{"blockReason":"SAFETY"}}', True),
        (b'{"promptFeedback":{"blockReason":"SAFETY"},"responseId":5}', True),
        (b'{"promptFeedback":{}}', False),
        (b'{"promptFeedback":5}', False),
        (b'{"promptFeedback":{"blockReason":"SAFETY"},"candidates":[{}]}', False),
    ],
)
def test_a_prompt_may_be_refused(payload: bytes, blocked: bool) -> None:
    assert decode_chunk(payload).blocked == blocked


@pytest.mark.parametrize(
    "payload",
    [
        b'{"error":{"code":503,"status":"UNAVAILABLE"}}',
        b'[{"error":{"code":503,"status":"UNAVAILABLE"}}]',
        b'{"error":{"status":"UNAVAILABLE"},"candidates":5}',
    ],
)
def test_an_error_is_the_vendors_failure(payload: bytes) -> None:
    with pytest.raises(VendorFailure) as caught:
        decode_chunk(payload)
    assert (caught.value.vendor_code, caught.value.vendor_type) == ("UNAVAILABLE", "UNAVAILABLE")


@pytest.mark.parametrize("payload", [b"", b"5", b"no", b'"a"', b'{"candidates":[5]}', b'{"a":'])
def test_what_is_no_event_is_a_bad_answer(payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode_chunk(payload)


@pytest.mark.parametrize("error", ["null", "{}", '""', "false"])
def test_no_error_is_none(error: str) -> None:
    assert decode_chunk(b'{"error":%s}' % error.encode()).candidates is None


def test_members_of_another_type_are_passed_over() -> None:
    odd = {
        "candidates": [
            {
                "index": "0",
                "finishReason": "STOP",
                "content": {
                    "parts": [{"text": "a"}, {"text": 5, "thought": True}, {"functionCall": {"name": "f", "id": 5}}]
                },
            },
            {"index": 1.0, "content": 5},
            {"content": {"parts": [{"functionCall": 5}]}},
        ],
        "modelVersion": 5,
    }
    chunk = decode_chunk(json.dumps(odd).encode())
    assert chunk.candidates is not None
    first, second, third = chunk.candidates
    assert first.content is not None
    assert first.content.parts is not None
    a, b, c = first.content.parts
    assert (a.text, b.text, b.thought, first.index, second.index, first.finish_reason) == (
        "a",
        None,
        True,
        0,
        1,
        "STOP",
    )
    assert c.function_call is not None
    assert (c.function_call.name, c.function_call.id) == ("f", None)
    assert third.content is not None
    assert third.content.parts is not None
    assert third.content.parts[0].function_call is None
    assert decode_chunk(b'{"candidates":5}').candidates == []


def test_broken_pairs_are_mended() -> None:
    chunk = decode_chunk(b'{"candidates":[{"content":{"parts":[{"text":"a\\ud83d"}]}}]}')
    assert chunk.candidates is not None
    assert chunk.candidates[0].content is not None
    assert chunk.candidates[0].content.parts is not None
    assert chunk.candidates[0].content.parts[0].text == "a\ufffd"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b'{"candidates":[{"content":{"parts":[{"a":1},5]}}]}', [b'{"a":1}', b"5"]),
        (b'{"candidates":[{"content":null}]}', []),
        (b'{"candidates":[]}', []),
        (b'{"candidates":5}', []),
    ],
)
def test_parts_can_be_had_unread(payload: bytes, expected: list[bytes]) -> None:
    assert list(map(bytes, raws_of(payload, 0))) == expected
