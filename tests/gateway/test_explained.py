import json

import pytest

from tests.gateway.world import front
from tests.relay.world import plain, refused, scene

PAGE = "/routes/explain"


async def test_this_machine_is_told_where_a_call_would_go() -> None:
    at = front(scene(upstreams=2))
    line = await at.get(PAGE, query=b"model=m&token_id=tok_1&dialect=anthropic.messages&session=s", secret=None)
    told = json.loads(line.body)
    assert (line.status, told["model"], told["live"], len(told["routes"])) == (200, "m", True, 2)


async def test_others_are_told_that_there_is_no_such_page() -> None:
    at = front(scene())
    line = await at.get(PAGE, query=b"model=m", client=("10.0.0.9", 1))
    assert (line.status, line.error["code"]) == (404, "unknown_url")
    guarded = front(scene(), metrics_token="metrics-token-0123")
    assert (await guarded.get(PAGE, query=b"model=m", secret=None)).status == 404
    assert (await guarded.get(PAGE, query=b"model=m", secret="metrics-token-0123")).status == 200


@pytest.mark.parametrize(
    ("query", "status", "param"),
    [
        (b"", 400, "model"),
        (b"model=", 400, "model"),
        (b"model=m&dialect=klingon", 400, "dialect"),
        (b"&".join(b"a=1" for _ in range(99)), 400, None),
        (b"model=%ff", 404, "model"),
        (b"model=nope", 404, "model"),
        (b"model=m&token_id=tok_9", 404, "token"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(query: bytes, status: int, param: str | None) -> None:
    line = await front(scene()).get(PAGE, query=query, secret=None)
    assert (line.status, line.error["param"]) == (status, param)


async def test_who_asks_in_a_header_is_told_its_way_be_it_good_or_not() -> None:
    at = front(scene(plain(), refused(500), upstreams=1))
    asked = ((b"x-waystation-explain", b"1"),)
    assert (await at.ask(headers=asked)).headers[b"x-waystation-route"] == b"up0/m-0; strategy=weighted; attempts=1"
    line = await at.ask(headers=asked)
    told = b"none; strategy=weighted; attempts=1; tried=up0/m-0: busy 500 in 0 ms"
    assert (line.status, line.headers[b"x-waystation-route"]) == (502, told)
    at.scene.transport.then(plain())
    assert b"x-waystation-route" not in (await at.ask()).headers
