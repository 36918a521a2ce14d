"""Google's times."""

import pytest

from waystation.dialects.gemini_generate.times import seconds_of, time_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:07Z", 7),
        ("2026-11-23T12:00:00.123456789Z", 1795435200),
        ("2026-11-23T12:00:00+02:00", 1795428000),
        ("2026-11-23T12:00:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times_are_read(text: str | None, seconds: int | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(("seconds", "text"), [(7, "1970-01-01T00:00:07Z"), (None, None), (-1, None), (10**18, None)])
def test_times_are_written(seconds: int | None, text: str | None) -> None:
    assert time_of(seconds) == text
