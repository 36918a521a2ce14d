from math import inf

from waystation.keys.condition import Condition, Trouble
from waystation.keys.health import Account, Health
from waystation.keys.ring import Ring
from waystation.wire.catalogue import Ceilings, UpstreamKey


def health(*, disabled: bool = False) -> Health:
    return Health(UpstreamKey("key_0", "sk-0", "00000000", disabled=disabled), Account("00000000"), "main")


def failed(state: Trouble) -> Condition:
    condition = Condition(state)
    condition.fail(100.0, 99.0, None, 0.0)
    return condition


def test_a_new_key_is_ready() -> None:
    assert (health().state("m", 0.0), health().worst(0.0), health().wait_s("m", 0.0)) == ("ready", "ready", 0.0)


def test_a_key_that_was_disabled_by_hand_is_nothing_else() -> None:
    assert (health(disabled=True).state("m", 0.0), health(disabled=True).worst(0.0)) == ("disabled", "disabled")


def test_a_models_trouble_is_only_that_models() -> None:
    key = health()
    key.account.put("m", failed("limited"))
    assert [key.state(model, 100.5) for model in ("m", "other", None)] == ["limited", "ready", "ready"]
    assert key.worst(100.5) == "limited"
    assert (key.account.wait_s("m", 100.5), key.account.wait_s("other", 100.5)) == (0.5, 0.0)


def test_the_worst_is_shown_and_the_longest_waited_for() -> None:
    key = health()
    key.put("m", failed("refused"))
    key.put(None, failed("refused"))
    key.account.put("m", failed("limited"))
    key.account.put(None, failed("broke"))
    assert key.state("m", 100.5) == "broke"
    key.by_model[None].until = 900.0
    assert key.wait_s("m", 100.5) == 799.5


def test_only_a_rate_limit_that_is_probed_can_be_ridden_beside() -> None:
    key = health()
    limited = failed("limited")
    key.account.put("m", limited)
    assert not key.rideable("m", 100.5)
    limited.probing = True
    assert key.rideable("m", 101.0)
    refused = failed("refused")
    refused.probing = True
    key.put(None, refused)
    assert not key.rideable("m", 1_000.0)


def test_the_names_of_models_are_bounded() -> None:
    key = health()
    for n in range(3_000):
        key.put(f"m{n}", failed("limited"))
    assert len(key.by_model) == 1_000


def test_an_account_counts_on_when_its_ceilings_change() -> None:
    account = Account("a")
    account.limit(Ceilings(rpm=2))
    quota = account.quota
    assert quota is not None
    quota.wait_s(100.0, 0)
    quota.take(0)
    account.limit(Ceilings(rpm=1))
    assert account.quota is quota
    assert quota.wait_s(101.0, 0) > 0
    account.limit(None)
    assert account.quota is None


def test_an_account_wakes_whoever_waits_for_it_once() -> None:
    account, ring = Account("a"), Ring("x")
    ring.park_first(inf)
    account.waiting.add((ring, "x"))
    account.wake()
    assert (list(ring.ready), account.waiting) == (["x"], set())


def test_many_models_never_push_out_what_stands_in_the_way_of_all() -> None:
    account = Account("a")
    account.put(None, Condition("broke"))
    for number in range(1500):
        account.put(f"m-{number}", Condition("limited"))
    assert len(account.by_model) == 1000
    assert None in account.by_model
    assert "m-1499" in account.by_model
