"""What a request tells about itself."""

import pytest

from waystation.demo.request import Request


def test_the_path_is_the_target_without_its_query() -> None:
    assert Request(target=b"/v1/models?after=1").path == "/v1/models"


def test_headers_are_found_in_any_case() -> None:
    request = Request(headers=[(b"X-One", b"1"), (b"x-one", b"2")])
    assert (request.header(b"x-one"), request.header(b"x-two")) == ("1", "")


@pytest.mark.parametrize(
    ("value", "key"), [(b"Bearer sk-1", "sk-1"), (b"bearer  sk-1 ", "sk-1"), (b"Basic sk-1", ""), (b"", "")]
)
def test_the_key_is_a_bearer(value: bytes, key: str) -> None:
    assert Request(headers=[(b"Authorization", value)]).key == key
