from collections.abc import Iterable
from typing import Any

import pytest

from tests.gateway.world import Line
from waystation.gateway.asgi import Receive
from waystation.gateway.body import body_at_once, read_body
from waystation.wire.errors import BadRequest, CallerGone, RequestTooLarge


def receiving(messages: Iterable[dict[str, Any]]) -> Receive:
    left = iter(messages)

    async def receive() -> dict[str, Any]:
        return next(left)

    return receive


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def test_a_body_in_one_piece() -> None:
    assert await read_body({}, receiving([part(b"{}", more=False)]), bytes_max=10) == b"{}"


async def test_a_body_in_pieces_is_joined_in_order() -> None:
    pieces = [part(b"ab", more=True), part(b"", more=True), part(b"cd", more=True), part(b"e", more=False)]
    assert await read_body({}, receiving(pieces), bytes_max=10) == b"abcde"


async def test_an_announced_length_past_the_bound_is_refused_before_reading() -> None:
    with pytest.raises(RequestTooLarge, match="10 bytes"):
        await read_body({b"content-length": b"11"}, receiving([]), bytes_max=10)


@pytest.mark.parametrize("sizes", [[11], [6, 6]])
async def test_an_unannounced_length_past_the_bound_is_refused_while_reading(sizes: list[int]) -> None:
    pieces = [part(b"x" * size, more=at < len(sizes) - 1) for at, size in enumerate(sizes)]
    with pytest.raises(RequestTooLarge):
        await read_body({}, receiving(pieces), bytes_max=10)


async def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(BadRequest, match="compressed"):
        await read_body({b"content-encoding": b"gzip"}, receiving([]), bytes_max=10)


@pytest.mark.parametrize("before", [[], [part(b"ab", more=True)]])
async def test_a_caller_who_leaves_while_sending_is_gone(before: list[dict[str, Any]]) -> None:
    with pytest.raises(CallerGone):
        await read_body({}, receiving([*before, {"type": "http.disconnect"}]), bytes_max=10)


def test_a_body_that_is_there_needs_no_receiving() -> None:
    assert body_at_once({}, Line(arrived=b"{}"), bytes_max=10) == b"{}"
    assert body_at_once({}, Line(), bytes_max=10) is None
    assert body_at_once({b"content-encoding": b"gzip"}, Line(arrived=b"{}"), bytes_max=10) is None
    with pytest.raises(RequestTooLarge, match="10 bytes"):
        body_at_once({}, Line(arrived=b"x" * 11), bytes_max=10)
