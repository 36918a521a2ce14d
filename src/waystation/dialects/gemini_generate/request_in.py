"""A caller's request, into words. The model and the stream are the path's."""

from waystation.dialects.asking import check_model
from waystation.dialects.codec import Place
from waystation.dialects.gemini_generate.ask import BOM
from waystation.dialects.gemini_generate.config import decode_config
from waystation.dialects.gemini_generate.contents_in import decode_contents
from waystation.dialects.gemini_generate.fields import Fields
from waystation.dialects.gemini_generate.tools import decode_choice, decode_tools
from waystation.wire.chat import NO_EXTRAS, ChatRequest


def decode_request(body: bytes, place: Place) -> ChatRequest:
    """Raises: BadRequest."""
    request = Fields(body.removeprefix(BOM))
    request.raw("model")
    messages = decode_contents(request)
    tools = decode_tools(request)
    choice, choice_left = decode_choice(request)
    settings, config_left = decode_config(request)
    tier = request.text_or_none("serviceTier")
    return ChatRequest(
        dialect="gemini.generate",
        model=check_model(place.model or ""),
        messages=messages,
        stream=place.stream,
        include_usage=True,
        tools=tools,
        tool_choice=choice,
        service_tier=tier,
        extras={**request.left(), **choice_left, **config_left} or NO_EXTRAS,
        **settings,
    )
