import json
from typing import Any

import msgspec
import pytest

from tests.relay.world import SSE, VENDORS, Scene, ScriptedInbound, plain, scene
from waystation.relay.board import board_of
from waystation.relay.call import Call, Pin
from waystation.relay.conversations import HISTORY_BYTES_MAX, Conversations
from waystation.wire.catalogue import Organization
from waystation.wire.errors import BadRequest, PreviousNotFound
from waystation.wire.stored import StoredResponse

ASKED: dict[str, Any] = {"model": "m", "input": "Hello!"}
KEEPING = Organization("org_1", "acme", retain_responses_days=2)
NATIVE = {
    "id": "resp_v1",
    "object": "response",
    "model": "m-2026",
    "status": "completed",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hi there!", "annotations": []}],
        }
    ],
    "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15},
}


async def asked(at: Scene, request: dict[str, Any], organization: Organization = KEEPING) -> Call:
    """A call as the gateway makes it of a request for a response."""
    body = json.dumps(request).encode()
    recalled = await Conversations(at.store).recall(organization, body, at.clock.now())
    call = at.call_in("openai.responses", json.loads(recalled.body), turn=recalled.turn, pin=recalled.pin)
    return msgspec.structs.replace(call, organization=organization)


async def test_a_conversation_goes_on_from_our_own_store() -> None:
    at = scene(plain("Hi there!"), plain("Fine."))
    await at.relay.run(await asked(at, ASKED), at.caller)
    first = json.loads(at.caller.got)
    at.caller.got = b""
    second = {"model": "m", "input": "How are you?", "previous_response_id": first["id"]}
    await at.relay.run(await asked(at, second), at.caller)
    spoken = json.loads(at.transport.asked[1].body)["messages"]
    assert [(message["role"], message["content"]) for message in spoken] == [
        ("user", "Hello!"),
        ("assistant", "Hi there!"),
        ("user", "How are you?"),
    ]
    third = {"model": "m", "input": "And now?", "previous_response_id": json.loads(at.caller.got)["id"]}
    recalled = await Conversations(at.store).recall(KEEPING, json.dumps(third).encode(), at.clock.now())
    assert len(json.loads(recalled.body)["input"]) == 5
    assert recalled.pin is None


async def test_a_stream_is_kept_like_a_plain_answer() -> None:
    done = json.dumps({"type": "response.completed", "response": NATIVE, "sequence_number": 9})
    delta = json.dumps({"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Hi there!"})
    at = scene(ScriptedInbound(f"data: {delta}\n\ndata: {done}\n\n".encode(), headers=SSE), vendor="openai")
    await at.relay.run(await asked(at, {**ASKED, "stream": True}), at.caller)
    found = await at.store.find_response("org_1", "resp_v1", at=at.clock.now())
    assert found is not None
    assert found.upstream_id == "up_0"


async def test_what_a_vendor_keeps_is_asked_for_with_the_same_key() -> None:
    native = json.dumps(NATIVE).encode()
    at = scene(ScriptedInbound(native), ScriptedInbound(native), vendor="openai")
    await at.relay.run(await asked(at, ASKED, Organization("org_1", "acme")), at.caller)
    found = await at.store.find_response("org_1", "resp_v1", at=at.clock.now())
    assert found is not None
    assert (found.upstream_id, found.has_text) == ("up_0", False)
    again = await asked(at, {**ASKED, "previous_response_id": "resp_v1"})
    assert again.pin == Pin("up_0", found.key_fingerprint or "")
    assert json.loads(again.body)["previous_response_id"] == "resp_v1"
    await at.relay.run(again, at.caller)
    assert at.transport.keys()[0] == at.transport.keys()[1]


@pytest.mark.parametrize(
    ("request_", "organization"),
    [({**ASKED, "store": False}, KEEPING), (ASKED, Organization("org_1", "acme"))],
)
async def test_nothing_is_kept_without_wish_or_permission(request_: dict[str, Any], organization: Organization) -> None:
    at = scene(plain())
    await at.relay.run(await asked(at, request_, organization), at.caller)
    response_id = json.loads(at.caller.got)["id"]
    assert await at.store.find_response("org_1", response_id, at=at.clock.now()) is None


async def test_of_a_token_that_wants_nothing_stored_nothing_is_kept() -> None:
    at = scene(plain())
    call = await asked(at, ASKED)
    token = msgspec.structs.replace(call.token, retention="none")
    await at.relay.run(msgspec.structs.replace(call, token=token), at.caller)
    assert at.store.responses == {}


@pytest.mark.parametrize("identity", [None, "", "resp_é", "r" * 2000])
async def test_what_could_not_be_asked_for_again_is_not_kept(identity: str | None) -> None:
    at = scene(ScriptedInbound(json.dumps({**NATIVE, "id": identity}).encode()), vendor="openai")
    await at.relay.run(await asked(at, ASKED), at.caller)
    assert at.store.responses == {}


async def test_a_turn_that_is_not_kept_is_named() -> None:
    at = scene()
    with pytest.raises(PreviousNotFound) as refused:
        await asked(at, {**ASKED, "previous_response_id": "resp_gone"})
    assert (refused.value.param, refused.value.public_code) == ("previous_response_id", "previous_response_not_found")
    assert "resp_gone" in refused.value.message


async def test_anothers_turn_is_not_there() -> None:
    at = scene(plain())
    await at.relay.run(await asked(at, ASKED), at.caller)
    previous = json.loads(at.caller.got)["id"]
    with pytest.raises(PreviousNotFound):
        await asked(at, {**ASKED, "previous_response_id": previous}, Organization("org_2", "other"))


async def test_an_answer_whose_keeping_fails_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    at = scene(plain())
    at.store.failing.add("keep")
    await at.relay.run(await asked(at, ASKED), at.caller)
    assert at.caller.ended
    assert "response not kept" in caplog.text


async def test_a_history_is_bounded() -> None:
    at = scene()
    size = HISTORY_BYTES_MAX // 2 + 1
    for number in range(3):
        await at.store.keep_response(
            StoredResponse(
                id=f"resp_{number}",
                organization_id="org_1",
                token_id="tok_1",
                model="m",
                created_at=at.clock.now(),
                expires_at=at.clock.now() + 100,
                previous_id=f"resp_{number - 1}" if number else None,
                output=b"[" + b" " * size + b"]",
            )
        )
    with pytest.raises(BadRequest, match="too long"):
        await asked(at, {**ASKED, "previous_response_id": "resp_2"})


async def test_a_pinned_call_goes_nowhere_else() -> None:
    at = scene(plain(), upstreams=2)
    call = msgspec.structs.replace(at.call(), pin=Pin("up_1", at.board.pools["up_1"].upstream.keys[1].fingerprint))
    await at.relay.run(call, at.caller)
    assert at.transport.keys() == ["sk-upstream-1-1"]


async def test_a_turn_is_kept_under_the_model_s_own_name() -> None:
    at = scene(plain())
    m, other = at.store.known.models
    known = msgspec.structs.replace(at.store.known, models=(msgspec.structs.replace(m, aliases=("best",)), other))
    at.board = board_of(known, VENDORS)
    await at.relay.run(await asked(at, ASKED | {"model": "best"}), at.caller)
    (stored,) = at.store.responses.values()
    assert stored.model == "m"
