"""What the tap reads of a request."""

import json
from typing import Any

import pytest

from waystation.dialects.anthropic_messages.ask import decode_ask
from waystation.dialects.codec import Ask
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight

HI = [{"role": "user", "content": "Hi"}]


def ask(**members: Any) -> Ask:
    return decode_ask(json.dumps({"model": "m", "messages": HI} | members, separators=(",", ":")).encode())


def test_the_least_request() -> None:
    body = b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}'
    assert decode_ask(body) == Ask(
        model="m",
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=None,
        weight=Weight(len(b'[{"role":"user","content":"Hi"}]')),
        model_span=(9, 12),
    )


def test_a_byte_order_mark_is_not_passed_on() -> None:
    got = decode_ask(b'\xef\xbb\xbf{"model":"m","messages":[{}]}')
    assert (got.model_span, len(got.fixes)) == ((12, 15), 1)


def test_a_stream_always_tells_its_usage() -> None:
    got = ask(stream=True)
    assert (got.stream, got.include_usage) == (True, True)
    assert ask(stream=None).stream is False


@pytest.mark.parametrize(("given", "bound"), [(5, 5), (5.0, 5), (None, None), (0, 0)])
def test_the_bound(given: object, bound: int | None) -> None:
    assert ask(max_tokens=given).max_output_tokens == bound


def test_system_and_tools_weigh_too() -> None:
    base = ask().weight.ascii_chars
    assert ask(system="s" * 98).weight.ascii_chars == base + 100
    assert ask(tools=[{"name": "f"}]).weight.ascii_chars == base + len('[{"name":"f"}]')
    assert ask(metadata={"user_id": "u" * 100}).weight.ascii_chars == base
    assert ask(system="你").weight.wide_chars == 1


def test_images_and_documents_are_media() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "A" * 10_000}}
    weight = ask(messages=[{"role": "user", "content": [image]}]).weight
    assert (weight.media, weight.ascii_chars < 200) == (1, True)


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({"model": 5}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": None}, "messages"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"stream": 1}, "stream"),
    ],
)
def test_a_mistake_is_named(members: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequest) as caught:
        ask(**members)
    assert caught.value.param == param


def test_no_messages_are_refused() -> None:
    with pytest.raises(BadRequest, match="at least one message"):
        decode_ask(b'{"model":"m"}')


def test_broken_utf8_is_refused() -> None:
    with pytest.raises(BadRequest, match="UTF-8"):
        decode_ask(b'{"model":"m","messages":[{"a":"\xff"}]}')
