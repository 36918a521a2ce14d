import pytest

from tests.relay.world import StillClock
from waystation.relay.answers import Answer, Answers


class Shelf:
    """Answers, by names in place of digests."""

    def __init__(self, bytes_max: int = 100, keep_s: float = 60.0) -> None:
        self.clock = StillClock()
        self.answers = Answers(self.clock.monotonic, bytes_max=bytes_max, keep_s=keep_s)

    def begin(self, name: bytes) -> Answer:
        answer = Answer(f"call_{name.decode()}", b"input")
        self.answers.begin(name, answer)
        return answer

    def put(self, name: bytes, size: int) -> Answer:
        answer = self.begin(name)
        assert self.answers.add(answer, b"x" * size)
        self.answers.keep(name)
        return answer


def test_an_answer_under_way_is_found_and_so_is_a_whole_one() -> None:
    at = Shelf()
    answer = at.begin(b"a")
    assert at.answers.find(b"a") is answer
    assert not answer.ended.is_set()
    at.answers.add(answer, b"one")
    at.answers.add(answer, b"two")
    at.answers.keep(b"a")
    assert at.answers.find(b"a") is answer
    assert (answer.ended.is_set(), answer.parts) == (True, [b"one", b"two"])
    assert at.answers.find(b"b") is None


def test_what_comes_to_nothing_is_forgotten() -> None:
    at = Shelf()
    answer = at.begin(b"a")
    at.answers.add(answer, b"one")
    at.answers.drop(b"a")
    assert (at.answers.find(b"a"), answer.ended.is_set(), answer.parts) == (None, True, [])
    at.put(b"b", 100)  # there is room for all of it


def test_an_answer_is_kept_for_its_time() -> None:
    at = Shelf(keep_s=60)
    at.put(b"a", 10)
    at.clock.at += 30
    at.put(b"b", 10)
    at.clock.at += 30
    assert at.answers.find(b"a") is None
    assert at.answers.find(b"b") is not None


def test_the_oldest_makes_room() -> None:
    at = Shelf(bytes_max=100)
    for name in (b"a", b"b", b"c"):
        at.put(name, 33)
    at.put(b"d", 40)
    assert [at.answers.find(name) is None for name in (b"a", b"b", b"c", b"d")] == [True, True, False, False]


@pytest.mark.parametrize("other", [0, 60])
def test_what_is_too_large_is_not_kept_at_all(other: int) -> None:
    at = Shelf(bytes_max=100)
    under_way = at.begin(b"a")
    at.answers.add(under_way, b"x" * other)
    large = at.begin(b"b")
    assert at.answers.add(large, b"x" * 40)
    assert not at.answers.add(large, b"x" * 61)
    assert large.parts == []
    at.answers.drop(b"b")
    assert b"".join(under_way.parts) == b"x" * other
    assert at.answers.add(under_way, b"x" * (100 - other))
