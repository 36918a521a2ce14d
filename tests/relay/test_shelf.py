import json

import pytest

from tests.relay.world import Scene, ScriptedInbound, refused, scene
from waystation.dialects import codecs
from waystation.relay.shelf import Shelf, Wish
from waystation.wire.errors import BadRequest, NoRoute, ResponseNotFound, VendorFailure, VendorRefusal
from waystation.wire.overrides import HeaderRules, Overrides
from waystation.wire.stored import StoredResponse

HERE = StoredResponse(
    id="resp_1",
    organization_id="org_1",
    token_id="tok_1",
    model="m",
    created_at=0.0,
    expires_at=9_000_000_000.0,
    input_items=b'[{"id":"a"},{"id":"b"}]',
    output=b"[]",
    body='{"id":"resp_1","text":"你好"}'.encode(),
)


def at_vendor(at: Scene, **facts: str) -> StoredResponse:
    key = at.board.served["m"].tiers[0][0].upstream.keys[1]
    return StoredResponse(
        id="resp_1",
        organization_id="org_1",
        token_id="tok_1",
        model="m",
        created_at=0.0,
        expires_at=9_000_000_000.0,
        upstream_id=facts.get("upstream_id", "up_0"),
        key_fingerprint=facts.get("key_fingerprint", key.fingerprint),
        vendor_response_id="resp_1",
    )


async def wished(at: Scene, wish: Wish, stored: StoredResponse | None = None, query: str = "") -> bytes:
    if stored is not None:
        await at.store.keep_response(stored)
    shelf = Shelf(at.store, at.transport, codecs()["openai.responses"], at.clock)
    (organization,) = at.store.known.organizations
    return await shelf.ask(wish, at.board, organization, "resp_1", query)


async def test_what_is_kept_here_is_shown_listed_and_deleted() -> None:
    at = scene()
    assert await wished(at, "show", HERE) == HERE.body
    assert [item["id"] for item in json.loads(await wished(at, "list"))["data"]] == ["b", "a"]
    assert json.loads(await wished(at, "delete")) == {"id": "resp_1", "object": "response", "deleted": True}
    with pytest.raises(ResponseNotFound):
        await wished(at, "show")


async def test_what_has_ended_is_not_cancelled() -> None:
    with pytest.raises(BadRequest, match="background"):
        await wished(scene(), "cancel", HERE)


@pytest.mark.parametrize(
    ("wish", "method", "path"),
    [
        ("show", "GET", "/responses/resp_1?include=x"),
        ("list", "GET", "/responses/resp_1/input_items?include=x"),
        ("cancel", "POST", "/responses/resp_1/cancel?include=x"),
        ("delete", "DELETE", "/responses/resp_1?include=x"),
    ],
)
async def test_what_a_vendor_keeps_is_asked_of_it_with_its_key(wish: Wish, method: str, path: str) -> None:
    at = scene(ScriptedInbound(b'{"id":"resp_1"}'), vendor="openai")
    assert await wished(at, wish, at_vendor(at), "include=x") == b'{"id":"resp_1"}'
    (asked,) = at.transport.asked
    assert (asked.method, asked.path) == (method, path)
    assert at.transport.keys() == ["sk-upstream-0-1"]
    still = await at.store.find_response("org_1", "resp_1", at=at.clock.now())
    assert (still is None) == (wish == "delete")


async def test_a_vendors_refusals_are_told() -> None:
    at = scene(refused(400, message="no sk-upstream-0-1", code="bad"), refused(404), refused(500), vendor="openai")
    with pytest.raises(VendorRefusal) as said:
        await wished(at, "cancel", at_vendor(at))
    assert "sk-upstream" not in said.value.message
    with pytest.raises(ResponseNotFound):
        await wished(at, "show")
    with pytest.raises(VendorFailure):
        await wished(at, "show")


@pytest.mark.parametrize("facts", [{"upstream_id": "up_9"}, {"key_fingerprint": "gone"}])
async def test_a_place_that_is_no_longer_set_up_is_said_to_be(facts: dict[str, str]) -> None:
    at = scene(vendor="openai")
    with pytest.raises(NoRoute):
        await wished(at, "show", at_vendor(at, **facts))


async def test_a_model_that_is_no_longer_served_has_no_place() -> None:
    at = scene(vendor="openai")
    object.__setattr__(at.board, "served", {})
    with pytest.raises(NoRoute):
        await wished(at, "show", at_vendor(scene(vendor="openai")))


@pytest.mark.parametrize(
    ("replaced", "query", "expected"),
    [
        ("/v9/responses?api-version=1", "include=x", "/gw/v9/responses/resp_1/input_items?api-version=1&include=x"),
        ("/v9/responses?api-version=1", "", "/gw/v9/responses/resp_1/input_items?api-version=1"),
        ("/v9/responses", "include=x", "/gw/v9/responses/resp_1/input_items?include=x"),
    ],
)
async def test_a_vendor_is_asked_with_its_upstream_s_overrides(replaced: str, query: str, expected: str) -> None:
    at = scene(ScriptedInbound(b"{}"), vendor="openai")
    headers = HeaderRules(set=(("x-team", "a"),))
    at.override(Overrides(headers=headers, prefix="/gw", paths=(("openai.responses", replaced),)))
    await wished(at, "list", at_vendor(at), query)
    (asked,) = at.transport.asked
    assert (asked.path, dict(asked.headers)[b"x-team"]) == (expected, b"a")
