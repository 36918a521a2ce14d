"""One fuzz target, as libFuzzer runs it: `python -m rigs.fuzz_target TARGET CORPUS [libFuzzer's options]`."""

import sys
from collections.abc import Callable
from typing import Final

import atheris

with atheris.instrument_imports(include=["waystation"]):
    from waystation.dialects import codecs
    from waystation.dialects.bridge import HubReader
    from waystation.dialects.codec import Asked, Place, Target
    from waystation.wire.chat import ChatRequest
    from waystation.wire.errors import BadRequest, UpstreamError

PLACE: Final = Place(model="m", stream=True)
TARGET: Final = Target(model="m", stream=True)
ASKED: Final = Asked(request=ChatRequest(dialect="openai.chat", model="m", messages=()), call_id="call_1", at=1)
CODECS: Final = tuple(codecs().values())
HUBS: Final = tuple(codec.chat for codec in CODECS if codec.chat is not None)


def request(data: bytes) -> None:
    """Every language reads it as a caller's request; what one understands, all can write."""
    for codec in CODECS:
        try:
            codec.decode(data, PLACE)
            words = codec.chat.decode_request(data, PLACE) if codec.chat else None
        except BadRequest:
            continue
        if words is not None:
            for hub in HUBS:
                hub.encode_request(words, TARGET)


def reply(data: bytes) -> None:
    """Every language reads it as a vendor's answer; what one understands, all can tell."""
    for codec in CODECS:
        codec.complaint(data)
        try:
            codec.reply(data)
            words = codec.chat.decode_reply(data, "call_1") if codec.chat else None
        except UpstreamError:
            continue
        if words is not None:
            for hub in HUBS:
                hub.encode_reply(words, ASKED)


def stream(data: bytes) -> None:
    """Every language reads it as a vendor's stream, for callers of every language."""
    for there in HUBS:
        for here in HUBS:
            lane = HubReader(there.event_reader(1, "call_1"), here.event_writer(ASKED))
            try:
                lane.feed(data)
                lane.close()
            except UpstreamError:
                continue


ENTRIES: Final[dict[str, Callable[[bytes], None]]] = {"request": request, "reply": reply, "stream": stream}

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], ENTRIES[sys.argv[1]])
    atheris.Fuzz()
