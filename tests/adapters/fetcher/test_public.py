import ipaddress

import pytest

from waystation.adapters.fetcher.public import PublicBook, is_public

ALLOWED = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd12::/16"))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860::8888",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
    ],
)
def test_the_public_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - nothing is bound to it
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "168.63.129.16",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:101:101::1",
        "2002:7f00:1::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_all_else_is_shut(address: str) -> None:
    assert not is_public(address)


def test_a_network_that_the_operator_allows_is_open() -> None:
    assert is_public("10.1.2.3", ALLOWED)
    assert is_public("::ffff:10.1.2.3", ALLOWED)
    assert is_public("64:ff9b::a01:203", ALLOWED)
    assert is_public("fd12::1", ALLOWED)
    assert not is_public("10.2.0.1", ALLOWED)
    assert not is_public("fd13::1", ALLOWED)


def test_a_metadata_service_cannot_be_allowed() -> None:
    everything = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    assert is_public("127.0.0.1", everything)
    assert not is_public("169.254.169.254", everything)
    assert not is_public("::ffff:169.254.169.254", everything)
    assert not is_public("fd00:ec2::254", everything)


async def test_a_name_is_as_public_as_the_least_of_its_addresses() -> None:
    async def resolve(host: str) -> tuple[str, ...]:
        return {"good": ("1.1.1.1", "2606:4700::1"), "mixed": ("1.1.1.1", "10.0.0.1")}[host]

    book = PublicBook((), resolve)
    assert await book.addresses("good") == ("1.1.1.1", "2606:4700::1")
    with pytest.raises(OSError, match="not public"):
        await book.addresses("mixed")
    allowing = PublicBook([ipaddress.ip_network("10.0.0.0/8")], resolve)
    assert await allowing.addresses("mixed") == ("1.1.1.1", "10.0.0.1")
