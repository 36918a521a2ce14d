"""`waystation transform`: what a vendor would receive of a request in another language, without sending it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import msgspec
import typer

from waystation.cli.telling import telling
from waystation.wire.dialect import Dialect
from waystation.wire.errors import Misconfigured

if TYPE_CHECKING:
    from waystation.dialects.codec import Codec, Encoded, Place, Target
    from waystation.wire.dialect import Trait

_NAMES = ", ".join(get_args(Dialect))


def transform(
    file: Annotated[str, typer.Argument(help="The request's body, a JSON file; - reads standard input.")],
    source: Annotated[str, typer.Option("--from", help=f"The request's language: {_NAMES}.")],
    target: Annotated[str, typer.Option("--to", help="The vendor's language: one of the same.")],
    model: Annotated[str | None, typer.Option(help="The model's name there; else the request's own.")] = None,
    vendor: Annotated[str | None, typer.Option(help="A vendor, for what it understands beyond others.")] = None,
    max_output_tokens: Annotated[int, typer.Option(min=1, help="For languages that demand a bound.")] = 16_384,
    stream: Annotated[bool, typer.Option("--stream", help="As a stream, where the path says so (Gemini).")] = False,
) -> None:
    """Print the request that a vendor would receive, and on stderr what could not be said in its language."""
    from waystation.dialects import codecs
    from waystation.dialects.codec import Place, Target

    with telling():
        known = codecs()
        here, there = _codec(known, source), _codec(known, target)
        place = Place(model=model or "model", stream=stream)
        wanted = Target(model=model or "", stream=stream, traits=_traits(vendor), max_output_tokens=max_output_tokens)
        encoded = _encoded(here, there, _read(file), place, wanted)
    typer.echo(msgspec.json.format(encoded.body, indent=2))
    for loss in encoded.losses:
        typer.echo(f"{'refused' if loss.grave else 'lost'}: {loss.field}: {loss.reason}", err=True)
    if not encoded.losses:
        typer.echo("nothing is lost", err=True)


def _encoded(here: "Codec", there: "Codec", body: bytes, place: "Place", target: "Target") -> "Encoded":
    from waystation.dialects.bridge import chat_bridge
    from waystation.dialects.codec import Asked, Encoded

    replace = msgspec.structs.replace
    if here.embeddings is not None and there.embeddings is not None:
        inputs = here.embeddings.decode_request(body, place)
        return there.embeddings.encode_request(inputs, replace(target, model=target.model or inputs.model))
    if here.chat is None or there.chat is None:
        raise Misconfigured(f"there is no way from {here.dialect} to {there.dialect}")
    request = here.chat.decode_request(body, place)
    target = replace(target, model=target.model or request.model, stream=target.stream or request.stream)
    bridge = chat_bridge(here.chat, there, there.chat, Asked(request=request, call_id="call_0", at=0), target)
    return Encoded(bridge.body, bridge.losses)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Misconfigured(f"{file} can't be read: {error.strerror}") from error


def _codec(known: "dict[Dialect, Codec]", name: str) -> "Codec":
    found = next((codec for dialect, codec in known.items() if dialect == name), None)
    if found is None:
        raise Misconfigured(f"{name!r} is no language of ours; there are {_NAMES}")
    return found


def _traits(name: str | None) -> "frozenset[Trait]":
    from waystation.vendors import vendors

    if name is None:
        return frozenset()
    if name not in vendors():
        raise Misconfigured(f"{name!r} is no vendor of ours; there are {', '.join(sorted(vendors()))}")
    return vendors()[name].traits
