import pytest

from waystation.ledger.call_key import UNHELD_S, Claimed, Fate, taken
from waystation.wire.booking import ClaimOrder, Taken

ORDER = ClaimOrder(digest=b"key", input_digest=b"input", call_id="call_2", hold_id="hold_2", at=100.0, expires_at=200.0)


def claimed(fate: Fate, *, call_id: str = "call_1", at: float = 90.0, expires_at: float = 190.0) -> Claimed:
    return Claimed(b"before", call_id, at, expires_at, fate, 7, "USD")


def test_a_key_that_nobody_has_is_free() -> None:
    assert taken(None, ORDER) is None


def test_a_call_that_was_billed_has_its_key_for_good() -> None:
    assert taken(claimed("posted"), ORDER) == Taken("call_1", b"before", "done", 7, "USD")


def test_a_call_that_holds_money_is_under_way() -> None:
    assert taken(claimed("held"), ORDER) == Taken("call_1", b"before", "open")


def test_a_call_that_cost_nothing_has_no_key() -> None:
    assert taken(claimed("released"), ORDER) is None


@pytest.mark.parametrize(("age_s", "free"), [(0.0, False), (UNHELD_S - 1, False), (UNHELD_S, True)])
def test_a_claim_without_a_hold_is_young_or_its_process_is_dead(age_s: float, *, free: bool) -> None:
    found = taken(claimed("none", at=ORDER.at - age_s), ORDER)
    assert found == (None if free else Taken("call_1", b"before", "open"))


def test_what_is_past_its_time_is_forgotten() -> None:
    assert taken(claimed("posted", expires_at=ORDER.at), ORDER) is None


def test_a_claim_that_comes_twice_is_one() -> None:
    assert taken(claimed("held", call_id="call_2"), ORDER) is None
