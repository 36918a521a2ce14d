"""From a path under /responses/ to what is wished of a stored response."""

from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode

from waystation.gateway.auth import FIELDS_MAX
from waystation.relay.shelf import Wish
from waystation.wire.errors import MethodNotAllowed, PathNotFound

PREFIX: Final = "/responses/"
_WISHES: Final[dict[tuple[str, str], Wish]] = {
    ("GET", ""): "show",
    ("DELETE", ""): "delete",
    ("POST", "cancel"): "cancel",
    ("GET", "input_items"): "list",
}
_ALLOWED: Final = {"": "GET, DELETE, OPTIONS", "cancel": "POST, OPTIONS", "input_items": "GET, OPTIONS"}
# A caller's own token may stand in the query too (?key=), and must not reach a vendor.
_FORWARDED: Final = frozenset({"include", "include[]", "after", "limit", "order"})


def wish_of(bare: str, method: str) -> tuple[str, Wish]:
    """The response's id, and what is wished. `bare` is a path without namespace and version.

    Raises: PathNotFound, MethodNotAllowed.
    """
    response_id, _, suffix = bare.removeprefix(PREFIX).partition("/")
    if suffix not in _ALLOWED or not response_id:
        raise PathNotFound(f"Unknown path {bare[:200]!r}.")
    wish = _WISHES.get((method, suffix))
    if wish is None:
        raise MethodNotAllowed(method, _ALLOWED[suffix])
    return unquote(response_id), wish


def forwarded(query: bytes) -> str:
    """What of a query is for the vendor."""
    fields = parse_qsl(query.decode("latin-1"), max_num_fields=FIELDS_MAX)
    return urlencode([field for field in fields if field[0] in _FORWARDED])
