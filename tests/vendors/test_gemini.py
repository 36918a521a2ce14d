import pytest

from waystation.vendors.gemini import VENDOR
from waystation.vendors.vendor import Blame, Fault, Refusal


def test_gemini_is_asked_with_its_own_header() -> None:
    assert VENDOR.base_url == "https://generativelanguage.googleapis.com/v1beta"
    assert VENDOR.paths["gemini.generate"] == "/models/{model}:{verb}"
    assert VENDOR.sign("AIza-1") == ((b"x-goog-api-key", b"AIza-1"),)


@pytest.mark.parametrize(
    ("refusal", "blame"),
    [
        (Refusal(400, "API_KEY_INVALID", "INVALID_ARGUMENT"), Blame(Fault.KEY, "refused")),
        (Refusal(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Blame(Fault.CALLER)),
        (Refusal(400, "FAILED_PRECONDITION", "FAILED_PRECONDITION"), Blame(Fault.BUSY)),
        (Refusal(403, "SERVICE_DISABLED", "PERMISSION_DENIED"), Blame(Fault.KEY, "refused")),
        (Refusal(403, "BILLING_DISABLED", "PERMISSION_DENIED"), Blame(Fault.KEY, "broke")),
        (Refusal(403, "A_NEW_REASON", "PERMISSION_DENIED"), Blame(Fault.KEY, "barred")),
        (Refusal(429, "RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"), Blame(Fault.KEY, "limited")),
        (Refusal(404, "NOT_FOUND", "NOT_FOUND"), Blame(Fault.MODEL)),
        (Refusal(503, "UNAVAILABLE", "UNAVAILABLE"), Blame(Fault.BUSY)),
        (Refusal(200, None, "RESOURCE_EXHAUSTED"), Blame(Fault.KEY, "limited")),
    ],
)
def test_the_reason_comes_before_the_status(refusal: Refusal, blame: Blame) -> None:
    assert VENDOR.blame(refusal) == blame


@pytest.mark.parametrize(
    ("status", "blame"),
    [
        (400, Blame(Fault.CALLER)),
        (401, Blame(Fault.KEY, "suspect")),
        (403, Blame(Fault.KEY, "barred")),
        (404, Blame(Fault.MODEL)),
        (413, Blame(Fault.CALLER)),
        (429, Blame(Fault.KEY, "limited")),
        (500, Blame(Fault.BUSY)),
        (504, Blame(Fault.BUSY)),
    ],
)
def test_without_words_the_status_counts(status: int, blame: Blame) -> None:
    assert VENDOR.blame(Refusal(status)) == blame
