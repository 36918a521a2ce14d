import msgspec

from waystation.dialects.losses import LOSSES_MAX, NAME_MAX, Losses
from waystation.wire.loss import Loss

ONE = {"seed": msgspec.Raw(b"1")}


def test_the_same_language_keeps_what_has_no_word() -> None:
    losses = Losses("openai.chat", "openai.chat")
    assert losses.keep("", ONE) == ONE
    assert losses.found() == ()


def test_another_language_loses_it_and_says_so() -> None:
    losses = Losses("openai.chat", "gemini.generate")
    assert losses.keep("messages[0]", ONE) == {}
    assert losses.keep("", ONE) == {}
    assert [loss.field for loss in losses.found()] == ["messages[0].seed", "seed"]


def test_a_name_of_the_caller_s_own_is_cut() -> None:
    losses = Losses("openai.chat", "gemini.generate")
    losses.keep("tools[0]", {"x" * 1000: msgspec.Raw(b"1")})
    assert losses.found()[0].field == f"tools[0].{'x' * NAME_MAX}"


def test_a_field_is_lost_once_and_as_gravely_as_it_was() -> None:
    losses = Losses("openai.chat", "gemini.generate")
    losses.note("n", "first")
    losses.note("n", "second")
    assert losses.found() == (Loss("n", "first"),)
    losses.note("n", "graver", grave=True)
    losses.note("n", "late", grave=True)
    assert losses.found() == (Loss("n", "graver", grave=True),)


def test_losses_are_bounded_but_there_is_room_for_a_grave_one() -> None:
    losses = Losses("openai.chat", "gemini.generate")
    for at in range(LOSSES_MAX + 5):
        losses.note(f"x{at}", "no")
    losses.note("tools[0]", "no", grave=True)
    losses.note("tools[1]", "no", grave=True)
    assert len(losses.found()) == LOSSES_MAX + 1
    assert losses.found()[-1] == Loss("tools[0]", "no", grave=True)


def test_a_member_that_the_answer_is_made_by_is_gravely_lost() -> None:
    losses = Losses("gemini.generate", "openai.chat")
    losses.keep("", {"cachedContent": msgspec.Raw(b'"c"'), "labels": msgspec.Raw(b"{}")})
    losses.keep("", {"generationConfig.responseModalities": msgspec.Raw(b'["TEXT"]')})
    assert [(loss.field, loss.grave) for loss in losses.found()] == [
        ("cachedContent", True),
        ("labels", False),
        ("generationConfig.responseModalities", False),
    ]
