from math import inf

from waystation.keys.ring import Ring


def test_who_is_put_aside_comes_back_at_its_time_behind_the_others() -> None:
    ring = Ring("abc")
    ring.park_first(10.0)
    ring.park_first(5.0)
    assert (list(ring.ready), ring.next_due()) == (["c"], 5.0)
    ring.wake_due(4.9)
    assert list(ring.ready) == ["c"]
    ring.wake_due(10.0)
    assert (list(ring.ready), ring.parked, ring.next_due()) == (["c", "b", "a"], {}, inf)


def test_who_waits_without_a_time_has_to_be_woken() -> None:
    ring = Ring("ab")
    ring.park_first(inf)
    ring.wake_due(1e12)
    assert (list(ring.ready), ring.next_due()) == (["b"], inf)
    ring.wake("a")
    ring.wake("a")
    assert list(ring.ready) == ["b", "a"]


def test_who_was_woken_early_is_not_woken_again_at_its_old_time() -> None:
    ring = Ring("a")
    ring.park_first(5.0)
    ring.wake("a")
    ring.park_first(50.0)
    assert ring.next_due() == 50.0
    ring.wake_due(5.0)
    assert list(ring.ready) == []
    ring.wake_due(50.0)
    assert list(ring.ready) == ["a"]
