"""The call record holds facts and no text, and what is written can be read again."""

import msgspec
import pytest

from waystation.wire.loss import Loss
from waystation.wire.price import Price
from waystation.wire.record import Attempt, CallRecord
from waystation.wire.usage import Usage

RECORD = CallRecord(
    call_id="call_1",
    at=1_790_000_000.5,
    organization_id="org_1",
    token_id="tok_1",
    dialect="openai.chat",
    request_model="gpt-4o",
    stream=True,
    outcome="ok",
    status=200,
    attempts=(
        Attempt(upstream="a", key_fingerprint="0a", model="m", fault="KEY", status=401, duration_ms=3),
        Attempt(upstream="b", key_fingerprint="0b", model="m", fault=None, status=200, duration_ms=9),
    ),
    usage=Usage(input_tokens=9, output_tokens=0),
    price=Price(currency="USD", input=1, output=2),
    marks=("usage_repeated",),
)


@pytest.mark.parametrize("losses", [(), (Loss("tools[0]", "no such tool there", grave=True), Loss("seed", "no word"))])
def test_a_record_survives_a_round_trip(losses: tuple[Loss, ...]) -> None:
    record = msgspec.structs.replace(RECORD, losses=losses, vendor_dialect="anthropic.messages")
    assert msgspec.json.decode(msgspec.json.encode(record), type=CallRecord) == record


def test_what_says_nothing_takes_no_room() -> None:
    written = msgspec.json.decode(msgspec.json.encode(RECORD), type=dict[str, object])
    assert not {"losses", "vendor_dialect", "error_code", "estimated"} & set(written)
    assert written["price"] == {"currency": "USD", "input": 1, "output": 2}


def test_a_record_that_an_earlier_version_wrote_is_read() -> None:
    whole = msgspec.structs.asdict(RECORD)
    del whole["losses"], whole["vendor_dialect"]
    assert msgspec.json.decode(msgspec.json.encode(whole), type=CallRecord) == RECORD


def test_a_call_that_never_began_has_no_usage_and_no_price() -> None:
    refused = CallRecord(
        call_id="call_2",
        at=0.0,
        organization_id="org_1",
        token_id="tok_1",
        dialect="openai.chat",
        request_model="gpt-4o",
        stream=False,
        outcome="refused",
        status=429,
        error_code="insufficient_quota",
    )
    assert (refused.usage, refused.price, refused.attempts, refused.amount_nanos) == (None, None, (), 0)


def test_no_field_could_hold_a_prompt() -> None:
    assert not {"messages", "prompt", "text", "content", "body"} & set(CallRecord.__struct_fields__)
