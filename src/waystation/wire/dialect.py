"""The names of the wire languages."""

from typing import Literal

Dialect = Literal["openai.chat"]
