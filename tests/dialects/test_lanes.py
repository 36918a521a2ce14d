from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dialects.toy import ToyReader, ToyWriter, sse
from waystation.dialects.lanes import HubReader, TapReader
from waystation.wire.errors import BadAnswer, BodyTooLarge, Truncated, VendorFailure
from waystation.wire.estimate import Weight
from waystation.wire.usage import Heard, Usage

WHOLE = sse("start=m-1", "think=Hm", "text=Hi", "call=look", "finish", "meter=5", "end")


def tap() -> TapReader:
    return TapReader(ToyReader())


def hub() -> HubReader:
    return HubReader(ToyReader(), ToyWriter())


def test_a_tapped_stream_is_handed_on_byte_for_byte_and_its_end_withheld() -> None:
    reader = tap()
    assert reader.feed(WHOLE) == sse("start=m-1", "think=Hm", "text=Hi", "call=look")
    assert (reader.started, reader.finished, reader.done) == (True, True, True)
    assert reader.close() == sse("finish", "meter=5", "end")
    assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=5), ())
    assert (reader.response_model, reader.finish_reasons, reader.weight) == ("m-1", ("stop",), Weight(8))


def test_a_crossed_stream_is_written_in_the_callers_words_and_its_end_withheld() -> None:
    reader = hub()
    assert reader.feed(WHOLE) == b"Started\nThinkingDelta\nTextDelta\nToolCallStarted\n"
    assert reader.close() == b"Finished\nMetered\nbye\n"
    assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=5), ())
    assert reader.weight == Weight(8)


@pytest.mark.parametrize("make", [tap, hub])
@given(cuts=st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_chunking_changes_nothing(make: type[TapReader], cuts: list[int]) -> None:
    whole, cut = make(), make()  # type: ignore[call-arg]
    borders = [0, *sorted(cuts), len(WHOLE)]
    got = b"".join(cut.feed(WHOLE[a:b]) for a, b in pairwise(borders))
    assert got == whole.feed(WHOLE)
    assert cut.close() == whole.close()
    assert (cut.usage, cut.weight, cut.finish_reasons) == (whole.usage, whole.weight, whole.finish_reasons)


def test_nothing_is_handed_out_before_the_answer_itself_begins() -> None:
    reader = tap()
    assert reader.feed(b": wait\n\n" + sse("start=m-1", "meter=1")) == b""
    assert reader.started is False
    assert reader.feed(sse("text=Hi")) == sse("start=m-1", "meter=1", "text=Hi")
    assert reader.feed(b": wait\n\n") == b": wait\n\n"


def test_several_words_in_one_event_are_all_written() -> None:
    assert hub().feed(sse("start=m,text=a,text=b")) == b"Started\nTextDelta\nTextDelta\n"
    assert hub().feed(sse("start=m,text=a", ",")) == b"Started\nTextDelta\n"


@pytest.mark.parametrize("make", [tap, hub])
def test_what_was_good_before_a_fault_is_kept(make: type[TapReader]) -> None:
    reader = make()  # type: ignore[call-arg]
    with pytest.raises(VendorFailure):
        reader.feed(sse("text=Hi", "boom", "text=no"))
    assert reader.unsent in (sse("text=Hi"), b"TextDelta\n")


@pytest.mark.parametrize("make", [tap, hub])
def test_a_stream_without_its_end_is_truncated(make: type[TapReader]) -> None:
    reader = make()  # type: ignore[call-arg]
    reader.feed(sse("text=Hi"))
    assert reader.finished is False
    with pytest.raises(Truncated):
        reader.close()


def test_what_comes_after_the_last_event_is_not_listened_to() -> None:
    reader = tap()
    reader.feed(WHOLE + sse("text=no"))
    assert reader.feed(sse("text=no")) == b""
    assert b"no" not in reader.close()


def test_the_last_event_counts_without_its_empty_line_if_it_is_whole() -> None:
    reader = hub()
    reader.feed(sse("text=Hi") + b"data: finish")
    assert reader.close() == b"Finished\nbye\n"
    broken = tap()
    broken.feed(sse("text=Hi", "finish") + b"data: ?")
    assert broken.close() == sse("finish")
    with pytest.raises(BadAnswer):
        tap().feed(sse("?"))


def test_what_a_reader_says_only_at_the_close_is_heard() -> None:
    for reader, tail in ((tap(), sse("late=9", "finish")), (hub(), b"Finished\nMetered\nbye\n")):
        reader.feed(sse("text=Hi", "late=9", "finish"))
        got = reader.close()
        assert got in (tail, sse("finish"))
        assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=9), ())


@pytest.mark.parametrize("words", [["start=" + "x" * 60] * 3, ["text=a", "finish", *["meter=1"] * 20]])
def test_what_is_withheld_is_bounded(words: list[str]) -> None:
    reader = TapReader(ToyReader(), max_event_bytes=150)
    with pytest.raises(BodyTooLarge):
        b"".join(reader.feed(sse(word)) for word in words)


def test_a_count_that_came_before_the_end_is_partial() -> None:
    reader = tap()
    reader.feed(sse("start=m", "meter=1", "text=Hi"))
    assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=1), ("usage_partial",))
    reader.feed(sse("finish"))
    assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=1), ("usage_partial",))
    reader.feed(sse("meter=5"))
    assert reader.usage == Heard(Usage(input_tokens=7, output_tokens=5), ())
