"""Temperature and its like, within what a family bears."""

from typing import Any

import pytest

from waystation.dialects.anthropic_messages.families import family_of
from waystation.dialects.anthropic_messages.sampling import encode_sampling
from waystation.dialects.losses import Losses
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest

OLD, ONE, NEW = "claude-sonnet-4-0", "claude-sonnet-4-5", "claude-opus-4-8"


@pytest.mark.parametrize(
    ("model", "on", "asked", "written", "lost"),
    [
        (
            OLD,
            False,
            {"temperature": 0.2, "top_p": 0.5, "top_k": 4},
            {"temperature": 0.2, "top_p": 0.5, "top_k": 4},
            [],
        ),
        (OLD, False, {"temperature": 1.7}, {"temperature": 1.0}, ["temperature"]),
        (ONE, False, {"temperature": 0.2, "top_p": 0.5}, {"temperature": 0.2}, ["top_p"]),
        (ONE, False, {"top_p": 0.5}, {"top_p": 0.5}, []),
        (ONE, True, {"temperature": 1.0, "top_p": 0.96}, {"top_p": 0.96}, []),
        (ONE, True, {"temperature": 0.0, "top_p": 0.5, "top_k": 4}, {}, ["temperature", "top_k", "top_p"]),
        (NEW, False, {"temperature": 0.0, "top_p": 0.5, "top_k": 4}, {}, ["temperature", "top_p", "top_k"]),
        (NEW, True, {"temperature": 1.0, "top_p": 1.0}, {}, []),
        (ONE, False, {"frequency_penalty": 0.0, "presence_penalty": 0.1}, {}, ["presence_penalty"]),
        (ONE, False, {"frequency_penalty": 0.1}, {}, ["frequency_penalty"]),
    ],
)
def test_sampling(model: str, on: bool, asked: dict[str, Any], written: object, lost: list[str]) -> None:
    losses = Losses("openai.chat", "anthropic.messages")
    request = ChatRequest(dialect="openai.chat", model="m", messages=(), **asked)
    assert said(encode_sampling(request, family_of(model), losses, on=on)) == written
    assert [loss.field for loss in losses.found()] == lost
