"""From a request to the sub-token that it may be made with."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs

from waystation.gateway.asgi import Scope
from waystation.gateway.headers import forwarded_for
from waystation.identity.address import Address, Network, caller_address
from waystation.identity.admission import admit
from waystation.identity.standing import Standing
from waystation.identity.token import state
from waystation.relay.board import Board
from waystation.wire.catalogue import Token
from waystation.wire.errors import InvalidToken

FIELDS_MAX: Final = 32  # of a query


class Gate:
    """Lets calls in. `trusted`: the networks of proxies that may say in `x-forwarded-for` whom they forward for."""

    __slots__ = ("_trusted",)

    def __init__(self, trusted: Sequence[Network] = ()) -> None:
        self._trusted = trusted

    def admit(self, scope: Scope, headers: dict[bytes, bytes], board: Board, now: float) -> Standing:
        """Raises: InvalidToken; Forbidden if the token is good but may not be used now and here."""
        standing = board.standing(authenticate(headers, scope["query_string"], board, now))
        bound = standing.token.addresses is not None
        if bound or standing.paused is not None:  # which most are not
            admit(standing, self._address(scope) if bound else None)
        return standing

    def _address(self, scope: Scope) -> Address | None:
        peer = scope["client"] or ("", 0)
        return caller_address(peer[0], forwarded_for(scope), self._trusted)


def authenticate(headers: dict[bytes, bytes], query: bytes, board: Board, now: float) -> Token:
    """Raises: InvalidToken, in words that do not tell an unknown secret from a malformed one."""
    secret = _secret(headers, query)
    if secret is None:
        raise InvalidToken(
            "No API key was sent. Put your Waystation token into the header 'Authorization: Bearer sk-ws-…', "
            "'x-api-key', 'x-goog-api-key' or 'api-key'."
        )
    found = board.directory.find(secret)
    if found is None:
        raise InvalidToken("The API key is not known here. Check it, or ask your administrator for a new one.")
    token, former = found
    if former is not None and former.until <= now:
        raise InvalidToken(f"The API key {former.hint} was replaced by a new one. Use that, or ask your administrator.")
    match state(token, now):
        case "revoked":
            raise InvalidToken(f"The API key {token.hint} was revoked. Ask your administrator for a new one.")
        case "expired":
            raise InvalidToken(f"The API key {token.hint} has expired. Ask your administrator for a new one.")
        case "active":
            return token


def _secret(headers: dict[bytes, bytes], query: bytes) -> str | None:
    """`?key=` is Gemini's way, so that a browser's address will do."""
    bearer = headers.get(b"authorization", b"")
    if bearer[:7].lower() == b"bearer ":
        return bearer[7:].strip().decode("latin-1")
    raw = headers.get(b"x-api-key") or headers.get(b"x-goog-api-key") or headers.get(b"api-key")
    if raw is None and b"key=" in query:
        return next(iter(parse_qs(query.decode("latin-1"), max_num_fields=FIELDS_MAX).get("key", ())), None)
    return None if raw is None else raw.strip().decode("latin-1")
