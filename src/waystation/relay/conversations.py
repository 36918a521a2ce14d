"""Conversations that callers go on with by a response's id: found again, or kept, where that is allowed.

A vendor that keeps responses itself is asked again with the same key; of those only the place is remembered. For a
vendor that keeps nothing, the turns lie in our own store, encrypted, if the organization's retention allows it.
"""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from waystation.dialects.openai_responses.stored import input_items, output_items, response_id_of, with_history
from waystation.dialects.openai_responses.turn import Turn, final_response, read_turn
from waystation.ports import Store
from waystation.relay.call import Call, Pin
from waystation.relay.tally import Tally
from waystation.wire.catalogue import Organization
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest, PreviousNotFound, WaystationError
from waystation.wire.stored import TURNS_MAX, StoredResponse

log = logging.getLogger(__name__)

DIALECT: Final[Dialect] = "openai.responses"
VENDOR_KEEPS_DAYS: Final = 30  # OpenAI: platform.openai.com/docs/guides/your-data (2026-11)
HISTORY_BYTES_MAX: Final = 64 * 1024 * 1024
ID_MAX_CHARS: Final = 256
_DAY_S: Final = 86_400


class Recalled(msgspec.Struct, frozen=True):
    """`body` is what to ask: the caller's own, or with the turns before it. `pin`: where a vendor keeps those."""

    body: bytes
    turn: Turn
    pin: Pin | None = None


class Conversations:
    __slots__ = ("_store",)

    def __init__(self, store: Store) -> None:
        self._store = store

    async def recall(self, organization: Organization, body: bytes, at: float) -> Recalled:
        """Raises: BadRequest; PreviousNotFound among them if the turn before is not here, or no longer."""
        turn = read_turn(body)
        if turn.previous_response_id is None:
            return Recalled(body, turn)
        before = await self._find(organization, turn.previous_response_id, at)
        if before.upstream_id is not None and before.key_fingerprint is not None:
            return Recalled(body, turn, Pin(before.upstream_id, before.key_fingerprint))
        return Recalled(with_history(body, await self._history(organization, before, at)), turn)

    async def keep(self, call: Call, tally: Tally, last: bytes) -> None:
        """Remember an answer whose last bytes are `last`. A call never fails for it."""
        if call.turn is None or not call.turn.stores:
            return
        response = final_response(last, stream=call.ask.stream)
        stored = None if response is None else _stored(call, call.turn, tally, response)
        if stored is None:
            return
        try:
            await self._store.keep_response(stored)
        except WaystationError as error:
            log.warning("response not kept", extra={"call_id": call.call_id, "error": str(error)})

    async def _history(self, organization: Organization, last: StoredResponse, at: float) -> list[msgspec.Raw]:
        """The items of all turns up to `last`, the oldest first."""
        turns = [last]
        size = last.text_bytes
        while (before := turns[-1].previous_id) is not None:
            turns.append(await self._find(organization, before, at))
            size += turns[-1].text_bytes
            if len(turns) > TURNS_MAX or size > HISTORY_BYTES_MAX:
                raise BadRequest(
                    "The conversation has become too long to go on with by its id. Send its items as 'input'.",
                    param="previous_response_id",
                )
        return [item for turn in reversed(turns) for part in (turn.input_items, turn.output) for item in _items(part)]

    async def _find(self, organization: Organization, response_id: str, at: float) -> StoredResponse:
        found = await self._store.find_response(organization.id, response_id, at=at)
        if found is None:
            raise PreviousNotFound(
                f"The response {response_id[:64]!r} is not kept here. Either it was never stored (the model's vendor "
                "keeps none and the organization's retention allows none), or it has expired. Send the earlier items "
                "as 'input' instead.",
                param="previous_response_id",
            )
        return found


def _stored(call: Call, turn: Turn, tally: Tally, response: bytes) -> StoredResponse | None:
    """None if there is no permission to keep its text, and no vendor who keeps it."""
    response_id = response_id_of(response)
    if response_id is None or tally.route is None or not _is_id(response_id):
        return None
    place = StoredResponse(
        id=response_id,
        organization_id=call.organization.id,
        token_id=call.token.id,
        model=tally.model or call.ask.model,
        created_at=call.at,
        expires_at=call.at + VENDOR_KEEPS_DAYS * _DAY_S,
        previous_id=turn.previous_response_id,
    )
    replace = msgspec.structs.replace
    if tally.vendor_dialect == DIALECT:
        upstream_id = tally.route.upstream.id
        return replace(
            place, upstream_id=upstream_id, key_fingerprint=tally.key_fingerprint, vendor_response_id=response_id
        )
    days = call.organization.retain_responses_days
    if days == 0 or call.token.retention == "none":
        return None
    return replace(
        place,
        expires_at=call.at + days * _DAY_S,
        input_items=_array(input_items(turn.input)),
        output=_array(output_items(response)),
        body=response,
    )


def _is_id(text: str) -> bool:
    """What could not come back in a path would be kept and never found."""
    return text.isascii() and text.isprintable() and 0 < len(text) <= ID_MAX_CHARS


def _array(items: Sequence[msgspec.Raw]) -> bytes:
    return msgspec.json.encode(items)


def _items(array: bytes | None) -> list[msgspec.Raw]:
    return [] if array is None else msgspec.json.decode(array, type=list[msgspec.Raw])
