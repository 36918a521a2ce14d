"""What an answer's head must not say, and what it says about the connection. The syntax is the parser's affair."""

import re
from typing import Final

HEAD_BYTES_MAX: Final = 64 * 1024
HEADERS_MAX: Final = 100  # as Apache; vendors send up to 40
KEEP_MARGIN_S: Final = 1.0  # we let go before the server does

Fields = dict[bytes, bytes]

_TIMEOUT: Final = re.compile(rb"(?:^|[,\s])timeout\s*=\s*\"?([0-9]{1,6})", re.IGNORECASE)


def complaint(headers: list[tuple[bytes, bytes]], head_bytes: int) -> str | None:
    """What is wrong with a final head, or None. `head_bytes` may count bytes that came with it.

    Content-Length beside Transfer-Encoding, doubled or malformed never comes here: llhttp refuses it.
    """
    if len(headers) > HEADERS_MAX:
        return "too many headers"
    if head_bytes > HEAD_BYTES_MAX and sum(len(name) + len(value) + 4 for name, value in headers) > HEAD_BYTES_MAX:
        return "the head is too large"
    if [value.lower() for name, value in headers if name == b"transfer-encoding"] not in ([], [b"chunked"]):
        return "a transfer coding that is not plain chunked"
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
        return "a content coding although identity was asked"  # we never inflate: bombs
    return None


def kept_s(keep_alive: bytes, ours_s: float) -> float:
    """How long an idle connection stays good, by its Keep-Alive header and by our own bound."""
    said = _TIMEOUT.search(keep_alive)
    return ours_s if said is None else min(ours_s, int(said[1]) - KEEP_MARGIN_S)
