"""One cell of the matrix, as text that a reviewer reads."""

from itertools import pairwise
from typing import Final

import msgspec

from tests.golden.cases import Answer, Named, Request, hub
from waystation.dialects.codec import NOWHERE, Asked, Place, Target
from waystation.dialects.framing import SseReader
from waystation.vendors.openai import VENDOR as OPENAI
from waystation.wire.dialect import Dialect
from waystation.wire.errors import BadRequest, UpstreamError
from waystation.wire.loss import Loss

CALL_ID: Final = "call_01TEST"
EVENT_BYTES_MAX: Final = 1_000_000
_NOW: Final = 1_700_000_000
_NO_LOSSES: Final = "(none)"

# Who asks for the answers that stand by themselves: with all that a caller can ask to be told.
_CALLERS: Final[dict[Dialect, bytes]] = {
    "openai.chat": b'{"model":"public-model","messages":[{"role":"user","content":"Go on."}],"stream":true,'
    b'"stream_options":{"include_usage":true},"n":2,"tools":[{"type":"function","function":{"name":"read_stock"}}]}',
    "openai.responses": b'{"model":"public-model","input":"Go on.","stream":true,"store":false,'
    b'"include":["reasoning.encrypted_content"],"tools":[{"type":"function","name":"read_stock","parameters":null}]}',
    "anthropic.messages": b'{"model":"public-model","max_tokens":9000,"messages":[{"role":"user","content":"Go on."}],'
    b'"stream":true,"thinking":{"type":"adaptive"},"tools":[{"name":"read_stock","input_schema":{"type":"object"}}]}',
    "gemini.generate": b'{"contents":[{"role":"user","parts":[{"text":"Go on."}]}],"generationConfig":'
    b'{"candidateCount":2,"thinkingConfig":{"includeThoughts":true}},'
    b'"tools":[{"functionDeclarations":[{"name":"read_stock"}]}]}',
}


def request_cell(fixture: Request, caller: Dialect, vendor: Dialect, answers: dict[Named, Answer]) -> str:
    """What the vendor receives, and what the caller gets of its answer."""
    sections = [f"# {fixture.about}"]
    try:
        request = hub(caller).decode_request(fixture.body, fixture.place)
    except BadRequest as error:
        return "\n\n".join((*sections, f"## Refused\n\n{error.param}: {error.message}")) + "\n"
    model = fixture.models.get(vendor, "vendor-model")
    encoded = hub(vendor).encode_request(request, Target(model=model, stream=request.stream, traits=OPENAI.traits))
    sections += (f"## Request to {vendor}", pretty(encoded.body), "## Losses", _told(encoded.losses))
    asked = Asked(request=request, call_id=CALL_ID, at=_NOW, place=fixture.place)
    if vendor in fixture.replies:
        answer = answers[vendor, fixture.replies[vendor]]
        sections += (f"## Reply to {caller}", pretty(replied(answer, vendor, asked)))
    if vendor in fixture.streams:
        answer = answers[vendor, fixture.streams[vendor]]
        sections += (f"## Stream to {caller}", _shown(streamed(answer.streamed, vendor, asked)))
    return "\n\n".join(sections) + "\n"


def answer_cell(answer: Answer, vendor: Dialect, caller: Dialect) -> str:
    """The same answer as a caller of each language gets it, plain and streamed."""
    asked = asked_by(caller)
    sections = (
        f"# {answer.about}",
        f"## Reply to {caller}",
        pretty(replied(answer, vendor, asked)),
        f"## Stream to {caller}",
        _shown(streamed(answer.streamed, vendor, asked)),
    )
    return "\n\n".join(sections) + "\n"


def asked_by(caller: Dialect) -> Asked:
    place = Place(model="public-model", stream=True) if caller == "gemini.generate" else NOWHERE
    request = hub(caller).decode_request(_CALLERS[caller], place)
    return Asked(request=request, call_id=CALL_ID, at=_NOW, place=place)


def replied(answer: Answer, vendor: Dialect, asked: Asked) -> bytes:
    """The plain answer as the caller gets it. An answer that the vendor's codec refuses is told as the error."""
    try:
        reply = hub(vendor).decode_reply(answer.body, CALL_ID)
    except UpstreamError as error:
        return msgspec.json.encode({"raised": type(error).__name__, "message": error.message})
    return hub(asked.request.dialect).encode_reply(reply, asked)


def streamed(data: bytes, vendor: Dialect, asked: Asked, cuts: tuple[int, ...] = ()) -> bytes:
    """The stream as the caller gets it, if the vendor's comes in pieces that end at `cuts`."""
    sse = SseReader(EVENT_BYTES_MAX)
    reader = hub(vendor).event_reader(asked.request.choices, CALL_ID)
    writer = hub(asked.request.dialect).event_writer(asked)
    edges = (0, *sorted(cuts), len(data))
    pieces = [data[start:end] for start, end in pairwise(edges)]
    frames = [frame for piece in pieces for frame in sse.feed(piece)] + sse.close()
    events = [event for frame in frames for event in reader.read(frame)] + reader.close()
    return b"".join((*map(writer.write, events), writer.close()))


def pretty(json: bytes) -> str:
    return msgspec.json.format(json, indent=2).decode()


def _told(losses: tuple[Loss, ...]) -> str:
    return "\n".join(f"- {loss.field}: {loss.reason}{' [grave]' * loss.grave}" for loss in losses) or _NO_LOSSES


def _shown(stream: bytes) -> str:
    """An event a line, without the empty lines between them; an event's name stands before its data."""
    events = (event for event in stream.decode().split("\n\n") if event)
    return "\n".join(event.removeprefix("data: ").replace("\ndata: ", "  ") for event in events)
