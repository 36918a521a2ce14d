"""Every fault, by its name."""

import re

import pytest

from tests.demo.raw import HELLO, STREAM, asked, exchange, post
from waystation.demo.faults import FAULTS, fault_named, listing
from waystation.demo.upstream import DemoSettings, DemoUpstream

# Amounts that keep a test small.
SMALL = {
    "deep-json": 50,
    "endless-line": 1000,
    "gzip-bomb": 4,
    "huge-header": 1000,
    "huge-line": 1000,
    "many-headers": 10,
    "slow-drip": 0,
}


def test_every_fault_says_what_it_does() -> None:
    assert [name for name, fault in FAULTS.items() if not re.fullmatch(r"\S.{10,}\.", fault.about)] == []


def test_no_name_is_given_twice() -> None:
    assert [name for name, fault in FAULTS.items() if fault.name != name] == []
    assert len(listing()) == len(FAULTS)


def test_the_listing_names_amounts() -> None:
    lines = listing()
    assert "huge-line: A text of 64 MiB in one event, on one line, or in the plain body. [=67108864 bytes]" in lines
    assert "reset-mid-stream: Half of the body, then RST." in lines


def test_a_fault_is_found_by_name_and_amount() -> None:
    assert fault_named("500") is FAULTS["500"]
    assert fault_named("huge-line=1000").amount == 1000


@pytest.mark.parametrize(
    "wrong", ["", "nonsense", "500=1", "huge-line=", "huge-line=many", "huge-line=-1", "huge-line=inf"]
)
def test_a_fault_that_does_not_exist_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"fault|amount"):
        fault_named(wrong)


@pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])
@pytest.mark.parametrize("name", FAULTS)
async def test_after_every_fault_the_double_goes_on(name: str, what: dict[str, object]) -> None:
    fault = FAULTS[name]
    if name in SMALL:
        fault = fault.with_amount(SMALL[name])
    async with DemoUpstream(DemoSettings()) as upstream:
        upstream.set_fault(fault, times=1)
        await exchange(upstream, post(what, "connection: close"), quiet_s=0.05)
        assert (await asked(upstream, HELLO)).status == 200
