import pytest

from waystation.manifest.urls import base_url, proxy


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("http://127.0.0.1:9001/v1", "http://127.0.0.1:9001/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("https://api.openai.com", "https://api.openai.com"),
        ("http://vllm:8000/v1", "http://vllm:8000/v1"),
        ("http://my_service.internal", "http://my_service.internal"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://10.1.2.3", "http://10.1.2.3"),
        ("HTTPS://Example.com/a%20b", "HTTPS://Example.com/a%20b"),
        ("https://xn--fiqs8s.example/", "https://xn--fiqs8s.example"),
    ],
)
def test_an_address_is_read(text: str, read: str) -> None:
    assert base_url(text) == read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ftp://example.com", "only http"),
        ("api.openai.com/v1", "only http"),
        ("//api.openai.com", "only http"),
        ("http://", "host is missing"),
        ("http:/example.com", "host is missing"),
        ("https://:443/v1", "host is missing"),
        ("https://user:pass@example.com", "user or password"),
        ("https://@example.com", "user or password"),
        ("https://example.com/v1?key=abc", "query"),
        ("https://example.com/v1?", "query"),
        ("https://example.com/v1#x", "fragment"),
        ("https://example.com:0/", "port"),
        ("https://example.com:/", "port"),
        ("https://example.com:99999/", "port"),
        ("https://example.com:http/", "port"),
        ("https://exa mple.com", "space"),
        ("https://例え.example", "not ASCII"),
        ("http://127.0.0.1\\@example.com/", "backslash"),
        ("https://example.com\r\nx", "space"),
        ("http://[::1", "can't be read"),
        ("http://exa*mple.com", "can't be read"),
        ("http://-x.com", "can't be read"),
        ("http://0.0.0.0", "nothing can be reached"),
        ("http://224.0.0.1", "nothing can be reached"),
        ("", "space"),
    ],
)
def test_what_is_no_upstream_s_address_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        base_url(text)


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "168.63.129.16",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
    ],
)
def test_a_cloud_s_metadata_service_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="metadata service"):
        base_url(f"http://{host}/latest")


@pytest.mark.parametrize(
    "host",
    ["2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "127.1", "1.2.3.4.5", "010.0.0.1", "0x"],
)
def test_an_address_in_disguise_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="no plain IP address"):
        base_url(f"http://{host}/")


@pytest.mark.parametrize("text", ["http://proxy:3128", "http://user:p%40ss@proxy:3128/", "http://10.0.0.1:80"])
def test_a_proxy_is_read(text: str) -> None:
    assert proxy(text) == text.rstrip("/")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("https://proxy:3128", "only http:// and socks5:// proxies"),
        ("socks4://proxy:1080", "only http:// and socks5:// proxies"),
        ("socks5://me@proxy:1080", "its user and password must have 1 to 255 bytes"),
        (f"socks5://{'é' * 128}:pw@proxy:1080", "a character that is not ASCII"),
        (f"socks5://{'%C3%A9' * 128}:pw@proxy:1080", "its user and password must have 1 to 255 bytes"),
        ("http://proxy", "port is missing"),
        ("http://proxy:3128/path", "goes on after its port"),
        ("http://proxy:3128?x", "goes on after its port"),
        ("http://169.254.169.254:80", "metadata service"),
        ("http://user:secret@:80", "host is missing"),
    ],
)
def test_what_is_no_proxy_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        proxy(text)
    assert "secret" not in str(caught.value)
