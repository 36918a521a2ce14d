"""What Google refuses in a request that has the right shape.

Rules: ai.google.dev/gemini-api/docs/thought-signatures and /function-calling (2026-11). Texts as users report them:
google-gemini/gemini-cli issues 3814, 26486; nanbingxyz/5ire issue 405; docs.apiyi.com
"gemini-thought-signature-missing" (2026-10).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from waystation.demo.gemini.ask import Content, GenerateAsk, Part
from waystation.demo.refusals import Refusal, Refused
from waystation.demo.seals import fits, is_own, sealed

_KIND: Final = "gemini"
_ROLES: Final = frozenset({None, "user", "model", "function"})
# Google takes this for a signature where there is none to give, as in a history from another model.
_SKIPPING: Final = frozenset({"skip_thought_signature_validator", "context_engineering_is_the_way_to_go"})
_SKIPPING_ENCODED: Final = frozenset({"c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="})


def seals_calls(model: str) -> bool:
    """Gemini 3 and later demand their signatures back."""
    return "gemini-3" in model or "reason" in model


def call_seal(name: str, args: object) -> str:
    return sealed(_KIND, name, _canonical(args))


def text_seal(text: str) -> str:
    return sealed(_KIND, text)


def check(ask: GenerateAsk, model: str) -> None:
    """Raises Refused."""
    for wrong in _wrongs(ask, model):
        raise Refused(Refusal(400, wrong))


def _wrongs(ask: GenerateAsk, model: str) -> Iterator[str]:
    if not ask.contents:
        yield "* GenerateContentRequest.contents: contents is not specified"
    if ask.thinking.thinking_budget is not None and ask.thinking.thinking_level is not None:
        yield "You can only set only one of thinking budget and thinking level."
    names = [declared.name for declared in ask.declared]
    for name in names:
        if names.count(name) > 1:
            yield f"Duplicate function declaration found: {name}"
    for number, declared in enumerate(ask.declared):
        if declared.parameters is not None and declared.parameters_json_schema is not None:
            yield f"* tools[0].function_declarations[{number}]: parameters and parameters_json_schema are both set"
    yield from _contents(ask)
    yield from _pairs(ask.contents)
    yield from _signatures(ask.contents, strict=seals_calls(model))


def _contents(ask: GenerateAsk) -> Iterator[str]:
    for number, content in enumerate(ask.contents):
        if content.role not in _ROLES:
            yield "Please use a valid role: user, model."
        if not content.parts:
            yield f"* GenerateContentRequest.contents[{number}].parts: contents.parts must not be empty."
        for place, part in enumerate(content.parts):
            if part.kinds != 1:
                yield (
                    f"* GenerateContentRequest.contents[{number}].parts[{place}].data: required oneof field 'data' "
                    "must have one initialized field"
                )


def _pairs(contents: list[Content]) -> Iterator[str]:
    """Calls come after what a user said, and each is answered in the very next turn."""
    for before, content in zip([None, *contents], [*contents, None], strict=True):
        calls = before.calls if before is not None and before.role == "model" else []
        responses = content.responses if content is not None else []
        if content is not None and len(calls) != len(responses):
            yield (
                "Please ensure that the number of function response parts is equal to the number of function call "
                "parts of the function call turn."
            )
        if content is not None and content.calls and (before is None or before.role == "model"):
            yield (
                "Please ensure that function call turn comes immediately after a user turn or after a function "
                "response turn."
            )


def _signatures(contents: list[Content], *, strict: bool) -> Iterator[str]:
    """In the current turn each step's first call has its own; whatever else is signed, is signed by us."""
    current = max((at for at, content in enumerate(contents) if _begins_turn(content)), default=0)
    for at, content in enumerate(contents):
        for place, part in enumerate(content.parts):
            wanted = strict and at > current and part in content.calls[:1]
            if wanted and not part.thought_signature:
                name = part.function_call.name if part.function_call else ""
                yield (
                    "Function call is missing a thought_signature in functionCall parts. This is required for tools "
                    "to work correctly, and missing thought_signature may lead to degraded model performance. "
                    f"Additional data, function call `default_api:{name}` , position {at + place + 1}. Please refer "
                    "to https://ai.google.dev/gemini-api/docs/thought-signatures for more details."
                )
            if part.thought_signature and not _is_signed(part, part.thought_signature):
                yield "Corrupted thought signature."


def _begins_turn(content: Content) -> bool:
    return content.role != "model" and not content.responses


def _is_signed(part: Part, signature: str) -> bool:
    signature = signature.replace("-", "+").replace("_", "/") if not _skips(signature) else signature
    if _skips(signature):
        return True
    if part.function_call is None:
        return is_own(_KIND, signature)
    return fits(_KIND, signature, part.function_call.name, _canonical(part.function_call.args or {}))


def _skips(signature: str) -> bool:
    return signature in _SKIPPING or signature in _SKIPPING_ENCODED


def _canonical(args: object) -> str:
    return msgspec.json.encode(args, order="sorted").decode()
