"""Payloads as the bytes of a stream."""

import pytest

from waystation.demo.forms import Form, content_type, frame, frames, tail
from waystation.demo.replies import Wire

TWO: list[Wire] = [{"type": "one"}, {"type": "two"}]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Form.DATA, b'data: {"type":"one"}\n\ndata: {"type":"two"}\n\ndata: [DONE]\n\n'),
        (Form.NAMED, b'event: one\ndata: {"type":"one"}\n\nevent: two\ndata: {"type":"two"}\n\n'),
        (Form.BARE, b'data: {"type":"one"}\r\n\r\ndata: {"type":"two"}\r\n\r\n'),
        (Form.ARRAY, b'[{"type":"one"},\r\n{"type":"two"}]'),
    ],
)
def test_a_whole_stream(form: Form, expected: bytes) -> None:
    assert b"".join([*frames(form, TWO), *tail(form)]) == expected


def test_an_element_in_the_middle_follows_a_comma() -> None:
    assert frame(Form.ARRAY, {}) == b",\r\n{}"


def test_each_form_has_its_content_type() -> None:
    assert [content_type(form) for form in Form] == [
        "text/event-stream; charset=utf-8",
        "text/event-stream; charset=utf-8",
        "text/event-stream",
        "application/json; charset=UTF-8",
    ]
