from ipaddress import ip_network

import pytest
from msgspec.structs import replace

from waystation.gateway.auth import Gate, authenticate
from waystation.identity.token import digest, hint, mint
from waystation.relay.board import board_of
from waystation.wire.catalogue import Catalogue, FormerSecret, Organization, Token
from waystation.wire.errors import Forbidden, InvalidToken

SECRET = mint(bytes(range(32)))
OTHER = mint(bytes(32))


def token(secret: str, *, expires_at: int | None = None, revoked_at: int | None = None) -> Token:
    return Token(
        id="tok_1",
        name="ci",
        organization_id="org_1",
        digest=digest(secret),
        hint=hint(secret),
        expires_at=expires_at,
        revoked_at=revoked_at,
    )


def found(headers: dict[bytes, bytes], of: Token | None = None, now: float = 1000.0, query: bytes = b"") -> str:
    catalogue = Catalogue(revision=1, organizations=(Organization("org_1", "acme"),), tokens=(of or token(SECRET),))
    return authenticate(headers, query, board_of(catalogue, {}), now).name


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer " + SECRET.encode()},
        {b"authorization": b"bearer  " + SECRET.encode() + b" "},
        {b"x-api-key": SECRET.encode()},
        {b"x-goog-api-key": SECRET.encode()},
        {b"api-key": SECRET.encode()},
        {b"authorization": b"Basic dTpw", b"x-api-key": SECRET.encode()},
    ],
)
def test_a_token_is_found_in_each_place(headers: dict[bytes, bytes]) -> None:
    assert found(headers) == "ci"


@pytest.mark.parametrize(
    "secret",
    [OTHER.encode(), b"' OR 1=1 --", b'" UNION SELECT', b"%", b"\xff\xfe", SECRET[:-1].encode(), b"", b"x" * 100_000],
)
@pytest.mark.parametrize("name", [b"authorization", b"x-api-key", b"api-key"])
def test_what_is_not_a_token_is_refused_everywhere_in_the_same_way(name: bytes, secret: bytes) -> None:
    value = b"Bearer " + secret if name == b"authorization" else secret
    with pytest.raises(InvalidToken) as caught:
        found({name: value})
    assert caught.value.public_code == "invalid_api_key"
    assert secret.decode("latin-1") not in caught.value.message or not secret


def test_no_token_says_where_to_put_one() -> None:
    with pytest.raises(InvalidToken, match="Authorization: Bearer"):
        found({})


def test_expired_and_revoked_tokens_are_told_apart_by_their_hint_only() -> None:
    headers = {b"x-api-key": SECRET.encode()}
    with pytest.raises(InvalidToken, match="has expired") as expired:
        found(headers, token(SECRET, expires_at=1000))
    with pytest.raises(InvalidToken, match="was revoked"):
        found(headers, token(SECRET, revoked_at=999))
    assert SECRET not in expired.value.message
    assert found(headers, token(SECRET, expires_at=1001)) == "ci"


PROXIES = (ip_network("10.0.0.0/8"),)


def let_in(
    of: Token,
    *,
    client: tuple[str, int] | None = ("192.0.2.7", 1),
    forwarded: tuple[bytes, ...] = (),
    paused: bool = False,
) -> Token:
    acme = Organization("org_1", "acme", paused=paused)
    board = board_of(Catalogue(revision=1, organizations=(acme,), tokens=(of,)), {})
    headers = [(b"x-forwarded-for", value) for value in forwarded]
    scope = {"client": client, "headers": headers, "query_string": b""}
    return Gate(PROXIES).admit(scope, {b"x-api-key": SECRET.encode()}, board, 1000.0).token


def test_a_secret_that_was_rotated_out_is_good_until_its_time() -> None:
    former = (FormerSecret(digest(OTHER), hint(OTHER), 1001),)
    rotated = replace(token(SECRET), former=former)
    assert found({b"x-api-key": OTHER.encode()}, rotated) == "ci"
    with pytest.raises(InvalidToken, match="was replaced by a new one") as refused:
        found({b"x-api-key": OTHER.encode()}, rotated, now=1001.0)
    assert OTHER not in refused.value.message


def test_a_token_is_let_in_from_its_addresses_only() -> None:
    of = replace(token(SECRET), addresses=("192.0.2.0/24",))
    assert let_in(of) == of
    for client in (("198.51.100.1", 1), None):
        with pytest.raises(Forbidden, match="may not be used from the address"):
            let_in(of, client=client)


def test_a_proxy_of_ours_says_whom_it_forwards_for_and_nobody_else_does() -> None:
    of = replace(token(SECRET), addresses=("192.0.2.0/24",))
    assert let_in(of, client=("10.0.0.1", 1), forwarded=(b"203.0.113.1", b"192.0.2.9")) == of
    with pytest.raises(Forbidden):
        let_in(of, client=("10.0.0.1", 1), forwarded=(b"192.0.2.9", b"203.0.113.1"))
    with pytest.raises(Forbidden):
        let_in(of, client=("198.51.100.1", 1), forwarded=(b"192.0.2.9",))


def test_what_is_paused_is_not_let_in() -> None:
    with pytest.raises(Forbidden, match="The organization 'acme' is paused"):
        let_in(token(SECRET), paused=True)
    with pytest.raises(Forbidden, match="The token 'ci' is paused"):
        let_in(replace(token(SECRET), paused=True))
