"""Cohere: embeddings. Its errors are a message and nothing else, so the HTTP status says whose fault one is.

Statuses: docs.cohere.com/reference/errors, and for 403 the SDK, cohere 7.3 (2026-11).
"""

from typing import Final

from waystation.vendors.vendor import Blame, Fault, Refusal, Vendor, sign_bearer

_CALLER: Final = Blame(Fault.CALLER)
_BY_STATUS: Final = {
    400: _CALLER,
    413: _CALLER,
    422: _CALLER,
    401: Blame(Fault.KEY, "suspect"),
    403: Blame(Fault.KEY, "barred"),
    402: Blame(Fault.KEY, "broke"),
    429: Blame(Fault.KEY, "limited"),
    404: Blame(Fault.MODEL),
}


def blame_cohere(refusal: Refusal) -> Blame:
    """What is unknown is a busy vendor."""
    return _BY_STATUS.get(refusal.status, Blame(Fault.BUSY))


VENDOR: Final = Vendor(
    name="cohere",
    base_url="https://api.cohere.com",
    paths={"cohere.embed": "/v2/embed"},
    sign=sign_bearer,
    blame=blame_cohere,
    models="/v1/models?page_size=1000",
)
