import msgspec
import pytest

from waystation.ledger.posting import AMOUNT_MAX
from waystation.ledger.verify import Report, bill_difference
from waystation.wire.price import Price
from waystation.wire.record import CallRecord
from waystation.wire.usage import Usage

BASIS = CallRecord(
    call_id="call_1",
    at=1.0,
    organization_id="org_1",
    token_id="tok_1",
    dialect="openai.chat",
    request_model="gpt-4o",
    stream=False,
    outcome="ok",
    status=200,
    usage=Usage(input_tokens=100, output_tokens=10),
    price=Price(currency="USD", input=1_000_000, output=1_000_000),
)


def difference(booked: int, shortfall: int = 0, *, basis: CallRecord = BASIS) -> str | None:
    return bill_difference(basis, held_nanos=50, booked_nanos=booked, shortfall_nanos=shortfall)


def test_a_bill_follows_from_its_basis() -> None:
    assert difference(110) is None
    assert difference(70, 40) is None


@pytest.mark.parametrize(
    ("booked", "shortfall", "message"),
    [
        (109, 0, "its basis comes to 110, booked are 109 and short 0"),
        (110, 1, "its basis comes to 110, booked are 110 and short 1"),
        (40, 70, "it is short 70, though 50 were held and only 40 booked"),
    ],
)
def test_a_bill_that_does_not_follow_is_told(booked: int, shortfall: int, message: str) -> None:
    assert difference(booked, shortfall) == message


def test_a_basis_without_usage_is_told() -> None:
    assert difference(0, basis=msgspec.structs.replace(BASIS, usage=None)) == "its basis has no usage or no price"


def test_an_absurd_bill_is_cut_as_the_booking_was() -> None:
    dear = msgspec.structs.replace(BASIS, price=Price(currency="USD", input=10**24, output=0))
    assert difference(50, AMOUNT_MAX - 50, basis=dear) is None


def test_a_report_without_differences_passes() -> None:
    report = Report(counts={"postings": 3})
    report.notes.append("remarkable")
    assert report.passed
    assert str(report) == "Checked 3 postings.\nnote: remarkable\nThe books agree."


def test_a_report_lists_its_differences() -> None:
    report = Report(counts={"postings": 3})
    report.differ("bill", 7, "wrong")
    assert not report.passed
    assert str(report) == "Checked 3 postings.\nDIFFERENCE bill 7: wrong\n1 differences."
    assert report.as_dict() == {
        "passed": False,
        "counts": {"postings": 3},
        "differences": [{"check": "bill", "subject": "7", "message": "wrong"}],
        "notes": [],
    }
