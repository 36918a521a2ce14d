from waystation.wire.wish import SUFFIXES, Wish


def test_a_wish_says_nothing_by_itself() -> None:
    wish = Wish()
    assert wish.allow_fallbacks
    assert (wish.models, wish.order, wish.only, wish.ignore, wish.needs, wish.sort) == ((), (), None, (), (), None)


def test_suffixes_stand_for_an_order() -> None:
    assert SUFFIXES == {":floor": "price", ":nitro": "throughput"}
