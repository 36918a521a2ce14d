import pytest

from waystation.vendors.rate_headers import LONGEST_S, spent, spent_s

NOW = 1_795_399_200.0  # 2026-11-23T02:00:00Z

Fields = tuple[tuple[bytes, bytes], ...]


def openai(remaining: bytes, reset: bytes, limit: bytes = b"500") -> Fields:
    return (
        (b"content-type", b"application/json"),
        (b"x-ratelimit-limit-requests", limit),
        (b"x-ratelimit-remaining-requests", remaining),
        (b"x-ratelimit-reset-requests", reset),
    )


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [(b"1s", 0.1), (b"6m0s", 36.0), (b"120ms", 0.012), (b"1h2m3.5s", 360.0), (b"20", 2.0), (b"-5s", None)],
)
def test_a_limit_that_fills_up_evenly_is_asked_again_after_a_tenth_of_its_reset(
    reset: bytes, seconds: float | None
) -> None:
    assert spent_s(openai(b"0", reset), NOW) == seconds


def test_a_small_limit_is_asked_again_when_there_is_one_again() -> None:
    assert spent_s(openai(b"0", b"60s", limit=b"3"), NOW) == 20.0
    assert spent_s(openai(b"0", b"60s", limit=b"many"), NOW) == 60.0


@pytest.mark.parametrize("headers", [openai(b"1", b"60s"), ((b"x-ratelimit-limit-requests", b"0"),), ()])
def test_as_long_as_something_is_left_nothing_is_said(headers: Fields) -> None:
    assert (spent(headers), spent_s(headers, NOW)) == (False, None)


def test_anthropics_resets_are_times_and_the_longest_counts() -> None:
    headers = (
        (b"anthropic-ratelimit-requests-limit", b"50"),
        (b"anthropic-ratelimit-requests-remaining", b"0"),
        (b"anthropic-ratelimit-requests-reset", b"2026-11-23T02:00:10Z"),
        (b"anthropic-ratelimit-output-tokens-limit", b"8000"),
        (b"anthropic-ratelimit-output-tokens-remaining", b"0"),
        (b"anthropic-ratelimit-output-tokens-reset", b"2026-11-23T02:00:40+00:00"),
    )
    assert spent(headers)
    assert spent_s(headers, NOW) == 4.0


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        (b"30", 30.0),
        (b"1795399230", 30.0),
        (b"1795399230000", 30.0),
        (b"999999", LONGEST_S),
        (b"soon", None),
        (b"2026-11-23T02:00:10", None),
        (b"-1", None),
        (b"nan", None),
    ],
)
def test_a_limit_of_a_window_is_asked_again_at_its_end(reset: bytes, seconds: float | None) -> None:
    headers = ((b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", reset))
    assert spent_s(headers, NOW) == seconds


def test_without_a_reset_nothing_is_known() -> None:
    headers = ((b"x-ratelimit-remaining-tokens", b"0"),)
    assert (spent(headers), spent_s(headers, NOW)) == (True, None)
