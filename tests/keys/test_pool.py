from math import inf

import pytest

from waystation.keys.book import Book
from waystation.keys.pool import LANES_MAX, KeyPool, Lease, pools_of
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey

NOW = 1_000.0


def key(number: int, group: str | None = None, *, disabled: bool = False) -> UpstreamKey:
    return UpstreamKey(f"key_{number}", f"sk-secret-{number}", f"0000000{number}", group, disabled)


def upstream(
    name: str,
    *keys: UpstreamKey,
    limits: Ceilings | None = None,
    models: tuple[tuple[str, Ceilings], ...] = (),
) -> Upstream:
    return Upstream(
        id=f"up_{name}",
        name=name,
        vendor="openai_compatible",
        base_url="http://x/v1",
        keys=keys,
        key_limits=limits,
        model_limits=models,
    )


def pool_of(made: Upstream, *, checked: bool = False) -> KeyPool:
    return pools_of([made], {}, Book(lambda: 0.0), {made.id} if checked else ())[made.id]


def pool(count: int = 2) -> KeyPool:
    return pool_of(upstream("a", *map(key, range(count))))


def lent(of: KeyPool, now: float = NOW, used: tuple[str, ...] = (), model: str = "m") -> str | None:
    lease = of.lease(model, now, used)
    return None if lease is None else lease.key.id


def lease_of(of: KeyPool, now: float = NOW, model: str = "m", tokens: int = 0) -> Lease:
    lease = of.lease(model, now, (), tokens, 0)
    assert lease is not None
    return lease


def test_keys_take_turns() -> None:
    at = pool(3)
    assert [lent(at) for _ in range(5)] == ["key_0", "key_1", "key_2", "key_0", "key_1"]


def test_a_disabled_key_is_never_lent() -> None:
    at = pool_of(upstream("a", key(0, disabled=True), key(1)))
    assert [lent(at) for _ in range(2)] == ["key_1", "key_1"]
    assert at.lease_of("00000000", "m", NOW) is None
    assert at.healths()["key_0"].state(None, NOW) == "disabled"


def test_a_pool_without_a_key_that_may_be_lent_lends_none() -> None:
    at = pool_of(upstream("a", key(0, disabled=True)))
    assert (lent(at), at.ready_in_s("m", NOW)) == (None, 1.0)


def test_a_rate_limit_rests_the_key_for_that_model_until_its_time() -> None:
    at = pool()
    lease_of(at).fail("limited", NOW, 10.0, "429")
    assert [lent(at, NOW + 1) for _ in range(3)] == ["key_1"] * 3
    assert {lent(at, NOW + 1, model="other") for _ in range(2)} == {"key_0", "key_1"}
    assert {lent(at, NOW + 10) for _ in range(2)} == {"key_0", "key_1"}


def test_a_key_that_the_call_has_tried_is_not_lent_to_it_again() -> None:
    at = pool()
    assert lent(at, NOW, ("key_0",)) == "key_1"
    assert lent(at, NOW, ("key_0", "key_1")) is None


def test_an_exhausted_pool_tells_when_its_first_key_is_back() -> None:
    at = pool()
    for wait_s in (30.0, 5.0):
        lease_of(at).fail("limited", NOW, wait_s, "429")
    assert lent(at, NOW + 1) is None
    assert at.ready_in_s("m", NOW + 1) == 4.0
    assert at.ready_in_s("m", NOW + 6) == 0.0


def test_a_probe_goes_alone_until_it_comes_back() -> None:
    at = pool(1)
    lease_of(at).fail("limited", NOW, None, "429")
    probe = lease_of(at, NOW + 1)
    assert lent(at, NOW + 1) is None
    ridden = at.lease("m", NOW + 1, riding=True)
    assert ridden is not None
    assert ridden.probes == ()
    probe.succeed(NOW + 2)
    probe.end()
    assert [lent(at, NOW + 2) for _ in range(2)] == ["key_0", "key_0"]


@pytest.mark.parametrize("tokens", [None, 5])
def test_a_probe_without_an_outcome_lets_the_next_one_probe(tokens: int | None) -> None:
    at = pool(1)
    lease_of(at).fail("refused", NOW, None, "401")
    probe = lease_of(at, NOW + 60)
    probe.end(tokens)
    probe.end(tokens)
    assert lease_of(at, NOW + 60).probes != ()


def test_a_success_ends_the_row_of_failures() -> None:
    at = pool(1)
    lease_of(at).fail("limited", NOW, None, "429")
    lease_of(at, NOW + 1).fail("limited", NOW + 1, None, "429")
    assert at.ready_in_s("m", NOW + 1) == 2.0
    lease_of(at, NOW + 3).succeed(NOW + 3)
    lease_of(at, NOW + 4).fail("limited", NOW + 4, None, "429")
    assert at.ready_in_s("m", NOW + 4) == 1.0


def test_an_account_is_never_given_more_at_once_than_its_ceiling() -> None:
    at = pool_of(upstream("a", key(0, "acme"), key(1, "acme"), limits=Ceilings(concurrency=1)))
    lease = lease_of(at)
    assert lent(at) is None
    lease.end()
    assert lent(at) == "key_1"


