from pathlib import Path

import pytest
import trustme
from redis.exceptions import RedisError

from rigs.redis_server import RedisServer
from waystation.adapters.redis.address import address_of
from waystation.wire.errors import Misconfigured


def test_everything_that_an_address_may_say() -> None:
    address = address_of("redis://us%40er:p%3Ass@db.internal:6380/3?prefix=staging")
    assert address.options == {"host": "db.internal", "port": 6380, "db": 3, "username": "us@er", "password": "p:ss"}
    assert address.prefix == "{staging}"
    assert repr(address) == "RedisAddress('db.internal', prefix='{staging}')"


def test_what_an_address_leaves_out() -> None:
    address = address_of("redis://db")
    assert (address.options, address.prefix) == ({"host": "db", "port": 6379, "db": 0}, "{waystation}")


def test_a_socket_is_an_address() -> None:
    assert address_of("unix:///run/redis.sock?db=2").options == {"path": "/run/redis.sock", "db": 2}


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://:secret@db", "begins neither"),
        ("redis://:secret@db:port", "is no address"),
        ("redis://:secret@/0", "names no host"),
        ("redis://:secret@db/main", "is no number"),
        ("redis://:secret@db/²", "is no number"),
        ("redis://:secret@db?prefix=", "prefix that is empty"),
        ("redis://:secret@db?prefix={a}", "prefix that is empty"),
        ("redis://:secret@db?ssl_ca_certs=/ca.pem", "none of redis://"),
        ("rediss://:secret@db?ssl_cert_reqs=none", "none of rediss://"),
        ("unix://:secret@", "names no socket"),
    ],
)
def test_what_is_wrong_is_told_without_the_address(url: str, why: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        address_of(url)
    assert why in raised.value.message
    assert "secret" not in raised.value.message


async def test_tls_is_spoken_and_verified(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    options = {"tls-cert-file": str(tmp_path / "cert.pem"), "tls-key-file": str(tmp_path / "key.pem")}
    options |= {"tls-auth-clients": "no", "port": "0", "tls-ca-cert-file": str(tmp_path / "ca.pem")}
    server = RedisServer(tmp_path / "redis", options)
    options["tls-port"] = str(server.port)
    server.start()
    trusting = f"?ssl_ca_certs={tmp_path / 'ca.pem'}"
    trusted = address_of(f"rediss://localhost:{server.port}{trusting}").client()
    assert await trusted.ping()
    await trusted.aclose()
    for host, query in (("localhost", ""), ("127.0.0.1", trusting)):  # nobody's authority; another's name
        stranger = address_of(f"rediss://{host}:{server.port}{query}").client()
        with pytest.raises(RedisError, match="certificate verify failed"):
            await stranger.ping()
        await stranger.aclose()
    server.stop()
