import pytest
from hypothesis import given
from hypothesis import strategies as st

from waystation.adapters.upstream_http.head import HeadWriter, authority
from waystation.ports import Endpoint
from waystation.wire.errors import ConnectFailed

PLAIN = Endpoint("http", "127.0.0.1", 9001, "/v1")


def test_a_head_is_written_byte_for_byte() -> None:
    head = HeadWriter(PLAIN).head("POST", "/chat", ((b"Accept", b"text/event-stream"), (b"x-key", b"a b")), 12)
    assert head == (
        b"POST /v1/chat HTTP/1.1\r\nhost: 127.0.0.1:9001\r\naccept-encoding: identity\r\n"
        b"Accept: text/event-stream\r\nx-key: a b\r\ncontent-length: 12\r\n\r\n"
    )


def test_a_second_head_has_its_own_values() -> None:
    writer = HeadWriter(PLAIN)
    writer.head("POST", "/chat", ((b"x-key", b"one"),), 1)
    assert b"\r\nx-key: two\r\ncontent-length: 2\r\n" in writer.head("POST", "/chat", ((b"x-key", b"two"),), 2)


def test_a_large_body_asks_first() -> None:
    assert b"\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n" in HeadWriter(PLAIN).head(
        "POST", "/", (), 9, expect=True
    )


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        (Endpoint("https", "api.example", 443), b"api.example"),
        (Endpoint("http", "api.example", 80), b"api.example"),
        (Endpoint("https", "api.example", 80), b"api.example:80"),
        (Endpoint("https", "::1", 8443), b"[::1]:8443"),
        (Endpoint("https", "::1", 443), b"[::1]"),
        (Endpoint("https", "bücher.example", 443), b"xn--bcher-kva.example"),
    ],
)
def test_the_host_header_names_the_endpoint(endpoint: Endpoint, expected: bytes) -> None:
    assert HeadWriter(endpoint).head("GET", "/", (), 0).split(b"\r\n")[1] == b"host: " + expected


@pytest.mark.parametrize("value", [b"a\r\nx-evil: 1", b"a\nb", b"a\rb", b"a\0b", b"\r\n\r\nGET / HTTP/1.1"])
def test_a_value_that_breaks_its_line_is_refused(value: bytes) -> None:
    with pytest.raises(ValueError, match="line break or a zero byte"):
        HeadWriter(PLAIN).head("POST", "/", ((b"x-a", value),), 0)


def test_breaks_that_even_out_are_refused() -> None:
    with pytest.raises(ValueError, match="line break"):
        HeadWriter(PLAIN).head("POST", "/", ((b"x-a", b"\r"), (b"x-b", b"\n")), 0)


@pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r\nb", b"a\0", "ä".encode()])
def test_a_name_that_is_no_token_is_refused(name: bytes) -> None:
    with pytest.raises(ValueError, match="not a header"):
        HeadWriter(PLAIN).head("POST", "/", ((name, b"1"),), 0)


@pytest.mark.parametrize(
    "name", [b"Host", b"content-length", b"Transfer-Encoding", b"CONNECTION", b"accept-encoding", b"expect", b"te"]
)
def test_a_header_of_ours_cannot_be_set(name: bytes) -> None:
    with pytest.raises(ValueError, match="may set"):
        HeadWriter(PLAIN).head("POST", "/", ((name, b"1"),), 0)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PO ST", "/"),
        ("", "/"),
        ("GET\r\n", "/"),
        ("GET", "/a b"),
        ("GET", "/a\r\nx: y"),
        ("GET", "/ä"),
        ("GET", "/\0"),
    ],
)
def test_a_request_line_that_breaks_is_refused(method: str, path: str) -> None:
    with pytest.raises(ValueError, match="not a request"):
        HeadWriter(PLAIN).head(method, path, (), 0)


def test_a_path_without_a_slash_is_refused() -> None:
    with pytest.raises(ValueError, match="not a request"):
        HeadWriter(Endpoint("http", "a.example", 80)).head("GET", "@evil.example/", (), 0)


@pytest.mark.parametrize("host", ["", "a b", "a\r\nb", "a/b", "user@a", "ä" * 80])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ConnectFailed):
        HeadWriter(Endpoint("http", host, 80)).head("GET", "/", (), 0)


def test_a_proxy_for_http_gets_the_whole_address_and_its_credentials() -> None:
    endpoint = Endpoint("http", "up.example", 80, "/v1", proxy="http://me:p%40ss@10.0.0.1:3128")
    assert (
        HeadWriter(endpoint)
        .head("POST", "/chat", (), 0)
        .startswith(
            b"POST http://up.example/v1/chat HTTP/1.1\r\nhost: up.example\r\naccept-encoding: identity\r\n"
            b"proxy-authorization: Basic bWU6cEBzcw==\r\n"
        )
    )


def test_a_tunnel_hides_the_request_from_the_proxy() -> None:
    endpoint = Endpoint("https", "up.example", 443, proxy="http://me:pw@10.0.0.1:3128")
    assert HeadWriter(endpoint).head("GET", "/x", (), 0) == (
        b"GET /x HTTP/1.1\r\nhost: up.example\r\naccept-encoding: identity\r\ncontent-length: 0\r\n\r\n"
    )


def test_a_socks_proxy_does_not_read_the_request() -> None:
    endpoint = Endpoint("http", "up.example", 80, proxy="socks5://me:pw@10.0.0.1:1080")
    assert HeadWriter(endpoint).head("GET", "/", (), 0).startswith(b"GET / HTTP/1.1\r\nhost: up.example\r\naccept")


def test_a_proxy_that_cannot_be_read_is_refused_without_its_password() -> None:
    endpoint = Endpoint("http", "up.example", 80, proxy="socks4://me:secret@10.0.0.1:3128")
    with pytest.raises(ConnectFailed) as caught:
        HeadWriter(endpoint).head("GET", "/", (), 0)
    assert "secret" not in caught.value.message
    assert caught.value.message.startswith("up.example:80: connect: ")


def test_ever_new_paths_and_names_are_forgotten_again() -> None:
    writer = HeadWriter(PLAIN)
    for number in range(1000):
        writer.head("POST", f"/models/{number}", ((b"x-%d" % number, b"1"),), 0)
    assert len(writer._templates) <= 256


def test_the_authority_always_names_the_port() -> None:
    assert authority(Endpoint("https", "up.example", 443)) == b"up.example:443"


@given(st.lists(st.tuples(st.binary(max_size=6), st.binary(max_size=8)), max_size=4))
def test_a_head_has_as_many_lines_as_it_should_or_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    try:
        head = HeadWriter(PLAIN).head("POST", "/", tuple(headers), 0)
    except ValueError:
        return
    assert len(head.split(b"\r\n")) == 6 + len(headers)
    assert head.count(b"\n") == 5 + len(headers)
