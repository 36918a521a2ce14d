import msgspec
import pytest

from waystation.dialects.codec import Ask
from waystation.relay.meter import SEARCHES_MAX, THINKING_ALLOWANCE, Meter
from waystation.routing.rules import Reckoned
from waystation.wire.catalogue import Model
from waystation.wire.estimate import Weight, most_of, tokens_of
from waystation.wire.price import Price
from waystation.wire.usage import COUNT_MAX, Heard, Usage

PRICE = Price(currency="USD", input=1_000_000, output=2_000_000)
MODEL = Model(name="m", routes=(), price=PRICE, max_output_tokens=100)
WEIGHT = Weight(ascii_chars=400)
BODY_BYTES = 500


def meter(*, max_output_tokens: int | None = 50, choices: int = 1) -> Meter:
    ask = Ask(
        model="m",
        stream=False,
        include_usage=False,
        choices=choices,
        max_output_tokens=max_output_tokens,
        weight=WEIGHT,
        model_span=(0, 0),
    )
    return Meter(ask, BODY_BYTES, MODEL, PRICE)


def heard(**counts: int) -> Heard:
    return Heard(msgspec.convert(counts, Usage), ())


def test_what_the_vendor_counted_is_billed() -> None:
    bill = meter().bill(heard(input_tokens=90, output_tokens=10), Weight(40))
    assert (bill.amount_nanos, bill.estimated, bill.marks) == (110, False, ())


def test_unheard_usage_is_estimated_from_the_text_and_marked() -> None:
    bill = meter().bill(None, Weight(ascii_chars=80))
    assert bill.usage == Usage(input_tokens=tokens_of(WEIGHT), output_tokens=tokens_of(Weight(ascii_chars=80)))
    assert (bill.estimated, bill.marks) == (True, ("usage_unheard",))


def test_the_marks_of_what_was_heard_go_on_the_bill() -> None:
    bill = meter().bill(Heard(Usage(input_tokens=1, output_tokens=1), ("usage_repeated",)), Weight())
    assert (bill.estimated, bill.marks) == (False, ("usage_repeated",))


def test_a_count_from_before_the_end_is_billed_at_least_by_what_was_delivered() -> None:
    early = heard(input_tokens=90, output_tokens=1).partial
    bill = meter().bill(early, Weight(ascii_chars=80))
    assert bill.usage == Usage(input_tokens=90, output_tokens=tokens_of(Weight(ascii_chars=80)))
    assert (bill.estimated, bill.marks) == (True, ("usage_partial",))
    assert meter().bill(heard(input_tokens=90, output_tokens=49).partial, Weight()).usage.output_tokens == 49


def test_an_absurd_count_is_cut_to_what_the_call_can_have_used() -> None:
    bill = meter().bill(
        heard(input_tokens=COUNT_MAX, output_tokens=COUNT_MAX, cache_read_input_tokens=COUNT_MAX), Weight(40)
    )
    most_in, most_out = most_of(WEIGHT, BODY_BYTES), 50 + THINKING_ALLOWANCE
    assert bill.usage == Usage(input_tokens=most_in, output_tokens=most_out, cache_read_input_tokens=most_in)
    assert (bill.estimated, bill.marks) == (True, ("input_implausible", "output_implausible"))


@pytest.mark.parametrize(("limit", "choices", "ceiling"), [(50, 1, 50), (50, 3, 150), (None, 2, 200), (0, 1, 0)])
def test_the_output_ceiling_is_the_callers_bound_or_the_models(limit: int | None, choices: int, ceiling: int) -> None:
    assert meter(max_output_tokens=limit, choices=choices).output_ceiling == ceiling


def test_the_ceiling_is_above_the_estimate() -> None:
    assert meter().input_ceiling > tokens_of(WEIGHT)


def test_more_searches_than_any_answer_makes_are_cut() -> None:
    said = Usage(input_tokens=1, output_tokens=1, searches=SEARCHES_MAX + 1, audio_input_tokens=1)
    bill = meter().bill(Heard(said, ()), Weight(40))
    assert bill.usage == msgspec.structs.replace(said, searches=SEARCHES_MAX)
    assert (bill.estimated, bill.marks) == (True, ("searches_implausible",))


@pytest.mark.parametrize(
    ("bound", "reckoned", "expected"),
    [(50, None, 100), (50, 80, 160), (50, 20, 100), (None, 80, 200), (None, 120, 240), (0, 80, 0)],
)
def test_what_overrides_may_add_is_held_for(bound: int | None, reckoned: int | None, expected: int) -> None:
    usual = meter(max_output_tokens=bound, choices=2)
    more = None if reckoned is None else Reckoned(output_tokens=reckoned, input_bytes=30)
    changed = msgspec.structs.replace(usual, reckoned=more)
    assert changed.output_ceiling == expected
    assert changed.input_ceiling == usual.input_ceiling + (0 if more is None else 30)


def test_what_overrides_add_is_believed_and_not_estimated() -> None:
    most = most_of(WEIGHT, BODY_BYTES)
    more = msgspec.structs.replace(meter(), reckoned=Reckoned(output_tokens=0, input_bytes=30))
    assert more.bill(heard(input_tokens=most + 30), Weight()).marks == ()
    assert more.bill(heard(input_tokens=most + 31), Weight()).marks == ("input_implausible",)
    assert more.bill(None, Weight()).usage == meter().bill(None, Weight()).usage
