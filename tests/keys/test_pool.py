from waystation.keys.pool import KeyPool, pools_of
from waystation.wire.catalogue import Upstream, UpstreamKey


def keys(count: int) -> tuple[UpstreamKey, ...]:
    return tuple(UpstreamKey(f"key_{n}", f"sk-secret-{n}", f"0000000{n}") for n in range(count))


def upstream(name: str, count: int) -> Upstream:
    return Upstream(id=f"up_{name}", name=name, vendor="openai_compatible", base_url="http://x/v1", keys=keys(count))


def lent(pool: KeyPool, now: float = 0.0, used: tuple[str, ...] = ()) -> str | None:
    lease = pool.lease(now, used)
    return None if lease is None else lease.key.id


def test_keys_take_turns() -> None:
    pool = KeyPool(keys(3))
    assert [lent(pool) for _ in range(5)] == ["key_0", "key_1", "key_2", "key_0", "key_1"]


def test_a_benched_key_is_passed_over_until_its_time() -> None:
    pool = KeyPool(keys(2))
    lease = pool.lease(0.0)
    assert lease is not None
    lease.health.bench("limited", now=0.0, wait_s=10.0)
    assert [lent(pool, 1.0) for _ in range(3)] == ["key_1"] * 3
    assert {lent(pool, 10.0) for _ in range(2)} == {"key_0", "key_1"}


def test_a_key_that_the_call_has_tried_is_not_lent_to_it_again() -> None:
    pool = KeyPool(keys(2))
    assert lent(pool, 0.0, ("key_0",)) == "key_1"
    assert lent(pool, 0.0, ("key_0", "key_1")) is None


def test_an_exhausted_pool_tells_when_its_first_key_is_back() -> None:
    pool = KeyPool(keys(2))
    for wait_s in (30.0, 5.0):
        lease = pool.lease(0.0)
        assert lease is not None
        lease.health.bench("limited", now=0.0, wait_s=wait_s)
    assert lent(pool, 1.0) is None
    assert pool.ready_in_s(1.0) == 4.0
    assert pool.ready_in_s(6.0) == 0.0


def test_a_new_catalogue_keeps_the_health_of_the_keys_that_stay() -> None:
    before = pools_of([upstream("a", 2)], {})
    lease = before["up_a"].lease(0.0)
    assert lease is not None
    lease.health.bench("refused", now=0.0)
    after = pools_of([upstream("a", 3)], before)
    assert [lent(after["up_a"], 1.0) for _ in range(3)] == ["key_1", "key_2", "key_1"]


def test_a_key_that_left_is_forgotten() -> None:
    before = pools_of([upstream("a", 1)], {})
    lease = before["up_a"].lease(0.0)
    assert lease is not None
    lease.health.bench("refused", now=0.0)
    after = pools_of([upstream("a", 1)], pools_of([], before))
    assert lent(after["up_a"], 1.0) == "key_0"


def test_a_certain_key_is_lent_by_its_fingerprint_on_the_same_terms() -> None:
    pool = KeyPool(keys(2))
    lease = pool.lease_of("00000001", 0.0)
    assert lease is not None
    assert lease.key.id == "key_1"
    assert pool.lease_of("00000001", 0.0, ("key_1",)) is None
    assert pool.lease_of("unknown", 0.0) is None
    lease.health.bench("limited", now=0.0, wait_s=10.0)
    assert pool.lease_of("00000001", 5.0) is None
    assert pool.lease_of("00000001", 10.0) is not None
