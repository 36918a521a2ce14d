"""Temperature and its like, within what a family of models bears."""

from waystation.dialects.anthropic_messages.families import Family
from waystation.dialects.losses import Losses
from waystation.wire.chat import ChatRequest

_TOP_P_LEAST = 0.95  # while it thinks


def encode_sampling(request: ChatRequest, family: Family, losses: Losses, *, on: bool) -> dict[str, object]:
    """`on`: it will think, which leaves little to choose."""
    for name, penalty in (
        ("frequency_penalty", request.frequency_penalty),
        ("presence_penalty", request.presence_penalty),
    ):
        if penalty:
            losses.note(name, "Anthropic knows no such thing")
    if not family.sampling:
        _note_all(request, losses, "this model chooses by itself")
        return {}
    if on:
        return _thinking(request, losses)
    temperature, top_p = request.temperature, request.top_p
    if temperature is not None and temperature > 1:
        losses.note("temperature", "1 is the highest here")
        temperature = 1.0
    if family.one_sampler and temperature is not None and top_p is not None:
        losses.note("top_p", "this model takes either a temperature or this")
        top_p = None
    return {"temperature": temperature, "top_p": top_p, "top_k": request.top_k}


def _thinking(request: ChatRequest, losses: Losses) -> dict[str, object]:
    if request.temperature not in (None, 1):
        losses.note("temperature", "1 while it thinks")
    if request.top_k is not None:
        losses.note("top_k", "a model that thinks chooses by itself")
    top_p = request.top_p
    if top_p is not None and not _TOP_P_LEAST <= top_p <= 1:
        losses.note("top_p", f"{_TOP_P_LEAST} to 1 while it thinks")
        top_p = None
    return {"top_p": top_p}


def _note_all(request: ChatRequest, losses: Losses, reason: str) -> None:
    if request.temperature not in (None, 1):
        losses.note("temperature", reason)
    if request.top_p not in (None, 1):
        losses.note("top_p", reason)
    if request.top_k is not None:
        losses.note("top_k", reason)
