"""What can be done at a path."""

from waystation.demo.chat import Chat
from waystation.demo.place import Place


def test_a_model_is_called_with_post() -> None:
    place = Place(Chat())
    assert (place.is_call, place.methods) == (True, frozenset({"POST"}))


def test_an_errand_is_no_call() -> None:
    place = Place(Chat(), {"GET": lambda _: {}})
    assert (place.is_call, place.methods) == (False, frozenset({"GET"}))
