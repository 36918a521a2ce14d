import msgspec
import pytest

from waystation.routing.breaker import Breaker, Breakers, Change
from waystation.wire.catalogue import Upstream
from waystation.wire.routing import BreakerSettings

NOW = 1000.0
SETTINGS = BreakerSettings(failed_percent=50, attempts_min=4, window_s=60, backoff_s=5, backoff_max_s=15)
UPSTREAM = Upstream(id="up_1", name="main", vendor="openai", base_url="https://x.example", keys=())


class World:
    def __init__(self, settings: BreakerSettings = SETTINGS, drawn: float = 0.5) -> None:
        self.heard: list[Change] = []
        self.breaker = Breaker("main", "m-1", settings, lambda: drawn, self.heard.append)

    @property
    def states(self) -> list[str]:
        return [change.after for change in self.heard]

    def fail(self, times: int, now: float = NOW) -> None:
        for _ in range(times):
            self.breaker.failed(now, "500")


def test_it_opens_at_its_share_of_enough_attempts() -> None:
    at = World()
    at.fail(3)
    assert at.breaker.closed
    at.fail(1)
    assert not at.breaker.closed
    assert at.breaker.until == NOW + 5
    assert at.heard == [
        Change("main", "m-1", "closed", "open", "4 of 4 attempts failed within 60 s, the last by: 500", 5.0)
    ]


def test_below_its_share_it_stays_closed() -> None:
    at = World()
    for _ in range(50):
        at.breaker.answered(NOW)
    at.fail(49)
    assert at.breaker.closed
    assert at.breaker.counts() == (50, 49)
    at.fail(1)
    assert not at.breaker.closed


def test_what_is_older_than_the_window_is_forgotten() -> None:
    at = World()
    at.fail(3)
    at.fail(0, NOW + 29)
    at.breaker.failed(NOW + 61, "500")
    assert (at.breaker.closed, at.breaker.counts()) == (True, (0, 1))
    at = World()
    at.fail(3)
    at.breaker.failed(NOW + 31, "500")  # in the half after that
    assert not at.breaker.closed


def test_an_answer_that_broke_off_has_failed_and_was_not_good() -> None:
    at = World()
    for number in range(4):
        at.breaker.answered(NOW)
        at.breaker.broke_off(NOW, "truncated")
        assert at.breaker.closed == (number < 3)
    at = World()
    at.breaker.broke_off(NOW, "truncated")  # answered in a window that is over
    assert at.breaker.counts() == (0, 1)


def test_after_its_back_off_one_probe_decides() -> None:
    at = World()
    at.fail(4)
    assert at.breaker.enter(NOW + 4.9) is None
    assert not at.breaker.due(NOW + 4.9)
    assert at.breaker.due(NOW + 5)
    probe = at.breaker.enter(NOW + 5)
    assert probe is not None
    assert (at.breaker.state, at.breaker.enter(NOW + 6), at.breaker.due(NOW + 6)) == ("half_open", None, False)
    at.breaker.answered(NOW + 6)
    probe.end()
    assert at.states == ["open", "half_open", "closed"]
    assert at.breaker.counts() == (1, 0)
    at.fail(1)  # what was before it opened says nothing any more
    assert at.breaker.closed


def test_each_probe_in_vain_doubles_the_back_off_up_to_its_most() -> None:
    at = World()
    at.fail(4)
    now, waits = NOW, []
    for _ in range(4):
        waits.append(at.breaker.until - now)
        now = at.breaker.until
        assert at.breaker.enter(now) is not None
        at.breaker.failed(now, "still 500")
    assert waits == [5, 10, 15, 15]
    assert at.heard[-1].cause == "the probe failed: still 500"
    assert at.breaker.enter(at.breaker.until) is not None
    at.breaker.answered(now)
    at.fail(4, now)
    assert at.breaker.until - now == 5  # from the beginning again


def test_a_probe_that_learns_nothing_makes_room_for_the_next() -> None:
    at = World()
    at.fail(4)
    probe = at.breaker.enter(NOW + 5)
    assert probe is not None
    probe.end()
    probe.end()
    assert at.states == ["open", "half_open", "open"]
    assert at.breaker.enter(NOW + 9.9) is None
    second = at.breaker.enter(NOW + 10)
    assert second is not None
    probe.end()  # the first one is long over
    assert at.breaker.state == "half_open"


def test_attempts_as_a_last_resort_count_while_it_is_open() -> None:
    at = World()
    at.fail(4)
    at.fail(5)
    assert at.states == ["open"]
    at.breaker.answered(NOW + 1)
    assert at.states == ["open", "closed"]


@pytest.mark.parametrize(("drawn", "rest"), [(0.0, 3.75), (1.0, 6.25)])
def test_the_back_off_is_jittered(drawn: float, rest: float) -> None:
    at = World(drawn=drawn)
    at.fail(4)
    assert at.breaker.until == NOW + rest


def test_a_closed_one_gives_no_probe() -> None:
    at = World()
    assert at.breaker.enter(NOW) is None
    assert not at.breaker.due(NOW)


def test_they_outlive_revisions_and_take_new_settings() -> None:
    breakers = Breakers(lambda: 0.5, lambda _change: None)
    one = breakers.of(UPSTREAM, "m-1")
    assert one is not None
    assert one.settings == BreakerSettings()
    renamed = msgspec.structs.replace(UPSTREAM, name="other", breaker=SETTINGS)
    assert breakers.of(renamed, "m-1") is one
    assert (one.upstream, one.settings) == ("other", SETTINGS)
    assert breakers.of(UPSTREAM, "m-2") is not one
    breakers.keep([("up_1", "m-2"), ("up_9", "m")])
    assert list(breakers.all()) == [("up_1", "m-2")]


def test_who_wants_none_has_none() -> None:
    off = msgspec.structs.replace(UPSTREAM, breaker=BreakerSettings(enabled=False))
    assert Breakers(lambda: 0.5, lambda _change: None).of(off, "m-1") is None
