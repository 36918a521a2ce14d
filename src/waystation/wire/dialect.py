"""The names of the wire languages, and which of them can be turned into which."""

from collections.abc import Collection
from typing import Final, Literal

Dialect = Literal[
    "openai.chat",
    "openai.responses",
    "openai.completions",
    "openai.embeddings",
    "anthropic.messages",
    "gemini.generate",
    "gemini.embed",
    "cohere.embed",
]

# What one vendor of a language understands and another one does not.
Trait = Literal[
    "custom_tools",  # openai.chat: tools of type custom
    "developer_role",  # openai.chat: the role developer; elsewhere it is called system
    "inline_images",  # images are taken as bytes only: the server fetches nothing
    "max_completion_tokens",  # openai.chat: this name of the bound; elsewhere max_tokens
    "reasoning_content",  # openai.chat: what the assistant thought may be sent back
]

_CONVERSATIONS: Final[frozenset[Dialect]] = frozenset(
    ("openai.chat", "openai.responses", "anthropic.messages", "gemini.generate")
)
_EMBEDDINGS: Final[frozenset[Dialect]] = frozenset(("openai.embeddings", "gemini.embed", "cohere.embed"))


def way_to(spoken: Collection[Dialect], caller: Dialect) -> Dialect | None:
    """The language in which to ask a vendor that speaks these: the caller's own, else the first that its words fit.

    None if there is no way: a vendor of embeddings cannot hold a conversation.
    """
    if caller in spoken:
        return caller
    fitting = _EMBEDDINGS if caller in _EMBEDDINGS else _CONVERSATIONS
    return next((dialect for dialect in spoken if dialect in fitting), None)
