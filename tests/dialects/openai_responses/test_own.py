"""The hub's words with what only this language keeps of them."""

import msgspec

from waystation.dialects.openai_responses.own import Item, Items, ResponsesRequest
from waystation.wire.chat import ChatRequest, Message, TextPart


def test_they_are_the_hubs_own_words() -> None:
    message = Items(role="user", parts=(TextPart(text="a"),), items=(Item("message", 1),))
    request = ResponsesRequest(dialect="openai.responses", model="m", messages=(message,))
    assert isinstance(message, Message)
    assert isinstance(request, ChatRequest)


def test_what_is_replaced_in_them_leaves_the_rest() -> None:
    request = ResponsesRequest(dialect="openai.responses", model="m", messages=(), include=("a",))
    assert msgspec.structs.replace(request, model="v").include == ("a",)
