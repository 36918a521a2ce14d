"""What a caller gets whose bytes are no request: nobody knows its dialect, so it is OpenAI's error, which most read."""

from http import HTTPStatus
from typing import Final

import msgspec


def _refusal(status: HTTPStatus, message: str) -> bytes:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    body = msgspec.json.encode({"error": error})
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx-should-retry: false\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


BAD_REQUEST: Final = _refusal(HTTPStatus.BAD_REQUEST, "The request is not well-formed HTTP.")
HEAD_TOO_LARGE: Final = _refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large: at most 128, and 64 KiB in all."
)
