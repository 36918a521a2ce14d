"""What those get whose bytes are no request."""

import json

import pytest

from waystation.adapters.http_server.refusal import BAD_REQUEST, HEAD_TOO_LARGE


@pytest.mark.parametrize(("refusal", "status"), [(BAD_REQUEST, b"400"), (HEAD_TOO_LARGE, b"431")])
def test_a_refusal_is_final_and_in_a_form_that_clients_read(refusal: bytes, status: bytes) -> None:
    head, _, body = refusal.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 " + status)
    assert b"content-length: %d\r\nx-should-retry: false\r\nconnection: close" % len(body) in head
    assert json.loads(body)["error"]["type"] == "invalid_request_error"
