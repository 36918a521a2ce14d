"""The words that only this language has are still those of the hub to all others."""

import msgspec

from waystation.dialects.anthropic_messages.own import Rest, SpelledReasoning, Told
from waystation.wire.chat import Message, Reasoning, TextPart


def test_they_are_the_hubs_words() -> None:
    told = Told(text="t", raw=msgspec.Raw(b"{}"))
    rest = Rest(role="user", parts=(told,))
    spelled = SpelledReasoning(effort="low", members={}, is_budget=False)
    assert isinstance(rest, Message)
    assert isinstance(told, TextPart)
    assert isinstance(spelled, Reasoning)
    assert (spelled.effort, told.text) == ("low", "t")
