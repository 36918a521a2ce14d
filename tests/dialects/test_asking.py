import pytest

from waystation.dialects.asking import (
    TOKENS_MAX,
    chars_in,
    check_model,
    edited,
    read_count,
    read_flag,
    read_model,
    retargeted,
    usage_option,
    without_mark,
)
from waystation.dialects.codec import Ask, Edit
from waystation.wire.errors import BadRequest
from waystation.wire.estimate import Weight


def ask(model: str = "m", span: tuple[int, int] = (9, 12), fixes: tuple[Edit, ...] = ()) -> Ask:
    return Ask(
        model=model,
        stream=False,
        include_usage=False,
        choices=1,
        max_output_tokens=None,
        weight=Weight(),
        model_span=span,
        fixes=fixes,
    )


def test_edits_are_made_in_their_places_whatever_their_order() -> None:
    assert edited(b"0123456789", (Edit(5, 6, b"five"), Edit(0, 0, b">"), Edit(9, 10, b""))) == b">01234five678"


def test_a_body_is_sent_on_as_it_is_if_nothing_changes() -> None:
    body = b'{"model":"m"}'
    assert retargeted(body, ask(), "m") is body
    assert retargeted(body, ask(), "other") == b'{"model":"other"}'
    assert retargeted(body, ask(fixes=(Edit(1, 1, b'"a":1,'),)), "m") == b'{"a":1,"model":"m"}'
    assert retargeted(body, ask(fixes=(Edit(1, 1, b'"a":1,'),)), "x") == b'{"a":1,"model":"x"}'


def test_a_mark_of_byte_order_is_read_past_and_not_sent() -> None:
    body = b'\xef\xbb\xbf{"model":"m"}'
    found = without_mark(body, lambda text: ask() if text == b'{"model":"m"}' else ask("?"))
    assert retargeted(body, found, "m") == b'{"model":"m"}'
    assert without_mark(b"{}", lambda _: ask()) == ask()


@pytest.mark.parametrize("value", [b"1", b'"true"', b"[]"])
def test_a_flag_is_true_or_false(value: bytes) -> None:
    assert (read_flag(b"true", (0, 4), "f"), read_flag(b"null", (0, 4), "f")) == (True, False)
    with pytest.raises(BadRequest) as refused:
        read_flag(value, (0, len(value)), "f")
    assert refused.value.param == "f"


@pytest.mark.parametrize("value", [b"0", b"-1", b"1.5", b'"5"', b"true", b"9" * 40, b"99999999999"])
def test_a_count_is_a_whole_number_within_bounds(value: bytes) -> None:
    assert (read_count(b"5.0", (0, 3), "n", 9), read_count(b"null", (0, 4), "n", 9)) == (5, 0)
    with pytest.raises(BadRequest):
        read_count(value, (0, len(value)), "n", TOKENS_MAX)


@pytest.mark.parametrize("model", ["", "x" * 257, "a\nb"])
def test_a_models_name_can_be_printed(model: str) -> None:
    assert check_model("gpt-4o 中文") == "gpt-4o 中文"
    with pytest.raises(BadRequest):
        check_model(model)
    with pytest.raises(BadRequest):
        read_model(b"{}", {})


def test_what_is_not_utf8_is_refused() -> None:
    assert chars_in("你好".encode()) == 2
    with pytest.raises(BadRequest, match="UTF-8"):
        chars_in(b"\xff")


@pytest.mark.parametrize(
    ("body", "asked", "sent"),
    [
        (b'{"a":1}', False, b'{"stream_options":{"include_usage":true},"a":1}'),
        (b'{"stream_options":null}', False, b'{"stream_options":{"include_usage":true}}'),
        (b'{"stream_options":{}}', False, b'{"stream_options":{"include_usage":true}}'),
        (b'{"stream_options":{"x":1}}', False, b'{"stream_options":{"include_usage":true,"x":1}}'),
        (b'{"stream_options":{"include_usage":false}}', False, b'{"stream_options":{"include_usage":true}}'),
        (b'{"stream_options":{"include_usage":true}}', True, b'{"stream_options":{"include_usage":true}}'),
    ],
)
def test_a_stream_is_made_to_tell_its_usage(body: bytes, asked: bool, sent: bytes) -> None:
    start = body.find(b":") + 1 if b"options" in body else 0
    wish, edits = usage_option(body, (start, len(body) - 1) if start else None)
    assert (wish, edited(body, edits)) == (asked, sent)


def test_stream_options_are_an_object() -> None:
    with pytest.raises(BadRequest) as refused:
        usage_option(b'{"stream_options":[]}', (18, 20))
    assert refused.value.param == "stream_options"
