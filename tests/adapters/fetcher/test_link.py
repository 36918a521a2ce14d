import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.adapters.fetcher.link import URL_CHARS_MAX, parse, refused
from waystation.ports import Endpoint
from waystation.wire.errors import LinkRefused


@pytest.mark.parametrize(
    ("url", "endpoint", "target"),
    [
        ("https://example.com/a.png", Endpoint("https", "example.com", 443), "/a.png"),
        ("HTTP://EXAMPLE.com", Endpoint("http", "example.com", 80), "/"),
        ("  https://example.com:8443/a?b=c&d=%2F#part\n", Endpoint("https", "example.com", 8443), "/a?b=c&d=%2F"),
        ("https://example.com?x", Endpoint("https", "example.com", 443), "/?x"),
        ("https://example.com/图 1.png", Endpoint("https", "example.com", 443), "/%E5%9B%BE%201.png"),
        ("https://例子.cn/", Endpoint("https", "xn--fsqu00a.cn", 443), "/"),
        ("http://[2606:4700::1]:81/", Endpoint("http", "2606:4700::1", 81), "/"),
        ("http://1.1.1.1/", Endpoint("http", "1.1.1.1", 80), "/"),
    ],
)
def test_an_address_is_taken_apart(url: str, endpoint: Endpoint, target: str) -> None:
    link = parse(url)
    assert (link.endpoint, link.target) == (endpoint, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/a.png",
        "//example.com/a.png",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://example.com/",
        "data:image/png;base64,AAAA",
        "https://",
        "https:///a",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://@example.com/",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:x/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://example%2ecom/",
        "https://example.com\\@evil.example/",
        "https://example.com/\r\nhost: evil",
        "https://example.com/\x00",
        "https://" + "界" * 64 + ".cn/",
        "https://example.com/" + "a" * URL_CHARS_MAX,
    ],
)
def test_anything_but_plain_http_is_refused(url: str) -> None:
    with pytest.raises(LinkRefused) as caught:
        parse(url)
    assert caught.value.public_code == "invalid_url"
    assert "secret" not in caught.value.message
    assert len(caught.value.message) < 400


def test_what_is_shown_holds_no_query() -> None:
    link = parse("https://example.com/a.png?signature=secret")
    assert link.shown == "'https://example.com/a.png'"
    assert len(parse("https://example.com/" + "a" * 2_000).shown) < 210


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://example.com/b"),
        ("b?c", "https://example.com/x/b?c"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example:8443/b", "https://other.example:8443/b"),
        ("", "https://example.com/x/a"),
    ],
)
def test_a_redirect_is_read_from_where_it_stands(location: str, url: str) -> None:
    link = parse("https://example.com/x/a").follow(location)
    assert link.url == url
    assert link.shown == "'https://example.com/x/a'"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "https://u:p@example.com/", "https://[::1", "javascript:0"])
def test_a_redirect_is_judged_like_the_first_address(location: str) -> None:
    with pytest.raises(LinkRefused, match="leads to an address that is refused"):
        parse("https://example.com/").follow(location)


def test_a_redirect_never_leaves_https() -> None:
    with pytest.raises(LinkRefused, match="away from https"):
        parse("https://example.com/").follow("http://example.com/")
    assert parse("http://example.com/").follow("https://example.com/").endpoint.scheme == "https"


@given(st.text(max_size=60))
def test_nothing_else_comes_of_an_odd_address(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            link = parse(url)
        except LinkRefused:
            continue
        assert link.target.isascii()
        assert link.target.isprintable()
        assert " " not in link.target


def test_the_reason_is_told_with_the_address() -> None:
    assert (
        refused("'https://example.com/'", "it is empty").message == "'https://example.com/' can't be read: it is empty."
    )
