"""Responses that are kept."""

from dataclasses import replace
from typing import Any

import pytest

from tests.demo.raw import Got, connected, get
from tests.demo.scenes import request_at
from tests.demo.speakers import call
from waystation.demo.refusals import Refused
from waystation.demo.responses.shelf import ResponseShelf, Stored
from waystation.demo.upstream import DemoSettings, DemoUpstream

PATH = "/v1/responses"


def _stored(name: str, **response: Any) -> Stored:
    items: list[dict[str, Any]] = [{"id": f"msg_{name}{number}"} for number in range(3)]
    return Stored({"id": f"resp_{name}", **response}, (items[0],), (items[1],), (items[2],))


def test_the_oldest_is_forgotten() -> None:
    shelf = ResponseShelf(2)
    for name in "abc":
        shelf.put(f"resp_{name}", _stored(name))
    assert [item["id"] for item in shelf.previous("resp_c")] == ["msg_c0", "msg_c1", "msg_c2"]
    assert shelf.previous(None) == ()
    with pytest.raises(Refused, match="'resp_a' not found"):
        shelf.previous("resp_a")
    assert (shelf.has_item("msg_b2"), shelf.has_item("msg_a2")) == (True, False)
    assert shelf.item("msg_b1") == {"id": "msg_b1"}
    with pytest.raises(Refused, match="'msg_a1' not found"):
        shelf.item("msg_a1")


def test_large_conversations_drive_out_the_oldest() -> None:
    shelf = ResponseShelf(9)
    for name in "abc":
        shelf.put(f"resp_{name}", replace(_stored(name), bytes=40 << 20))
    assert [shelf.has_item(f"msg_{name}0") or shelf.has_item(f"msg_{name}1") for name in "abc"] == [False, False, True]
    assert (shelf.bytes_before("resp_c"), shelf.bytes_before("resp_a"), shelf.bytes_before(None)) == (40 << 20, 0, 0)
    shelf.errands("resp_c")["DELETE"](request_at(PATH, {}))
    shelf.put("resp_d", replace(_stored("d"), bytes=65 << 20))
    assert shelf.has_item("msg_d1")


def test_only_what_runs_behind_the_scenes_can_be_cancelled() -> None:
    shelf = ResponseShelf(2)
    shelf.put("resp_a", _stored("a", background=True))
    shelf.put("resp_b", _stored("b", background=False))
    request = request_at(PATH, {})
    assert shelf.errands("resp_a/cancel")["POST"](request)["id"] == "resp_a"
    with pytest.raises(Refused, match="synchronous"):
        shelf.errands("resp_b/cancel")["POST"](request)
    assert shelf.errands("resp_a/other") == {}


@pytest.mark.parametrize(
    ("query", "expected", "more"),
    [
        ("", ["msg_a1", "msg_a0"], False),
        ("?order=asc", ["msg_a0", "msg_a1"], False),
        ("?limit=1", ["msg_a1"], True),
        ("?after=msg_a1", ["msg_a0"], False),
        ("?after=msg_x", [], False),
    ],
)
def test_input_items_come_in_pages(query: str, expected: list[str], *, more: bool) -> None:
    shelf = ResponseShelf(1)
    shelf.put("resp_a", _stored("a"))
    page: Any = shelf.errands("resp_a/input_items")["GET"](request_at(f"{PATH}/resp_a/input_items{query}", {}))
    assert ([item["id"] for item in page["data"]], page["has_more"]) == (expected, more)
    assert (page["first_id"], page["last_id"]) == ((expected[0], expected[-1]) if expected else (None, None))


@pytest.mark.parametrize("limit", ["0", "101", "x"])
def test_a_page_has_a_bound(limit: str) -> None:
    shelf = ResponseShelf(1)
    shelf.put("resp_a", _stored("a"))
    with pytest.raises(Refused, match="limit"):
        shelf.errands("resp_a/input_items")["GET"](request_at(f"{PATH}/resp_a/input_items?limit={limit}", {}))


async def _get(upstream: DemoUpstream, path: str, method: str = "GET") -> Got:
    async with connected(upstream) as raw:
        await raw.send(get(f"{PATH}/{path}", method=method))
        return await raw.answer()


async def test_a_response_is_found_until_it_is_deleted() -> None:
    async with DemoUpstream(DemoSettings(keys=("sk-test",))) as upstream:
        told = (await call(upstream, PATH, {"model": "demo-reason", "input": "Hi"})).json()
        assert (await _get(upstream, told["id"])).json() == told
        assert [item["type"] for item in (await _get(upstream, f"{told['id']}/input_items")).json()["data"]] == [
            "message"
        ]
        deleted = (await _get(upstream, told["id"], "DELETE")).json()
        assert deleted == {"id": told["id"], "object": "response", "deleted": True}
        for method in ("GET", "DELETE"):
            assert (await _get(upstream, told["id"], method)).status == 404
        assert (await _get(upstream, told["id"], "PUT")).status == 405


async def test_a_response_that_is_not_to_be_stored_is_not() -> None:
    async with DemoUpstream() as upstream:
        told = (await call(upstream, PATH, {"model": "m", "input": "Hi", "store": False})).json()
        assert (await _get(upstream, told["id"])).status == 404
        got = await call(upstream, PATH, {"model": "m", "input": "And?", "previous_response_id": told["id"]})
        assert (got.status, got.error()["code"]) == (404, "previous_response_not_found")


async def test_a_call_that_failed_stores_nothing() -> None:
    async with DemoUpstream(DemoSettings(fault="500")) as upstream:
        await call(upstream, PATH, {"model": "m", "input": "Hi"})
        assert upstream.usage_by_completion_id == {}


async def test_a_conversation_goes_on_from_a_stored_response() -> None:
    tools = [{"type": "function", "name": "f"}]
    async with DemoUpstream() as upstream:
        first = (await call(upstream, PATH, {"model": "demo-reason", "input": "Go", "tools": tools})).json()
        output = {"type": "function_call_output", "call_id": first["output"][-1]["call_id"], "output": "done"}
        asked = {"model": "demo-reason", "input": [output], "tools": tools, "previous_response_id": first["id"]}
        second = (await call(upstream, PATH, asked)).json()
        assert second["output"][-1]["content"][0]["text"] == "The tool said: done"
        assert second["previous_response_id"] == first["id"]
        listed = (await _get(upstream, f"{second['id']}/input_items?order=asc")).json()["data"]
        assert [item["type"] for item in listed] == ["message", "reasoning", "function_call", "function_call_output"]
        assert len({item["id"] for item in listed}) == 4


async def test_a_reference_stands_for_its_item() -> None:
    async with DemoUpstream() as upstream:
        first = (await call(upstream, PATH, {"model": "m", "input": "Hi"})).json()
        reference = {"type": "item_reference", "id": first["output"][0]["id"]}
        user = {"role": "user", "content": "And?"}
        got = (await call(upstream, PATH, {"model": "m", "input": [user, reference, user]})).json()
        assert got["usage"]["input_tokens"] == 2 * (3 + 1) + (3 + 3)
        missing = {"type": "item_reference", "id": "msg_x"}
        assert (await call(upstream, PATH, {"model": "m", "input": [missing]})).status == 404
