"""Who asks, without saying who it is."""

import pytest

from waystation.dialects.anthropic_messages.users import user_of
from waystation.dialects.losses import Losses


@pytest.mark.parametrize("user", ["u-9ac1", "difyai-7f3e", "123456", "林晓", "x" * 256, '{"session_id":"s"}'])
def test_an_opaque_word_is_told(user: str) -> None:
    losses = Losses("openai.chat", "anthropic.messages")
    assert (user_of(user, losses), losses.found()) == (user, ())


@pytest.mark.parametrize("user", ["mei@example.com", "@mei", "+86 138 0000 0000", "(030) 123-4567", "x" * 257])
def test_an_address_or_a_number_is_told_as_its_hash(user: str) -> None:
    losses = Losses("openai.chat", "anthropic.messages")
    told = user_of(user, losses)
    assert (told.startswith("user_"), len(told), told == user_of(user, losses)) == (True, 37, True)
    assert told != user_of(f"{user}1", losses)
    assert [loss.field for loss in losses.found()] == ["user"]
