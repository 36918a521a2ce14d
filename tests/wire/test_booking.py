"""Orders are values: equal when they say the same, and as JSON the same again."""

import msgspec

from waystation.wire.booking import Ceiling, Held, HoldOrder, Posted, PostOrder, Refused

WALLET = Ceiling("wallet", "org_1", "USD")
BUDGET = Ceiling("budget", "tok_1", "USD", "month", 1_790_000_000)


def test_a_wallet_has_no_window() -> None:
    assert (WALLET.period, WALLET.starts_at) == ("total", 0)


def test_windows_of_one_budget_are_different_accounts() -> None:
    assert len({BUDGET, msgspec.structs.replace(BUDGET, starts_at=0), BUDGET}) == 2


def test_orders_survive_a_round_trip() -> None:
    hold = HoldOrder(
        hold_id="hold_1", token_id="tok_1", ceilings=(WALLET, BUDGET), amount_nanos=5, at=1.0, expires_at=2.0
    )
    assert msgspec.json.decode(msgspec.json.encode(hold), type=HoldOrder) == hold
    post = PostOrder(
        hold_id="hold_1", call_id="call_1", amount_nanos=5, estimated=True, marks=("late",), at=1.0, basis=b"{}"
    )
    assert msgspec.json.decode(msgspec.json.encode(post), type=PostOrder) == post


def test_answers_say_what_was_left_and_what_was_short() -> None:
    assert Refused("token_revoked").ceiling is None
    assert Refused("budget", BUDGET, available_nanos=1, limit_nanos=9).limit_nanos == 9
    assert Posted("hold_1", 5).shortfall_nanos == 0
    assert Held("hold_1", 5) == Held("hold_1", 5)
