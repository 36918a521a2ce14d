import pytest

from waystation.vendors.retry_after import LONGEST_S, retry_after_s

NOW = 1_795_399_200.0  # 2026-11-23T02:00:00Z


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"7", 7.0),
        (b" 0.5 ", 0.5),
        (b"-3", 0.0),
        (b"86400", LONGEST_S),
        (b"1e300", LONGEST_S),
        (b"Mon, 23 Nov 2026 02:00:30 GMT", 30.0),
        (b"Mon, 23 Nov 2026 01:00:00 GMT", 0.0),
    ],
)
def test_both_forms_are_read_and_bounded(header: bytes, seconds: float) -> None:
    assert retry_after_s(header, now=NOW) == seconds


@pytest.mark.parametrize(
    ("milliseconds", "seconds"), [(b"1500", 1.5), (b"-1", 0.0), (b"9e9", LONGEST_S), (b"soon", 7.0), (b"nan", 7.0)]
)
def test_milliseconds_are_preferred_where_they_can_be_read(milliseconds: bytes, seconds: float) -> None:
    assert retry_after_s(b"7", now=NOW, milliseconds=milliseconds) == seconds


@pytest.mark.parametrize("header", [None, b"", b"soon", b"nan", b"inf", b"\xff\xfe", b"Mon, 99 Foo 2026"])
def test_what_can_not_be_understood_says_nothing(header: bytes | None) -> None:
    assert retry_after_s(header, now=NOW) is None
