from ipaddress import ip_address, ip_network

import pytest

from waystation.identity.address import HOPS_MAX, allows, caller_address, networks

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:1::/48"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.2.1", None, "192.0.2.1"),
        ("192.0.2.1", b"198.51.100.9", "192.0.2.1"),  # nobody whose word counts
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", b"198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", b"203.0.113.5, 198.51.100.9", "198.51.100.9"),  # the left one is the caller's own invention
        ("10.0.0.1", b"198.51.100.9, 10.1.1.1", "198.51.100.9"),
        ("10.0.0.1", b"10.3.3.3,10.2.2.2", "10.3.3.3"),  # a caller from within
        ("10.0.0.1", b"198.51.100.9:51234", "198.51.100.9"),
        ("10.0.0.1", b"[2001:db8::9]:443", "2001:db8::9"),
        ("10.0.0.1", b"2001:db8::9", "2001:db8::9"),
        ("10.0.0.1", b"::ffff:198.51.100.9", "198.51.100.9"),
        ("::ffff:10.0.0.1", b"198.51.100.9", "198.51.100.9"),
        ("2001:db8:1::7", b"198.51.100.9", "198.51.100.9"),
    ],
)
def test_the_caller_is_the_first_who_is_not_ours(peer: str, forwarded: bytes | None, expected: str) -> None:
    assert caller_address(peer, forwarded, PROXIES) == ip_address(expected)


@pytest.mark.parametrize(
    ("peer", "forwarded"),
    [
        ("", None),
        ("unix:", b"198.51.100.9"),
        ("10.0.0.1", b""),
        ("10.0.0.1", b"unknown"),
        ("10.0.0.1", b"198.51.100.9, unknown"),
        ("10.0.0.1", b"198.51.100.9, \xff\xfe"),
        ("10.0.0.1", b"[2001:db8::9"[:6]),
    ],
)
def test_what_is_no_address_is_nobody(peer: str, forwarded: bytes | None) -> None:
    assert caller_address(peer, forwarded, PROXIES) is None


def test_only_so_many_hops_are_looked_at() -> None:
    hops = b",".join([b"198.51.100.9", *[b"10.0.0.2"] * HOPS_MAX])
    assert caller_address("10.0.0.1", hops, PROXIES) == ip_address("10.0.0.2")


def test_an_address_is_allowed_if_a_network_holds_it() -> None:
    allowed = ("192.0.2.0/24", "2001:db8::/32")
    assert allows(allowed, ip_address("192.0.2.200"))
    assert allows(allowed, ip_address("2001:db8::1"))
    assert not allows(allowed, ip_address("192.0.3.1"))
    assert not allows(allowed, None)
    assert not allows((), ip_address("192.0.2.1"))


def test_without_a_list_everybody_is_allowed() -> None:
    assert allows(None, None)
    assert networks(("192.0.2.1/32",)) == (ip_network("192.0.2.1/32"),)
