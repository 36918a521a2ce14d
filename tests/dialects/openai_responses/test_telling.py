"""The events of one answer, numbered."""

from tests.dialects.openai_responses.streams import kinds, told
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.telling import Teller


def test_every_event_has_its_number() -> None:
    teller = Teller(Names("call_9"))
    events = told(teller.tell("response.created", {"a": 1}) + teller.tell("response.completed", {}))
    assert events == [
        {"type": "response.created", "sequence_number": 0, "a": 1},
        {"type": "response.completed", "sequence_number": 1},
    ]


def test_items_have_places() -> None:
    teller = Teller(Names("call_9"))
    first = teller.begin()
    assert kinds(teller.whole({"id": "b"}) + teller.done(first, {"id": "a"})) == [
        "output_item.added",
        "output_item.done",
        "output_item.done",
    ]
    assert teller.items == [{"id": "a"}, {"id": "b"}]


def test_a_seal_is_an_item_of_its_own() -> None:
    teller = Teller(Names("call_9"))
    teller.seal("rs_call", "enc")
    assert teller.items == [{"id": "rs_call_9_0", "type": "reasoning", "summary": [], "encrypted_content": "enc"}]
