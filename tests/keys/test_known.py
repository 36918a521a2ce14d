from math import inf

import pytest

from waystation.keys.book import Book, Outcome
from waystation.keys.condition import Change
from waystation.keys.health import Health
from waystation.keys.known import PROBE_S, Known, Subject
from waystation.keys.pool import KeyPool
from waystation.wire.catalogue import Upstream, UpstreamKey
from waystation.wire.key_state import Verdict

KEY = UpstreamKey("key_0", "sk-0", "00000000")
BASE = 1_000.0  # another process' clock shows another time


class Place:
    """A process: a book, one key, and what it has told."""

    def __init__(self, clock: float, *keys: UpstreamKey) -> None:
        self.changes: list[Change] = []
        self.book = Book(lambda: 0.5, self.changes.append)
        self.told: list[Known] = []
        self.clock = clock
        self.health: Health = self.book.health(KEY, "main")
        for key in keys:
            self.book.health(key, "main")
        self.book.share = self.told.append

    def fail(
        self, verdict: Verdict, at: float, *, model: str = "m", told_s: float | None = None, checked: bool = False
    ) -> None:
        outcome = Outcome(model, verdict, self.clock + at, self.clock + at - 0.1, told_s, f"{verdict} 4xx")
        self.book.bench(self.health, outcome, checked=checked)

    def hear(self, other: "Place", at: float) -> None:
        """All that the other one has told and not been heard of, at once."""
        for known in other.told:
            self.book.merge(known, self.clock + at)
        other.told.clear()

    def state(self, at: float, model: str = "m") -> str:
        return self.health.state(model, self.clock + at)

    def wait_s(self, at: float, model: str = "m") -> float:
        now = self.clock + at
        return max(self.health.wait_s(model, now), self.health.account.wait_s(model, now))


def places() -> tuple[Place, Place]:
    return Place(0.0), Place(BASE)


@pytest.mark.parametrize("verdict", ["limited", "suspect", "barred", "refused", "broke"])
def test_what_one_has_found_all_go_by(verdict: Verdict) -> None:
    one, other = places()
    one.fail(verdict, 10)
    other.hear(one, 10)
    assert one.state(10) == other.state(10) != "ready"
    assert one.state(10, "another") == other.state(10, "another")
    assert other.changes == []  # who has found it has told of it
    assert other.told == []


def test_a_key_that_nobody_here_has_is_none_of_our_business() -> None:
    _, other = places()
    other.book.merge(Known(Subject("key_9", None, None), "refused", 60.0, 1), BASE)
    other.book.merge(Known(Subject(None, "group x", None), "broke", 60.0, 1), BASE)
    assert other.book.all_known(BASE) == []


def test_who_found_it_probes_first_and_the_others_do_not_meanwhile() -> None:
    one, other = places()
    one.fail("limited", 10)
    other.hear(one, 10)
    assert one.wait_s(10) < other.wait_s(10) < one.wait_s(10) + 1.1
    again = 10 + one.wait_s(10)
    assert len(one.book.probe(one.health, "m", again)) == 1
    other.hear(one, again)
    assert other.wait_s(again + 5) == inf
    one.book.heal(one.health, "m", again + 6, leased_at=again)
    other.hear(one, again + 6)
    assert (other.state(again + 6), other.wait_s(again + 6)) == ("ready", 0.0)


def test_a_wait_that_the_vendor_named_is_everybody_s_to_the_moment() -> None:
    one, other = places()
    one.fail("limited", 10, told_s=20.0)
    other.hear(one, 10)
    assert other.wait_s(10) == pytest.approx(one.wait_s(10))


def test_a_probe_that_tells_nothing_leaves_the_next_to_anybody() -> None:
    one, other = places()
    upstream = Upstream(id="up_1", name="main", vendor="openai", base_url="http://x", keys=(KEY,))
    one.fail("limited", 10)
    lease = KeyPool(upstream, one.book).lease("m", 20.0)
    assert lease is not None
    other.hear(one, 20)
    assert other.wait_s(20) == inf
    lease.end()
    other.hear(one, 21)
    assert (one.wait_s(21), other.wait_s(21)) == (0.0, 0.0)


