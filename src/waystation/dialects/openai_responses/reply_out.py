"""A whole answer, as a caller of this language reads it: what its stream would amount to."""

from typing import Final

import msgspec

from waystation.dialects.codec import Asked
from waystation.dialects.losses import Losses
from waystation.dialects.openai_responses.items_out import Names
from waystation.dialects.openai_responses.messages_out import Script
from waystation.dialects.openai_responses.nested import put
from waystation.dialects.openai_responses.own import Items, Output
from waystation.dialects.openai_responses.parts_out import Wording
from waystation.dialects.openai_responses.pieces import events_of
from waystation.dialects.openai_responses.seals import DIALECT
from waystation.dialects.openai_responses.writer import ResponsesWriter
from waystation.wire.chat import ChatReply

_USAGE: Final = "usage."


def encode_reply(reply: ChatReply, asked: Asked) -> bytes:
    """What the caller's language can't say of an answer, such as another one's built-in calls, is left out."""
    writer = ResponsesWriter(asked)
    for event in events_of(reply, Names(asked.call_id)):
        writer.write(event)
    response = writer.response()
    if reply.dialect != DIALECT:
        return msgspec.json.encode(response)
    own = {name: value for name, value in reply.extras.items() if not name.startswith(_USAGE)}
    beside = {name: value for name, value in reply.extras.items() if name.startswith(_USAGE)}
    return msgspec.json.encode(put({**response, **own, "id": reply.id or response["id"]} | _own_output(reply), beside))


def _own_output(reply: ChatReply) -> dict[str, object]:
    """The items as their vendor made them."""
    choice = reply.choices[0] if reply.choices else None
    if not isinstance(choice, Output):
        return {}
    script = Script(Wording(Losses(DIALECT, DIALECT), frozenset()))
    script.add(Items(role="assistant", parts=choice.parts, items=choice.items, extras=choice.extras), "output")
    return {"output": script.items}
