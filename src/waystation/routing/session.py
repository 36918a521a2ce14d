"""What calls that belong together have in common, so that they may meet a cache that their beginning is in.

The first of these that is there:

- the header `x-session-id`, or `session_id` in the body: openrouter.ai/docs, "Sticky routing" (2026-11);
- `prompt_cache_key` in the body: platform.openai.com/docs/guides/prompt-caching (2026-11); Codex sends one;
- the header `x-claude-code-session-id`, which Claude Code sends (seen with 2.1, 2026-11);
- `metadata.user_id`: docs.anthropic.com/en/api/messages (2026-11); older Claude Codes put their session there;
- `user`: platform.openai.com/docs/api-reference/chat (2026-11), where it stands for one person;
- the sub-token with the first system and the first user message, which a conversation keeps from turn to turn.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

import msgspec

HEADERS: Final = (b"x-session-id", b"x-claude-code-session-id")
_LENGTH_MAX: Final = 256  # as at OpenRouter; a longer one is none
_SYSTEM: Final = ("system", "developer")
_NOTHING: Final = msgspec.Raw(b"")
_EMPTY: Final = (b'""', b"null", b"[]")


class _Said(msgspec.Struct):
    """A message, or a turn of Gemini's."""

    role: object = None
    content: msgspec.Raw = _NOTHING
    parts: msgspec.Raw = _NOTHING


class _Named(msgspec.Struct):
    """The members of a body, in any language, that name what the call belongs to."""

    session_id: object = None
    prompt_cache_key: object = None
    metadata: object = None
    user: object = None


class _Begun(msgspec.Struct, rename={"system_instruction": "systemInstruction"}):
    """Those that hold how the conversation began."""

    system: msgspec.Raw = _NOTHING
    instructions: msgspec.Raw = _NOTHING
    system_instruction: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING
    contents: msgspec.Raw = _NOTHING
    prompt: msgspec.Raw = _NOTHING


_named: Final = msgspec.json.Decoder(_Named).decode
_begun: Final = msgspec.json.Decoder(_Begun).decode
_said: Final = msgspec.json.Decoder(list[_Said]).decode


def session_headers(headers: Mapping[bytes, bytes]) -> tuple[bytes | None, bytes | None]:
    """The two headers that may name a session, in the order of HEADERS."""
    one, other = (headers.get(name) for name in HEADERS)
    return one, other


def session_of(body: bytes, headers: tuple[bytes | None, bytes | None], token_id: str) -> bytes | None:
    """16 bytes that stand for it; None if the call says nothing that it could be known by. Reads the whole body."""
    try:
        named = _named(body)
    except msgspec.DecodeError:
        return None
    user_id = named.metadata.get("user_id") if isinstance(named.metadata, dict) else None
    ours, claudes = headers
    for value in (ours, named.session_id, named.prompt_cache_key, claudes, user_id, named.user):
        told = value.encode() if isinstance(value, str) else value
        if isinstance(told, bytes) and 0 < len(told) <= _LENGTH_MAX:
            return _digest((told,))
    return _conversation(body, token_id)


def _conversation(body: bytes, token_id: str) -> bytes | None:
    try:
        begun = _begun(body)
        first = _first(begun)
    except msgspec.DecodeError:
        return None
    if not any(first):
        return None
    systems = (begun.system, begun.instructions, begun.system_instruction)
    return _digest((token_id.encode(), *map(bytes, systems), *first))


def _first(begun: _Begun) -> tuple[bytes, bytes]:
    """The first system and the first user message. Raises: msgspec.DecodeError."""
    told = begun.messages or begun.input or begun.contents or begun.prompt
    text = bytes(told)
    if not text.startswith(b"[") or told is begun.prompt:
        return b"", b"" if text in _EMPTY else text
    said = _said(told)
    system = next((one for one in said if one.role in _SYSTEM), None)
    user = next((one for one in said if one.role in {"user", None}), None)
    return _words(system), _words(user)


def _words(one: _Said | None) -> bytes:
    return b"" if one is None else bytes(one.content or one.parts)


def _digest(parts: Iterable[bytes]) -> bytes:
    known = blake2b(digest_size=16)
    for part in parts:
        known.update(len(part).to_bytes(8))
        known.update(part)
    return known.digest()
