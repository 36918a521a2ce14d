"""From a request's headers to the sub-token."""

from typing import Final
from urllib.parse import parse_qs

from waystation.identity.token import state
from waystation.relay.board import Board
from waystation.wire.catalogue import Token
from waystation.wire.errors import InvalidToken

FIELDS_MAX: Final = 32  # of a query


def authenticate(headers: dict[bytes, bytes], query: bytes, board: Board, now: float) -> Token:
    """Raises: InvalidToken, in words that do not tell an unknown secret from a malformed one."""
    secret = _secret(headers, query)
    if secret is None:
        raise InvalidToken(
            "No API key was sent. Put your Waystation token into the header 'Authorization: Bearer sk-ws-…', "
            "'x-api-key', 'x-goog-api-key' or 'api-key'."
        )
    token = board.directory.find(secret)
    if token is None:
        raise InvalidToken("The API key is not known here. Check it, or ask your administrator for a new one.")
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
