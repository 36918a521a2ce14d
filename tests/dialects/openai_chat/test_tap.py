"""A vendor's stream reaches the caller byte for byte, but for what is withheld until the bill is posted."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.dialects.codec import Ask
from waystation.dialects.openai_chat.tap import ChatReader
from waystation.wire.errors import BadAnswer, BodyTooLarge, Truncated, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

DONE = b"data: [DONE]\n\n"


def event(payload: object, end: bytes = b"\n\n") -> bytes:
    return b"data: " + json.dumps(payload).encode() + end


def chunk(text: str = "", *, finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]} | more


HELLO = event(chunk("Hello"))
STOP = event(chunk(finish="stop"))
SPENT = {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11}
USAGE = event({"choices": [], "usage": SPENT})


def reader(*, include_usage: bool = False, choices: int = 1, max_event_bytes: int = 10_000) -> ChatReader:
    ask = Ask(
        model="m",
        stream=True,
        include_usage=include_usage,
        choices=choices,
        max_output_tokens=None,
        weight=Weight(),
        model_span=(0, 0),
    )
    return ChatReader(ask, max_event_bytes)


def read(
    stream: bytes, cuts: list[int] | None = None, *, include_usage: bool = False
) -> tuple[bytes, bytes, ChatReader]:
    """What is handed out while the stream comes, what at its end, and the reader."""
    chat = reader(include_usage=include_usage)
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts or ()), len(stream)]
    sent = b"".join(chat.feed(stream[start:end]) for start, end in pairwise(edges))
    return sent, chat.close(), chat


def test_a_stream_is_handed_on_and_its_end_is_withheld() -> None:
    sent, tail, chat = read(HELLO + event(chunk(finish="stop", model="gpt-4o-2024-08-06")) + USAGE + DONE)
    assert sent == HELLO + event(chunk(finish="stop", model="gpt-4o-2024-08-06"))
    assert tail == DONE
    assert chat.done
    assert chat.response_model == "gpt-4o-2024-08-06"
    assert chat.finish_reasons == ("stop",)
    assert chat.usage == Heard(Usage(input_tokens=9, output_tokens=2), ())
    assert chat.weight == Weight(5)


def test_a_caller_who_asked_gets_the_usage_with_the_tail() -> None:
    sent, tail, _ = read(HELLO + STOP + USAGE + DONE, include_usage=True)
    assert sent == HELLO + STOP
    assert tail == USAGE + DONE


def test_of_several_usage_chunks_the_last_is_kept() -> None:
    late = event({"choices": [], "usage": SPENT | {"completion_tokens": 3}})
    _, tail, chat = read(HELLO + USAGE + STOP + late + DONE, include_usage=True)
    assert tail == late + DONE
    assert chat.usage == Heard(Usage(input_tokens=9, output_tokens=3), ("usage_repeated",))


@pytest.mark.parametrize("usage", [None, SPENT])
def test_usage_beside_choices_stays_where_it_is(usage: object) -> None:
    stream = event(chunk("Hello", usage=usage)) + event(chunk(finish="stop", usage=usage))
    sent, tail, _ = read(stream + DONE)
    assert (sent, tail) == (stream, DONE)


def test_bytes_are_kept_as_they_came() -> None:
    odd = (
        b': thinking\r\nid: 3\r\ndata: {"choices" : [{"index":0,"delta":{"content":"\\u4f60\\/"},'
        b'"logprobs":{"p":-1.50E-7}}],\r\ndata:"seed":123456789012345678901234567890,"x":1.0}\r\n\r\n'
    )
    sent, _, _ = read(HELLO + odd + b": still thinking\n\n" + STOP + DONE)
    assert sent == HELLO + odd + b": still thinking\n\n" + STOP


def test_comments_before_the_first_event_are_dropped() -> None:
    chat = reader()
    assert chat.feed(b": OPENROUTER PROCESSING\n\n") == b""
    assert chat.feed(b"data:\n\n") == b""
    assert not chat.started
    assert chat.feed(HELLO) == HELLO
    assert chat.started


def test_an_event_without_an_answer_waits_for_the_first_one_with() -> None:
    verdict = event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]})
    chat = reader()
    assert chat.feed(verdict) == b""
    assert not chat.started
    assert chat.feed(HELLO) == verdict + HELLO
    assert chat.feed(verdict) == verdict


def test_events_that_never_begin_an_answer_are_bounded() -> None:
    chat = reader(max_event_bytes=100)
    with pytest.raises(BodyTooLarge):
        [chat.feed(event({"ping": "x" * 20})) for _ in range(10)]


def test_a_partial_event_is_held_until_it_is_whole() -> None:
    chat = reader()
    assert chat.feed(HELLO[:20]) == b""
    assert not chat.started
    assert chat.feed(HELLO[20:] + STOP[:5]) == HELLO
    assert chat.feed(STOP[5:]) == STOP


def test_an_empty_event_is_not_handed_on() -> None:
    assert read(HELLO + b"data: \n\n" + STOP + DONE)[0] == HELLO + STOP


def test_what_follows_the_end_is_never_handed_on() -> None:
    chat = reader()
    assert chat.feed(HELLO + STOP + DONE + HELLO) == HELLO + STOP
    assert chat.feed(b"\xff" * 100_000) == b""
    assert chat.close() == DONE
    assert chat.weight == Weight(5)


def test_a_stream_without_its_last_line_is_whole_if_every_choice_is() -> None:
    chat = reader(choices=2)
    chat.feed(HELLO + STOP)
    assert not chat.finished
    chat.feed(event(chunk(finish="stop", index=1)))
    assert chat.finished
    assert not chat.done
    assert chat.close() == DONE


def test_a_vendor_that_gives_one_answer_where_two_were_asked_for_is_whole_at_its_end() -> None:
    chat = reader(choices=2)
    chat.feed(HELLO + STOP)
    assert chat.close() == DONE


def test_an_answer_that_began_and_did_not_finish_is_truncated_whatever_the_other_says() -> None:
    chat = reader(choices=2)
    chat.feed(HELLO + STOP + event(chunk("half", index=1)))
    with pytest.raises(Truncated):
        chat.close()


def test_usage_after_the_last_finish_is_still_heard() -> None:
    chat = reader()
    chat.feed(HELLO + STOP)
    assert chat.finished
    chat.feed(USAGE)
    assert chat.usage is not None
    assert chat.close() == DONE


@pytest.mark.parametrize("last", [b"data: [DONE]", b"data: [DONE]\n", b"data:[DONE]\r\n", b"data: [DONE] \n\n"])
def test_the_end_is_known_however_it_is_written(last: bytes) -> None:
    sent, tail, chat = read(HELLO + last)
    assert sent == HELLO
    assert tail.startswith(last)
    assert tail.endswith(b"\n")
    assert chat.done


def test_a_last_event_without_its_empty_line_counts_if_it_is_whole() -> None:
    _, tail, chat = read(HELLO + STOP + USAGE[:-2])
    assert tail == DONE
    assert chat.usage is not None
    _, tail, _ = read(HELLO + STOP[:-1])
    assert tail == STOP + DONE


@pytest.mark.parametrize("stream", [b"", b": hi\n\n", HELLO, HELLO + STOP[:30], HELLO + STOP[:-3], HELLO + USAGE])
def test_a_stream_that_breaks_off_is_truncated(stream: bytes) -> None:
    chat = reader()
    chat.feed(stream)
    with pytest.raises(Truncated):
        chat.close()


def test_an_end_without_a_beginning_is_no_answer() -> None:
    with pytest.raises(Truncated, match="before it began"):
        reader().feed(DONE)


def test_half_a_surrogate_pair_in_each_of_two_chunks_survives() -> None:
    first = b'data: {"choices":[{"index":0,"delta":{"content":"\\ud83d"}}]}\n\n'
    second = b'data: {"choices":[{"index":0,"delta":{"content":"\\ude00"},"finish_reason":"stop"}]}\n\n'
    sent, _, chat = read(first + second + DONE)
    assert sent == first + second
    assert chat.weight != Weight()


def test_a_character_split_over_two_feeds_survives() -> None:
    stream = b'data: {"choices":[{"index":0,"delta":{"content":"\xe4\xbd\xa0"},"finish_reason":"stop"}]}\n\n'
    at = stream.index(b"\xbd")
    sent, _, chat = read(stream, [at])
    assert sent == stream
    assert chat.weight == Weight(0, 1)


@pytest.mark.parametrize(
    "bad",
    [
        b"data: hello\n\n",
        b"data: []\n\n",
        b'data: {"choices":[{}\n\n',
        b"data: " + b"[" * 9_000 + b"\n\n",
        b"\x00data: \x00\n\ndata: <html>\n\n",
    ],
)
def test_what_is_no_chunk_is_a_bad_answer(bad: bytes) -> None:
    with pytest.raises(BadAnswer):
        reader().feed(bad)


def test_depth_is_no_trouble() -> None:
    with pytest.raises(BadAnswer):
        reader(max_event_bytes=1_000_000).feed(b'data: {"choices":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n\n")


def test_an_event_past_the_bound_is_refused() -> None:
    chat = reader(max_event_bytes=100)
    with pytest.raises(BodyTooLarge):
        chat.feed(event(chunk("x" * 100)))


def test_an_error_in_the_stream_is_the_vendors() -> None:
    chat = reader()
    chat.feed(HELLO)
    with pytest.raises(VendorFailure) as caught:
        chat.feed(event({"error": {"message": "secret", "type": "server_error", "code": "overloaded"}}))
    assert (caught.value.vendor_code, caught.value.vendor_type) == ("overloaded", "server_error")
    assert "secret" not in str(caught.value)


def test_an_event_named_error_is_one_whatever_it_says() -> None:
    with pytest.raises(VendorFailure) as caught:
        reader().feed(b'event:error\n:HTTP_STATUS/400\ndata:{"code":"InvalidParameter","message":"no"}\n\n')
    assert caught.value.vendor_code == "InvalidParameter"


def test_what_came_before_a_fault_in_the_same_feed_is_not_lost() -> None:
    chat = reader()
    with pytest.raises(BadAnswer):
        chat.feed(HELLO + HELLO + b"data: oops\n\n" + HELLO)
    assert chat.unsent == HELLO + HELLO
    assert chat.weight == Weight(10)


events = st.lists(
    st.sampled_from(
        [
            HELLO,
            b": comment\n\n",
            b": crlf\r\n\r\n",
            event(chunk("你好"), b"\r\n\r\n"),
            event(chunk("x", usage=None)),
            b'event: message\ndata: {"choices":[{"index":0,\ndata: "delta":{"content":"two lines"}}]}\n\n',
            b'data:{"choices":[{"delta":{"content":"\\ud83d"}}]}\n\n',
        ]
    ),
    max_size=6,
)


@given(events, st.booleans(), st.lists(st.integers(0, 2_000), max_size=10))
def test_any_chunking_gives_the_same_stream(middle: list[bytes], include_usage: bool, cuts: list[int]) -> None:
    stream = HELLO + b"".join(middle) + STOP + USAGE + DONE
    sent, tail, chat = read(stream, cuts, include_usage=include_usage)
    _, _, at_once = read(stream, include_usage=include_usage)
    assert sent == HELLO + b"".join(middle) + STOP
    assert tail == (USAGE if include_usage else b"") + DONE
    assert chat.weight == at_once.weight
    assert chat.usage == at_once.usage


pieces_of_any_kind = st.lists(
    st.sampled_from(
        [HELLO, STOP, USAGE, DONE, b"data: x\n\n", b"\n", b"\r", b": c\n\n", event({"error": {"code": 1}})]
    ),
    max_size=8,
)


@given(pieces_of_any_kind, st.lists(st.integers(0, 900), max_size=6))
def test_no_stream_shows_an_end_before_its_close(pieces: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(pieces)
    chat = reader()
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    sent = b""
    try:
        for start, end in pairwise(edges):
            sent += chat.feed(stream[start:end])
        sent += chat.close().removesuffix(DONE)
    except (BadAnswer, VendorFailure, Truncated):
        sent += chat.unsent
    assert b"[DONE]" not in sent
    assert b"prompt_tokens" not in sent
