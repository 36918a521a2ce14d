import msgspec
import pytest

from tests.contract.limiter import bounds
from waystation.adapters.redis.limits import REFUSED, Limits
from waystation.wire.limit import Limit

LIMITS = Limits(bounds(alice=Limit(rpm=5), acme=Limit(tpm=100, concurrency=3, queue=2, queue_s=4)))


def test_limits_are_packed_with_what_is_not_limited() -> None:
    assert msgspec.msgpack.decode(LIMITS.packed) == [["alice", 5, -1, -1, 0], ["acme", -1, 100, 3, 2]]
    assert (LIMITS.slotted, LIMITS.slots("acme"), LIMITS.metered) == (("acme",), 3, True)


def test_rates_are_of_the_limits_that_are_named() -> None:
    rates = LIMITS.rates([0, 4, 600, 1, 70, 31])
    assert (rates.requests_max, rates.requests_left, rates.requests_reset_ms) == (5, 4, 60_000)
    assert (rates.tokens_max, rates.tokens_left, rates.tokens_reset_ms) == (100, 70, 3_100)
    assert LIMITS.rates([-1, 0, 600, -1, 0, 600]).requests_max is None


@pytest.mark.parametrize(
    ("kind", "ticks", "retry_after_s"),
    [("requests", 1, 1), ("requests", 601, 60), ("tokens", 121, 13), ("tokens", 1200, None), ("concurrency", 0, 1)],
)
def test_a_refusal_tells_when_to_come_again(kind: str, ticks: int, retry_after_s: int | None) -> None:
    answer = [REFUSED, [0, 4, 0, 1, 70, 600], 1, kind, 2, ticks]
    limited = LIMITS.refused(answer, waited=True)
    assert (limited.bound.id, limited.kind, limited.left, limited.retry_after_s) == ("acme", kind, 2, retry_after_s)
    assert limited.waited is (kind == "concurrency")
