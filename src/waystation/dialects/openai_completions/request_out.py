"""A request of one text, as it is written to a server of completions."""

import msgspec

from waystation.dialects.codec import Encoded, Target
from waystation.dialects.losses import Losses
from waystation.dialects.openai_chat.nested import put
from waystation.dialects.table import said
from waystation.wire.chat import ChatRequest, TextPart


def encode_request(request: ChatRequest, target: Target) -> Encoded:
    """Only a request that was written in this language can be said in it."""
    losses = Losses(request.dialect, "openai.completions")
    if request.dialect != "openai.completions":
        losses.note("messages", "completions have no conversations", grave=True)
    texts = (part.text for message in request.messages for part in message.parts if isinstance(part, TextPart))
    members = {
        "model": target.model,
        "prompt": "\n\n".join(texts),
        "stream": True if target.stream else None,
        "stream_options": {"include_usage": True} if target.stream else None,
        "max_tokens": request.max_output_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "seed": request.seed,
        "stop": list(request.stop) or None,
        "logprobs": request.top_logprobs,
        "n": request.choices if request.choices > 1 else None,
        "user": request.user,
    }
    extras = losses.keep("", request.extras)
    if not target.stream:
        extras = {name: value for name, value in extras.items() if not name.startswith("stream_options.")}
    return Encoded(msgspec.json.encode(put(said(members), extras)), losses.found())
