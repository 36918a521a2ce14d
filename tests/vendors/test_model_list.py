import pytest

from waystation.vendors.model_list import NAME_CHARS_MAX, Offered, Page, read_page


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"object":"list","data":[{"id":"a","object":"model"},{"id":"b"}]}', Page((Offered("a"), Offered("b")))),
        (b'{"data":[{"id":"a"}],"has_more":true,"last_id":"a/1"}', Page((Offered("a"),), "after_id=a%2F1")),
        (b'{"data":[{"id":"a"}],"has_more":false,"last_id":"a"}', Page((Offered("a"),))),
        (
            b'{"models":[{"name":"models/a","outputTokenLimit":8192}],"nextPageToken":"x="}',
            Page((Offered("a", 8192),), "pageToken=x%3D"),
        ),
        (b'{"models":[{"name":"a"}],"next_page_token":"y"}', Page((Offered("a"),), "page_token=y")),
        (b'[{"id":"a"},{"id":"a"},{"id":""},{}]', Page((Offered("a"),))),
        (b'{"data":[]}', Page(())),
        (b'{"data":[{"id":"a\\n"},{"id":"%b"}]}' % (b"x" * (NAME_CHARS_MAX + 1)), Page(())),
    ],
)
def test_lists_are_read_in_every_known_form(body: bytes, expected: Page) -> None:
    assert read_page(body) == expected


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"data":{}}', b'{"data":[1]}', b'"a"', b"\xff", b'{"error":{"message":"no"}}']
)
def test_anything_else_is_no_list(body: bytes) -> None:
    with pytest.raises(ValueError, match="no list of models"):
        read_page(body)
