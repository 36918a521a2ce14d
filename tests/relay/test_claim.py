import pytest

from tests.relay.world import scene
from waystation.relay.call import Repeat
from waystation.relay.claim import REMEMBERED_S, claim_of, conflict, expect_same, refusal
from waystation.wire.booking import Taken
from waystation.wire.errors import AnswerGone, IdempotencyConflict, IdempotencyKeyReused

REPEAT = Repeat(b"key", b"body")


def test_a_claim_is_remembered_from_the_call_s_beginning_on() -> None:
    call = scene().call()
    order = claim_of(call, REPEAT, call.at + 7)
    assert (order.hold_id, order.at, order.expires_at) == (call.hold_id, call.at + 7, call.at + REMEMBERED_S)


def test_who_has_a_key_is_told_by_what_became_of_the_call() -> None:
    assert isinstance(refusal(Taken("call_1", b"body", "open")), IdempotencyConflict)
    done = refusal(Taken("call_1", b"body", "done", 1_500_000_000, "USD"))
    assert isinstance(done, AnswerGone)
    assert "call_1, and cost 1.50 USD" in str(done)
    assert conflict("call_1").retry_after_s == 1.0


def test_another_request_with_the_same_key_is_refused() -> None:
    expect_same(b"body", REPEAT, "call_1")
    with pytest.raises(IdempotencyKeyReused, match="call_1"):
        expect_same(b"other", REPEAT, "call_1")
