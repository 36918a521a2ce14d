"""The hub's words with what only this language keeps of them: so that it gets a request back as it was written."""

import msgspec

from waystation.wire.chat import Extras, Message, Reasoning, TextPart


class Rest(Message, frozen=True, kw_only=True):
    """A message that goes on with the content of the one before it: results of tools stand in a user's turn here."""


class Told(TextPart, frozen=True, kw_only=True):
    """A block that other languages read as text: a search result, a document of parts. `raw` is the whole of it."""

    raw: msgspec.Raw


class SpelledReasoning(Reasoning, frozen=True, kw_only=True):
    """`members` are the request's own: `thinking` and `output_config.effort`. `is_budget`: by a budget of tokens."""

    members: Extras
    is_budget: bool
