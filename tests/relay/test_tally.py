from tests.relay.world import StillClock, scene
from waystation.relay.tally import Tally
from waystation.vendors.vendor import Fault
from waystation.wire.errors import ConnectFailed
from waystation.wire.record import Attempt


def test_attempts_are_noted_in_order_and_only_the_answer_names_the_route() -> None:
    clock = StillClock()
    tally = Tally(clock.monotonic)
    board = scene(upstreams=2).board
    (first,), (second,) = board.served["m"].tiers
    began = clock.at
    clock.at += 0.25
    tally.note(first, first.upstream.keys[0], began, fault=Fault.BUSY, error=ConnectFailed("refused"))
    assert (tally.route, tally.key_fingerprint, tally.answered_at) == (None, None, None)
    clock.at += 0.5
    tally.note(second, second.upstream.keys[1], began)
    keys = first.upstream.keys[0].fingerprint, second.upstream.keys[1].fingerprint
    assert tally.attempts == (
        Attempt(upstream="up0", key_fingerprint=keys[0], model="m-0", fault="busy", status=None, duration_ms=250),
        Attempt(upstream="up1", key_fingerprint=keys[1], model="m-1", fault=None, status=200, duration_ms=750),
    )
    assert (tally.route, tally.key_fingerprint, tally.answered_at) == (second, keys[1], clock.at)
