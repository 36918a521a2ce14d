"""Objects with a member of the wrong type."""

import msgspec
import pytest

from waystation.dialects.openai_chat.lenient import read_leniently


class Inner(msgspec.Struct):
    a: int = 0
    b: str | None = None


class Outer(msgspec.Struct):
    one: Inner | None = None
    many: list[Inner] | None = None
    plain: Inner = msgspec.field(default_factory=Inner)
    text: str = ""
    raw: msgspec.Raw = msgspec.Raw(b"null")


@pytest.mark.parametrize(
    ("payload", "outer"),
    [
        (b"", Outer()),
        (b"[]", Outer()),
        (b'{"text":5,"one":{"a":"7","b":5}}', Outer(one=Inner(a=7))),
        (b'{"many":[{"a":1},5,{"b":"x"}]}', Outer(many=[Inner(a=1), Inner(), Inner(b="x")])),
        (b'{"many":{},"one":null}', Outer()),
        (
            b'{"plain":{"a":2},"raw":[1],"text":"a\\ud83d"}',
            Outer(plain=Inner(a=2), raw=msgspec.Raw(b"[1]"), text="a\u083d"),
        ),
        (b'\xef\xbb\xbf{"text":"\xff"}', Outer(text="\ufffd")),
    ],
)
def test_what_can_be_read_is_read(payload: bytes, outer: Outer) -> None:
    assert read_leniently(payload, Outer) == outer
