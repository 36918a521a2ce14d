"""What the tests of streams share: events that a vendor may send."""

import json
from typing import Any

from hypothesis import strategies as st

from waystation.dialects.framing import Frame

TEXTS = st.text("aé你 ", max_size=3)
SIGNATURES = st.sampled_from(["", "cw==", "d3MxOmFudGhyb3BpYy5tZXNzYWdlczpzaWc="])
ARGUMENTS = st.sampled_from([{}, {"a": 1}, {"你": ["b"]}])


def parts() -> st.SearchStrategy[dict[str, Any]]:
    """Parts of any kind, with a signature or without."""
    text: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {"text": TEXTS}, optional={"thought": st.booleans(), "thoughtSignature": SIGNATURES}
    )
    call: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {
            "functionCall": st.fixed_dictionaries(
                {"name": st.sampled_from("fg"), "args": ARGUMENTS}, optional={"id": TEXTS}
            )
        },
        optional={"thoughtSignature": SIGNATURES},
    )
    other: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
        [
            {"thoughtSignature": "cw=="},
            {"thought": True, "thoughtSignature": "cw=="},
            {"executableCode": {"code": "1"}},
            {"inlineData": {"mimeType": "image/png", "data": "AA=="}},
            {},
        ]
    )
    return text | call | other


def frame(payload: object) -> Frame:
    return Frame(b"", b"", json.dumps(payload).encode())


def event(*given: dict[str, Any], finish: str | None = None, index: int | None = None, **more: Any) -> dict[str, Any]:
    """A whole event with one candidate."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(given)}}
    if finish is not None:
        candidate["finishReason"] = finish
    if index is not None:
        candidate["index"] = index
    return {"candidates": [candidate], **more}
