from dataclasses import replace

import pytest

from waystation.bench import BadOptions, Options

_GOOD = Options(url="http://127.0.0.1:8080/v1", token="sk-ws-x", model="gpt-4o")


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "127.0.0.1:8080"},
        {"url": "ftp://127.0.0.1"},
        {"url": "http://"},
        {"calls": 0},
        {"seconds": 0},
        {"concurrency": 0},
        {"concurrency": 10_001},
        {"rate": 0},
        {"rate": -5.0},
        {"body_bytes": 0},
        {"warm_up": -1},
        {"token": "sk-\r\nx-evil: 1"},
        {"token": "sk-é"},
        {"headers": (("x-a", "1\n2"),)},
    ],
)
def test_options_that_cannot_be_carried_out_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadOptions) as caught:
        replace(_GOOD, **wrong)  # type: ignore[arg-type]  # each is of its field's type
    assert "sk-" not in str(caught.value)


@pytest.mark.parametrize("rate", [None, 0.5, 2_000])
def test_a_rate_may_be_missing_or_any_above_zero(rate: float | None) -> None:
    assert replace(_GOOD, rate=rate).rate == rate
