"""What all languages of embeddings have in common."""

from waystation.demo.embedding import EmbedCall, text_of
from waystation.demo.settings import DemoSettings


def test_texts_are_billed_by_their_words_and_ids_one_by_one() -> None:
    call = EmbedCall("m", ["one two", [1, 2, 3]], lambda _: {})
    reply = call.reply(DemoSettings(), "1", 0)
    assert (reply.id, reply.usage.prompt_tokens, reply.usage.completion_tokens) == ("emb-1", 5, 0)


def test_there_is_no_stream_but_the_answer() -> None:
    call = EmbedCall("m", ["a"], lambda reply: {"id": reply.id})
    reply = call.reply(DemoSettings(), "1", 0)
    assert list(call.events(reply)) == [call.plain(reply)] == [{"id": "emb-1"}]
    assert not call.ask.stream


def test_ids_stand_for_a_text() -> None:
    assert (text_of("a"), text_of([1, 2])) == ("a", "1 2")
