"""Addresses and bytes of images, files and sounds."""

import pytest

from waystation.dialects.openai_chat.media import (
    format_of_type,
    is_on_the_web,
    source_of,
    type_of_format,
    type_of_name,
    url_of,
)
from waystation.dialects.table import Table
from waystation.wire.chat import Inline, Link
from waystation.wire.errors import BadRequest

PART = Table(b"{}", "messages[0].content[1]")


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://x/y.png", Link("https://x/y.png")),
        ("gs://x/y.png", Link("gs://x/y.png")),
        ("data:image/png;base64,AAAA", Inline("image/png", "AAAA")),
        ("data:image/svg+xml;charset=utf-8;base64,AA==", Inline("image/svg+xml", "AA==")),
        ("data:;base64,AAAA", Inline("image/jpeg", "AAAA")),
    ],
)
def test_an_address_is_one_or_holds_the_bytes(url: str, source: Inline | Link) -> None:
    assert source_of(PART, "image_url", url, "image/jpeg") == source


@pytest.mark.parametrize("url", ["data:image/png,AAAA", "data:image/png;base64"])
def test_bytes_that_are_not_base64_are_refused(url: str) -> None:
    with pytest.raises(BadRequest) as caught:
        source_of(PART, "image_url", url, "image/jpeg")
    assert caught.value.param == "messages[0].content[1].image_url"


def test_a_source_is_written_as_an_address() -> None:
    assert url_of(Link("https://x")) == "https://x"
    assert url_of(Inline("image/png", "AAAA")) == "data:image/png;base64,AAAA"


def test_formats_and_names_stand_for_types() -> None:
    assert [type_of_format(name) for name in ("mp3", "wav")] == ["audio/mpeg", "audio/wav"]
    assert [format_of_type(name) for name in ("audio/mpeg", "audio/x-wav", "audio/ogg")] == ["mp3", "wav", "ogg"]
    assert [type_of_name(name, "u/u") for name in ("a.PDF", "b.c.txt", "none")] == [
        "application/pdf",
        "text/plain",
        "u/u",
    ]


def test_addresses_of_a_vendors_storage_are_not_on_the_web() -> None:
    assert is_on_the_web(Link("https://x.example/a.png"))
    assert not is_on_the_web(Link("gs://bucket/a.png"))
