from waystation.keys.book import HISTORY_MAX, Book, Outcome
from waystation.keys.condition import Change
from waystation.keys.pool import pools_of
from waystation.keys.quota import Quota
from waystation.wire.catalogue import Ceilings, Upstream, UpstreamKey
from waystation.wire.key_state import Verdict


def key(number: int = 0, group: str | None = None) -> UpstreamKey:
    return UpstreamKey(f"key_{number}", f"sk-{number}", f"0000000{number}", group)


def outcome(verdict: Verdict, now: float = 100.0, model: str = "m", leased_at: float | None = None) -> Outcome:
    return Outcome(model, verdict, now, now - 1 if leased_at is None else leased_at, None, f"{verdict} 4xx")


def told() -> tuple[Book, list[Change]]:
    changes: list[Change] = []
    return Book(lambda: 0.0, changes.append), changes


def test_every_change_is_told_with_its_cause_and_kept() -> None:
    book, changes = told()
    health = book.health(key(), "main")
    book.bench(health, outcome("limited"))
    assert len(book.probe(health, "m", 101.0)) == 1
    book.heal(health, "m", 102.0, leased_at=101.0)
    assert [(one.model, one.before, one.after, one.rest_s, one.cause) for one in changes] == [
        ("m", "ready", "limited", 1.0, "limited 4xx"),
        ("m", "limited", "probing", 0.0, "limited 4xx"),
        ("m", "probing", "ready", 0.0, "a call went well"),
    ]
    assert {(one.upstream, one.account, one.key) for one in changes} == {("main", "00000000", None)}
    assert list(book.history) == changes


def test_what_is_kept_is_bounded() -> None:
    book, _ = told()
    for number in range(HISTORY_MAX + 5):
        book.bench(book.health(key(), "main"), outcome("limited", model=f"m{number}"))
    assert len(book.history) == HISTORY_MAX


def test_a_group_is_limited_and_broke_together_and_refused_one_by_one() -> None:
    book, _ = told()
    first, second = book.health(key(0, "acme"), "main"), book.health(key(1, "acme"), "other")
    assert first.account is second.account
    book.bench(first, outcome("limited"))
    assert (second.state("m", 100.5), second.state("other", 100.5)) == ("limited", "ready")
    book.bench(first, outcome("refused"))
    assert (first.state(None, 100.5), second.state(None, 100.5)) == ("refused", "ready")
    book.bench(second, outcome("broke"))
    assert (first.state(None, 100.5), second.state(None, 100.5)) == ("broke", "broke")


def test_a_key_without_a_group_shares_nothing_with_a_group_of_its_name() -> None:
    book, _ = told()
    assert book.health(key(0), "main").account is not book.health(key(1, "key_0"), "main").account


def test_a_good_verdict_changes_nothing() -> None:
    book, changes = told()
    book.bench(book.health(key(), "main"), outcome("ready"))
    assert changes == []


def test_an_unknown_401_refuses_a_key_only_when_another_model_has_it_too() -> None:
    book, _ = told()
    health = book.health(key(), "main")
    book.bench(health, outcome("suspect"))
    assert (health.state("m", 100.5), health.state(None, 100.5)) == ("refused", "ready")
    book.bench(health, outcome("suspect", now=161.0))
    assert health.state(None, 161.5) == "ready"
    book.bench(health, outcome("suspect", now=162.0, model="other"))
    assert health.state(None, 162.5) == "refused"
    assert book.history[-1].key == "00000000"


def test_an_unknown_401_says_nothing_of_a_key_with_which_calls_go_well() -> None:
    book, _ = told()
    health = book.health(key(), "main")
    book.bench(health, outcome("suspect"))
    book.heal(health, "good", 101.0, leased_at=100.5)
    book.bench(health, outcome("suspect", now=102.0, model="other"))
    assert [health.state(model, 102.5) for model in ("m", "other", None)] == ["refused", "refused", "ready"]


def test_a_model_that_is_barred_never_refuses_the_key() -> None:
    book, _ = told()
    health = book.health(key(), "main")
    for model in ("m", "other", "third"):
        book.bench(health, outcome("barred", model=model))
    assert health.state(None, 100.5) == "ready"


def test_a_call_from_before_does_not_disprove_a_limit() -> None:
    book, _ = told()
    health = book.health(key(), "main")
    book.bench(health, outcome("limited"))
    book.heal(health, "m", 100.5, leased_at=99.0)
    assert health.state("m", 100.5) == "limited"


def test_a_wait_that_the_vendor_named_needs_no_probe() -> None:
    book, _ = told()
    health = book.health(key(), "main")
    book.bench(health, Outcome("m", "limited", 100.0, 99.0, 7.0, ""))
    assert book.probe(health, "m", 107.0) == ()
    assert health.account.wait_s("m", 107.0) == 0.0


def test_arrears_wait_for_the_balance_where_it_can_be_asked_for() -> None:
    book, changes = told()
    health = book.health(key(), "main")
    book.bench(health, outcome("broke"), checked=True)
    assert [health.state("m", at) for at in (101.0, 999_999.0)] == ["broke", "broke"]
    book.unpaid(health.account, 400.0)
    assert health.account.by_model[None].until == 1_000.0
    book.paid(health.account, health, 1_000.0, "there is money again")
    assert (health.state("m", 1_000.0), health.account.wait_s("m", 1_000.0)) == ("probing", 0.0)
    assert (changes[-1].after, changes[-1].cause) == ("probing", "there is money again")


def test_a_balance_concerns_nobody_who_is_not_broke() -> None:
    book, changes = told()
    health = book.health(key(), "main")
    book.unpaid(health.account, 100.0)
    book.paid(health.account, health, 100.0, "there is money again")
    assert (health.state("m", 100.0), changes) == ("ready", [])


def test_what_belongs_to_no_upstream_any_more_is_forgotten() -> None:
    book, _ = told()
    for number in range(2):
        book.health(key(number), "main")
    quota = book.quota("up_main", "m", Ceilings(rpm=1))
    assert book.quota("up_main", "m", Ceilings(rpm=2)) is quota
    main = Upstream(id="up_main", name="main", vendor="openai", base_url="http://x", keys=(key(1),))
    book.keep((main,))
    assert (set(book.healths), set(book.accounts)) == ({"key_1"}, {"key_1"})
    assert book.quota("up_main", "m", Ceilings(rpm=2)) is not quota


def test_processes_share_the_ceilings_and_what_was_counted_stays() -> None:
    grouped = Upstream(
        id="up_main",
        name="main",
        vendor="openai",
        base_url="http://x",
        keys=(key(0), key(1, "acme")),
        key_limits=Ceilings(rpm=10, concurrency=3),
        model_limits=(("m", Ceilings(rpm=100, tpm=1_000)),),
    )
    book, _ = told()
    book.share_ceilings(4)
    pools_of([grouped], {}, book)
    quotas = [book.quotas["up_main", "m"], *(account.quota for account in book.accounts.values())]
    model, first, second = (quota for quota in quotas if quota is not None)
    assert [free(quota) for quota in (model, first, second)] == [25, 2, 2]
    book.share_ceilings(1)
    assert [free(quota) for quota in (model, first, second)] == [75, 8, 8]
    book.share_ceilings(100)
    assert [free(quota) for quota in (model, first, second)] == [0, 0, 0]


def free(quota: Quota) -> int:
    """How many calls it lets through now, each after the other."""
    count = 0
    while not quota.wait_s(100.0, 0):
        quota.end(quota.take(0), 0)
        count += 1
    return count