def test_two_upstreams_of_one_account_share_what_it_may() -> None:
    book = Book(lambda: 0.0)
    one = upstream("a", key(0, "acme"), limits=Ceilings(rpm=5, tpm=100))
    other = upstream("b", key(1, "acme"), limits=Ceilings(rpm=1))
    pools = pools_of([one, other], {}, book)
    assert lent(pools["up_a"]) == "key_0"
    assert lent(pools["up_b"]) is None
    assert book.accounts["group acme"].quota is not None


def test_tokens_are_reserved_by_estimate_and_trued_up() -> None:
    at = pool_of(upstream("a", key(0), limits=Ceilings(tpm=1_000)))
    assert at.counts_tokens
    lease = lease_of(at, tokens=900)
    assert at.lease("m", NOW, (), 200, 0) is None
    lease.end(300)
    assert at.lease("m", NOW, (), 200, 0) is not None


def test_calls_without_a_bound_are_taken_to_bring_what_others_did() -> None:
    at = pool_of(upstream("a", key(0), limits=Ceilings(tpm=100_000)))
    for _ in range(100):
        lease = at.lease("m", NOW, (), 10, None)
        if lease is not None:
            lease.end(60)
    lease = at.lease("m", NOW + 100, (), 10, None)
    assert lease is not None
    assert 60 <= lease.tokens < 100


def test_a_call_that_never_began_teaches_nothing() -> None:
    at = pool_of(upstream("a", key(0), limits=Ceilings(tpm=100_000)))
    lease = at.lease("m", NOW, (), 10, None)
    assert lease is not None
    lease.end(0)
    assert at.lane("m").usual_output == 1_000


def test_a_models_own_ceiling_holds_whatever_the_key() -> None:
    at = pool_of(upstream("a", key(0), key(1), models=(("m", Ceilings(rpm=1)),)))
    assert (lent(at), lent(at), lent(at, model="other")) == ("key_0", None, "key_0")
    assert at.lease_of("00000001", "m", NOW) is None


def test_a_certain_key_is_lent_by_its_fingerprint_on_the_same_terms() -> None:
    at = pool()
    lease = at.lease_of("00000001", "m", NOW)
    assert lease is not None
    assert lease.key.id == "key_1"
    assert at.lease_of("00000001", "m", NOW, ("key_1",)) is None
    assert at.lease_of("unknown", "m", NOW) is None
    lease.fail("limited", NOW, 10.0, "429")
    assert at.lease_of("00000001", "m", NOW + 5) is None
    assert at.lease_of("00000001", "m", NOW + 10) is not None


def test_a_new_catalogue_keeps_what_is_known_of_keys_that_stay() -> None:
    book = Book(lambda: 0.0)
    before = pools_of([upstream("a", key(0), key(1))], {}, book)
    lease_of(before["up_a"]).fail("refused", NOW, None, "401")
    after = pools_of([upstream("a", key(0), key(1), key(2))], before, book)
    assert [lent(after["up_a"], NOW + 1) for _ in range(3)] == ["key_1", "key_2", "key_1"]


def test_a_pool_of_which_nothing_has_changed_stays_as_it_is() -> None:
    book = Book(lambda: 0.0)
    made = upstream("a", key(0), limits=Ceilings(rpm=1), models=(("m", Ceilings(rpm=1)),))
    before = pools_of([made], {}, book)
    assert pools_of([made], before, book)["up_a"] is before["up_a"]
    assert pools_of([made], before, book, {"up_a"})["up_a"] is not before["up_a"]
    wider = upstream("a", key(0), limits=Ceilings(rpm=2), models=(("m", Ceilings(rpm=2)),))
    assert lent(before["up_a"]) == "key_0"
    after = pools_of([wider], before, book)["up_a"]
    assert (lent(after), lent(after)) == ("key_0", None)  # the first one still counts


def test_a_key_that_left_is_forgotten() -> None:
    book = Book(lambda: 0.0)
    before = pools_of([upstream("a", key(0))], {}, book)
    lease_of(before["up_a"]).fail("refused", NOW, None, "401")
    after = pools_of([upstream("a", key(0))], pools_of([], before, book), book)
    assert lent(after["up_a"], NOW + 1) == "key_0"


def test_arrears_are_probed_only_where_nobody_can_be_asked() -> None:
    asked, unasked = pool_of(upstream("a", key(0)), checked=True), pool(1)
    for at in (asked, unasked):
        lease_of(at).fail("broke", NOW, None, "402")
    assert (lent(asked, NOW + 300), lent(unasked, NOW + 300)) == (None, "key_0")


def test_models_are_bounded_and_what_is_known_of_keys_outlives_them() -> None:
    at = pool(1)
    lease_of(at).fail("refused", NOW, None, "401")
    for number in range(LANES_MAX + 1):
        assert lent(at, NOW, model=f"m{number}") is None
    assert lent(at) is None


def test_when_a_key_that_alone_can_serve_is_ready() -> None:
    at = pool_of(upstream("a", key(0), key(1), key(2, disabled=True), limits=Ceilings(concurrency=1)))
    one, other, disabled = (health.key.fingerprint for health in at.healths().values())
    lease = at.lease_of(one, "m", NOW)
    assert lease is not None
    assert [at.pinned_in_s(which, "m", NOW) for which in (one, other, disabled, "gone")] == [1.0, 0.0, inf, inf]
    lease.fail("limited", NOW, 7.0, "429")
    lease.end(0)
    assert at.pinned_in_s(one, "m", NOW) == 7.0
