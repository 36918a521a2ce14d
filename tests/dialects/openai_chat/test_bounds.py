from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.bounds import call_id_of, user_of


def test_short_ids_stay_and_long_ones_become_the_same_short_one() -> None:
    assert call_id_of("call_1") == "call_1"
    long = "toolu_" + "x" * 60
    assert call_id_of(long) == call_id_of(long)
    assert len(call_id_of(long)) <= 40
    assert call_id_of(long) != call_id_of(long + "y")


def test_a_long_user_is_told_by_a_hash_and_that_is_said() -> None:
    losses = Losses("anthropic.messages", "openai.chat")
    assert user_of("ana", losses) == "ana"
    assert user_of(None, losses) is None
    assert losses.found() == ()
    told = user_of("user_" + "a" * 150, losses)
    assert told is not None
    assert (len(told) <= 64, [loss.field for loss in losses.found()]) == (True, ["user"])


def test_what_was_written_in_the_same_language_stays() -> None:
    assert user_of("a" * 150, Losses("openai.chat", "openai.chat")) == "a" * 150
