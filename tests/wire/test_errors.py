"""The tree is as it is drawn, and every error has a face for the caller."""

import inspect
import re

import pytest

from waystation.wire import errors
from waystation.wire.errors import (
    BadRequest,
    CallerError,
    CallerGone,
    ConnectionLost,
    HouseError,
    InsufficientQuota,
    NoRoute,
    NotBooked,
    PriceMissing,
    StoreUnavailable,
    Truncated,
    UpstreamError,
    UpstreamTimeout,
    VendorFailure,
    VendorRefusal,
    WaystationError,
)

CLASSES = {
    name: value for name, value in inspect.getmembers(errors, inspect.isclass) if issubclass(value, WaystationError)
}


def drawn() -> dict[str, tuple[int, str]]:
    """Name to (depth, what is said of it), from the module's drawing."""
    lines = re.findall(r"^([│ ├└─]*)([A-Z]\w+)(.*)$", errors.__doc__ or "", re.MULTILINE)
    return {name: (len(indent) // 4, text) for indent, name, text in lines if name in CLASSES or indent}


def test_every_error_is_drawn_at_its_depth() -> None:
    depths = {name: len(value.__mro__) - len(WaystationError.__mro__) for name, value in CLASSES.items()}
    assert {name: depth for name, (depth, _) in drawn().items()} == depths


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_status_that_is_drawn_is_the_status(name: str) -> None:
    single = re.match(r"\s+(\d{3}) ", drawn()[name][1] + " ")
    if single and name != "VendorRefusal":
        assert CLASSES[name].status == int(single[1])


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_statuses_say_whose_fault_it_is(name: str) -> None:
    kind = CLASSES[name]
    if issubclass(kind, CallerError | CallerGone):
        assert 400 <= kind.status < 500
        assert kind.retry == (name == "IdempotencyConflict")  # what is under way will end by itself
    elif issubclass(kind, UpstreamError):
        assert 502 <= kind.status <= 504
        assert kind.retry
        assert kind.public_message.endswith(".")
    elif issubclass(kind, HouseError):
        assert kind.status in ((409,) if issubclass(kind, NotBooked) else (500, 503))  # to whoever books by hand
        assert kind.retry == (kind.status == 503 and kind is not PriceMissing)  # which time alone does not mend


def test_an_error_carries_what_the_caller_needs() -> None:
    error = StoreUnavailable("the writer is behind", retry_after_s=2.0)
    assert str(error) == error.message == "the writer is behind"
    assert (error.public_status, error.public_type, error.public_code) == (503, "server_error", "store_unavailable")
    assert (error.retry_after_s, error.param) == (2.0, None)
    assert BadRequest("odd", param="n").param == "n"
    assert InsufficientQuota("spent").public_type == "insufficient_quota"


def test_a_vendors_refusal_keeps_the_vendors_words() -> None:
    error = VendorRefusal("Too long", status=422, type_="invalid", code="too_long", param="messages")
    assert (error.public_status, error.public_type, error.public_code) == (422, "invalid", "too_long")
    assert (error.message, error.param) == ("Too long", "messages")
    assert isinstance(error, CallerError)


def test_upstream_errors_have_a_message_of_their_own_for_the_caller() -> None:
    error = UpstreamTimeout("10.0.0.7:443 was silent for 60 s", phase="idle")
    assert error.phase == "idle"
    assert "10.0.0.7" not in error.public_message
    assert error.public_status == 504
    assert Truncated("cut").public_code == "upstream_truncated"
    assert NoRoute("benched", retry_after_s=3.0).retry_after_s == 3.0


def test_a_lost_connection_knows_whether_anything_came() -> None:
    assert not ConnectionLost("reset").received
    assert ConnectionLost("reset", received=True).received


def test_a_vendors_failure_keeps_its_code_for_the_blame_table() -> None:
    error = VendorFailure("an error object", vendor_code="1113", vendor_type="arrears")
    assert (error.vendor_code, error.vendor_type) == ("1113", "arrears")
    assert error.vendor_status is None
    assert error.public_code == "upstream_error"