def test_of_a_probe_elsewhere_that_never_ends_others_have_enough() -> None:
    one, other = places()
    one.fail("limited", 10)
    one.book.probe(one.health, "m", 20.0)
    other.hear(one, 20)
    other.book.give_up_probes(BASE + 21)
    assert other.wait_s(21) == inf
    other.book.give_up_probes(BASE + 20 + PROBE_S)
    assert other.wait_s(20 + PROBE_S) == 0.0


def test_what_began_before_it_was_heard_does_not_disprove_it() -> None:
    one, other = places()
    one.fail("refused", 10)
    other.hear(one, 10)
    other.book.heal(other.health, "m", BASE + 11, leased_at=BASE + 9)
    assert other.state(11) == "refused"
    other.book.heal(other.health, "m", BASE + 12, leased_at=BASE + 11)
    assert other.state(12) == "ready"
    one.hear(other, 12)
    assert one.state(12) == "ready"


def test_failures_go_on_to_grow_wherever_they_happen() -> None:
    one, other = places()
    one.fail("limited", 10)
    other.hear(one, 10)
    other.fail("limited", 20)
    one.hear(other, 20)
    one.fail("limited", 40)
    assert one.health.account.by_model["m"].failures == 3


def test_a_good_call_of_another_model_ends_the_suspicion_everywhere() -> None:
    one, other = places()
    one.fail("suspect", 10, model="a")
    other.hear(one, 10)
    one.book.heal(one.health, "b", 12.0, leased_at=11.0)
    other.hear(one, 12)
    other.fail("suspect", 13, model="c")
    assert other.state(13, "unheard of") == "ready"


def test_two_models_refused_in_two_places_refuse_the_key() -> None:
    one, other = places()
    one.fail("suspect", 10, model="a")
    other.hear(one, 10)
    other.fail("suspect", 13, model="b")
    one.hear(other, 13)
    assert one.state(13, "unheard of") == "refused"


def test_an_account_whose_balance_is_asked_for_waits_everywhere_until_one_has_asked() -> None:
    one, other = places()
    one.fail("broke", 10, checked=True)
    other.hear(one, 10)
    assert other.wait_s(10_000) == inf
    other.book.unpaid(other.health.account, BASE + 500)
    one.hear(other, 500)
    assert one.wait_s(10_000) == inf
    other.book.paid(other.health.account, other.health, BASE + 900, "there is money again")
    one.hear(other, 900)
    assert (one.wait_s(900), one.state(900)) == (0.0, "probing")


def test_what_is_told_again_changes_nothing() -> None:
    one, other = places()
    one.fail("limited", 10)
    (known,) = one.told
    other.hear(one, 10)
    before = other.wait_s(10)
    other.book.merge(known, BASE + 10.5)
    assert other.wait_s(10) == before
    other.book.merge(Known(known.subject, None), BASE + 11)
    other.book.merge(Known(known.subject, None), BASE + 11)
    assert other.state(11) == "ready"


def test_groups_are_known_by_their_names() -> None:
    grouped = UpstreamKey("key_0", "sk-0", "00000000", "研发")
    one, other = Book(lambda: 0.0), Book(lambda: 0.0)
    told: list[Known] = []
    one.share = told.append
    health = one.health(grouped, "main")
    theirs = other.health(UpstreamKey("key_1", "sk-1", "11111111", "研发"), "main")
    one.bench(health, Outcome("m", "limited", 10.0, 9.0))
    other.merge(told[0], 10.0)
    assert theirs.state("m", 10.5) == "limited"


def test_all_that_is_known_can_be_told() -> None:
    one, other = places()
    one.fail("limited", 10)
    one.fail("refused", 10)
    for known in one.book.all_known(12.0):
        other.book.merge(known, BASE + 12)
    assert (other.state(12), other.state(12, "x")) == ("refused", "refused")
    assert {known.trouble for known in other.book.all_known(BASE + 12)} == {"limited", "refused"}
