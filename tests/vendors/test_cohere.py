import pytest

from waystation.vendors.cohere import VENDOR
from waystation.vendors.vendor import Blame, Fault, Refusal


def test_cohere_embeds_at_its_second_version() -> None:
    assert VENDOR.base_url == "https://api.cohere.com"
    assert VENDOR.paths == {"cohere.embed": "/v2/embed"}
    assert VENDOR.sign("co-1") == ((b"authorization", b"Bearer co-1"),)


@pytest.mark.parametrize(
    ("status", "blame"),
    [
        (400, Blame(Fault.CALLER)),
        (422, Blame(Fault.CALLER)),
        (401, Blame(Fault.KEY, "suspect")),
        (403, Blame(Fault.KEY, "barred")),
        (402, Blame(Fault.KEY, "broke")),
        (429, Blame(Fault.KEY, "limited")),
        (404, Blame(Fault.MODEL)),
    ],
)
def test_the_status_says_whose_fault_it_is(status: int, blame: Blame) -> None:
    assert VENDOR.blame(Refusal(status)) == blame


@pytest.mark.parametrize("status", [200, 498, 499, 500, 501, 503, 504])
def test_what_is_nobodys_fault_goes_to_the_next_route(status: int) -> None:
    assert VENDOR.blame(Refusal(status)) == Blame(Fault.BUSY)


def test_a_code_is_no_ground_for_blame() -> None:
    assert VENDOR.blame(Refusal(429, code="insufficient_quota")) == Blame(Fault.KEY, "limited")
