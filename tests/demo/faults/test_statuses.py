"""Refusals by their status, shape and headers."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.demo.raw import HELLO, STREAM, connected, exchange, parse, post, seen
from waystation.demo.upstream import DemoSettings, DemoUpstream

KEY = "sk-test"


@pytest.mark.parametrize("what", [HELLO, STREAM], ids=["plain", "stream"])
@pytest.mark.parametrize(
    ("fault", "status", "kind", "code"),
    [
        ("400", 400, "invalid_request_error", None),
        ("401", 401, "invalid_request_error", "invalid_api_key"),
        ("403", 403, "request_forbidden", "unsupported_country"),
        ("404", 404, "invalid_request_error", "model_not_found"),
        ("408", 408, "request_timeout", None),
        ("413", 413, "invalid_request_error", None),
        ("422", 422, "invalid_request_error", None),
        ("429", 429, "requests", "rate_limit_exceeded"),
        ("429-arrears", 429, "insufficient_quota", "insufficient_quota"),
        ("500", 500, "server_error", None),
        ("502", 502, "server_error", None),
        ("503", 503, "server_error", None),
        ("504", 504, "timeout", None),
        ("529", 529, "overloaded_error", None),
    ],
)
async def test_a_status_has_the_error_shape(
    fault: str, status: int, kind: str, code: str | None, what: dict[str, Any]
) -> None:
    got = await seen(fault, what)
    error = got.error()
    assert (got.status, error["type"], error["code"], got.header("retry-after")) == (status, kind, code, None)
    assert sorted(error) == ["code", "message", "param", "type"]


async def test_a_key_is_shown_only_where_that_is_the_fault() -> None:
    assert KEY not in (await seen("401", HELLO)).error()["message"]
    assert KEY in (await seen("keyleak-401", HELLO)).error()["message"]


@pytest.mark.parametrize(
    ("fault", "header", "expected"),
    [
        ("429-retry-after", "retry-after", "2"),
        ("429-retry-after=7.5", "retry-after", "7.5"),
        ("429-retry-after-ms", "retry-after-ms", "1500"),
        ("429-retry-after-huge", "retry-after", "1000000000000"),
        ("429-retry-after-garbage", "retry-after", "-1; soon"),
    ],
)
async def test_a_limit_says_when_to_come_again(fault: str, header: str, expected: str) -> None:
    got = await seen(fault, HELLO)
    assert (got.status, got.header(header)) == (429, expected)


async def test_a_limit_may_give_a_date() -> None:
    got = await seen("429-retry-after-date=4000000", HELLO)
    assert parsedate_to_datetime(got.header("retry-after") or "").year >= 2026
    assert (got.header("retry-after") or "").endswith(" GMT")
    far = await seen("429-retry-after-date=1000000000000", HELLO)
    assert far.header("retry-after") == "Fri, 31 Dec 9999 23:59:59 GMT"


async def test_an_early_413_comes_before_the_body_and_does_not_read_it() -> None:
    async with DemoUpstream(DemoSettings(fault="early-413")) as upstream, connected(upstream) as raw:
        head = post(HELLO).partition(b"\r\n\r\n")[0]
        await raw.send(head.replace(b"content-length: ", b"content-length: 9") + b"\r\n\r\n")
        got, end = await raw.rest(quiet_s=1)  # the double half-closes at once
        assert (parse(got).status, parse(got).header("connection"), end) == (413, "close", "fin")
        assert (upstream.calls[0].body, upstream.calls[0].fault) == (b"", "early-413")


async def test_an_error_may_come_with_status_200() -> None:
    got = await seen("error-200", STREAM)
    assert (got.status, got.header("content-type"), got.error()["code"]) == (
        200,
        "application/json",
        "insufficient_quota",
    )


@pytest.mark.parametrize(("fault", "status"), [("redirect", 302), ("redirect-307", 307)])
async def test_a_redirect_points_to_another_host(fault: str, status: int) -> None:
    async with DemoUpstream(DemoSettings(fault=fault, redirect_to="http://127.0.0.2:1/v1")) as upstream:
        got = parse((await exchange(upstream, post(HELLO)))[0])
        assert (got.status, got.header("location")) == (status, "http://127.0.0.2:1/v1")
