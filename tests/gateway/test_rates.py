import pytest

from waystation.gateway.rates import rates_head
from waystation.wire.dialect import Dialect
from waystation.wire.limit import Rates

RATES = Rates(60, 12, 60_000, 10_000, 9_000, 4_500)
AT = 1_800_000_000.2


def head(rates: Rates, dialect: Dialect) -> dict[str, str]:
    found = {name.decode(): value.decode() for name, value in rates_head(rates, AT, dialect)}
    del found["access-control-expose-headers"]
    return found


@pytest.mark.parametrize("dialect", ["openai.chat", "openai.responses", "gemini.generate"])
def test_openai_s_names_and_durations(dialect: Dialect) -> None:
    assert head(RATES, dialect) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "12",
        "x-ratelimit-reset-requests": "1m0s",
        "x-ratelimit-limit-tokens": "10000",
        "x-ratelimit-remaining-tokens": "9000",
        "x-ratelimit-reset-tokens": "4.5s",
    }


def test_anthropic_s_names_and_times() -> None:
    assert head(RATES, "anthropic.messages") == {
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "12",
        "anthropic-ratelimit-requests-reset": "2027-01-15T08:01:01Z",
        "anthropic-ratelimit-tokens-limit": "10000",
        "anthropic-ratelimit-tokens-remaining": "9000",
        "anthropic-ratelimit-tokens-reset": "2027-01-15T08:00:05Z",
    }


def test_what_is_not_limited_is_not_told() -> None:
    assert set(head(Rates(None, 1, 60_000, 10, 9, 0), "openai.chat")) == {
        "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens",
    }
    assert set(head(Rates(5, 1, 0, None, 9, 0), "anthropic.messages")) == {
        "anthropic-ratelimit-requests-limit",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
    }


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0s"), (100, "100ms"), (1000, "1s"), (59_900, "59.9s"), (60_000, "1m0s"), (360_000, "6m0s")]
)
def test_durations_are_written_as_go_does(ms: int, text: str) -> None:
    assert head(Rates(1, 1, ms, None, 0, 0), "openai.chat")["x-ratelimit-reset-requests"] == text


def test_scripts_of_other_origins_may_read_them() -> None:
    exposed = dict(rates_head(RATES, AT, "openai.chat"))[b"access-control-expose-headers"]
    assert b"x-ratelimit-reset-tokens" in exposed
