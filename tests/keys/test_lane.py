from waystation.keys.book import Book, Outcome
from waystation.keys.health import Health
from waystation.keys.lane import Lane, Seat
from waystation.keys.quota import Quota
from waystation.wire.catalogue import Ceilings, UpstreamKey
from waystation.wire.key_state import Verdict

NOW = 1_000.0


class Room:
    """Keys of one upstream; `groups` names the account of each, None: its own."""

    def __init__(self, *groups: str | None, quota: Ceilings | None = None) -> None:
        self.book = Book(lambda: 0.0)
        keys = [UpstreamKey(f"k{n}", f"sk-{n}", f"{n:08}", group) for n, group in enumerate(groups)]
        self.healths = [self.book.health(key, "main") for key in keys]
        accounts = list(dict.fromkeys(health.account for health in self.healths))
        seats = [Seat(one, [health for health in self.healths if health.account is one]) for one in accounts]
        self.lane = Lane(seats, None if quota is None else Quota(quota))

    def found(self, now: float = NOW, *used: str, tokens: int = 0) -> str | None:
        health = self.lane.find("m", now, used, tokens)
        return None if health is None else health.key.id

    def bench(self, number: int, verdict: Verdict, told_s: float | None = None, now: float = NOW) -> None:
        self.book.bench(self.healths[number], Outcome("m", verdict, now, now - 1, told_s, ""))

    def health(self, number: int) -> Health:
        return self.healths[number]


def test_accounts_take_turns_and_so_do_the_keys_of_one() -> None:
    room = Room(None, "acme", "acme")
    assert [room.found() for _ in range(6)] == ["k0", "k1", "k0", "k2", "k0", "k1"]


def test_who_is_benched_is_put_aside_once_and_comes_back() -> None:
    room = Room(None, None)
    room.bench(0, "limited", 10.0)
    assert [room.found() for _ in range(3)] == ["k1"] * 3
    assert len(room.lane.ring.ready) == 1
    assert {room.found(NOW + 10.0) for _ in range(2)} == {"k0", "k1"}


def test_a_refused_key_of_an_account_does_not_keep_the_others_away() -> None:
    room = Room("acme", "acme", "acme")
    room.bench(1, "refused")
    assert [room.found() for _ in range(4)] == ["k0", "k2", "k0", "k2"]
    assert {room.found(NOW + 60.0) for _ in range(3)} == {"k0", "k1", "k2"}


def test_an_account_of_refused_keys_waits_for_the_first_of_them() -> None:
    room = Room("acme", "acme")
    room.bench(0, "refused")
    room.bench(1, "refused", now=NOW - 30.0)
    assert room.found() is None
    assert room.lane.ready_in_s("m", NOW) == 30.0
    assert room.found(NOW + 30.0) == "k1"


def test_keys_that_the_call_has_tried_are_passed_over_and_stay_ready() -> None:
    room = Room(None, "acme", "acme")
    assert room.found(NOW, "k0", "k1") == "k2"
    assert room.found(NOW, "k0", "k1", "k2") is None
    assert room.lane.ready_in_s("m", NOW) == 0.0


def test_whoever_probes_is_waited_for_and_the_others_are_woken_when_it_is_back() -> None:
    room = Room(None)
    room.bench(0, "limited")
    at = NOW + 1.0
    assert room.found(at) == "k0"
    (probe,) = room.book.probe(room.health(0), "m", at)
    assert (room.found(at), room.lane.ready_in_s("m", at)) == (None, 1.0)
    assert probe.probing
    room.book.heal(room.health(0), "m", at + 1, leased_at=at)
    assert room.found(at + 1) == "k0"


def test_a_last_resort_goes_beside_a_probe_of_a_rate_limit_only() -> None:
    room = Room(None, None, None)
    room.bench(0, "refused")
    room.bench(1, "limited")
    room.bench(2, "limited", 500.0)
    at = NOW + 100.0
    for number in (0, 1):
        room.book.probe(room.health(number), "m", at)
    assert room.found(at) is None
    ridden = room.lane.ride("m", at, (), 0)
    assert ridden is room.health(1)
    assert room.lane.ride("m", at, {"k1"}, 0) is None


def test_an_account_at_its_ceiling_gives_way_to_the_next() -> None:
    room = Room(None, None)
    for health in room.healths:
        health.account.limit(Ceilings(rpm=1, concurrency=1))
    for _ in range(2):
        found = room.lane.find("m", NOW, (), 0)
        assert found is not None
        assert found.account.quota is not None
        found.account.quota.take(0)
    assert (room.found(), room.lane.ride("m", NOW, (), 0)) == (None, None)
    quota = room.health(0).account.quota
    assert quota is not None
    quota.end(0, 0)
    room.health(0).account.wake()
    assert (room.found(), room.found(NOW + 64.0)) == (None, "k0")


def test_a_call_that_is_too_large_does_not_keep_smaller_ones_away() -> None:
    room = Room(*[None] * 100)
    for health in room.healths:
        health.account.limit(Ceilings(tpm=10_000))
        assert health.account.quota is not None
        health.account.quota.wait_s(NOW, 0)
        health.account.quota.take(5_000)
    assert room.found(tokens=6_000) is None
    assert room.lane.ring.parked == {}
    assert [room.found(tokens=4_000) for _ in range(2)] == ["k64", "k65"]


def test_an_account_with_room_for_no_usual_call_is_put_aside() -> None:
    room = Room(None)
    room.health(0).account.limit(Ceilings(tpm=10_000))
    quota = room.health(0).account.quota
    assert quota is not None
    quota.wait_s(NOW, 0)
    quota.take(9_900)
    assert (room.found(tokens=2_000), len(room.lane.ring.parked)) == (None, 1)
    assert room.found(NOW + 64.0, tokens=2_000) == "k0"


def test_a_model_at_its_ceiling_lends_no_key_at_all() -> None:
    room = Room(None, None, quota=Ceilings(rpm=1))
    assert room.found() == "k0"
    assert room.lane.quota is not None
    room.lane.quota.take(0)
    assert (room.found(), room.lane.ride("m", NOW, (), 0), room.lane.ready_in_s("m", NOW)) == (None, None, 64.0)


def test_calls_at_once_of_a_model_may_end_at_any_time() -> None:
    room = Room(None, quota=Ceilings(concurrency=1))
    assert room.lane.quota is not None
    room.lane.quota.take(0)
    assert room.lane.ready_in_s("m", NOW) == 1.0


def test_what_calls_usually_bring_is_learned() -> None:
    lane = Room(None).lane
    first = lane.usual_output
    for _ in range(200):
        lane.learn(50, 100)
    assert (first, lane.usual_output) == (1_000, 100)
