"""OpenAI itself."""

from typing import Final

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Vendor, sign_bearer

VENDOR: Final = Vendor(
    name="openai",
    base_url="https://api.openai.com/v1",
    paths={
        "openai.responses": "/responses",  # first: only here does its reasoning last over turns
        "openai.chat": "/chat/completions",
        "openai.completions": "/completions",
        "openai.embeddings": "/embeddings",
    },
    sign=sign_bearer,
    blame=blame_openai,
    traits=frozenset({"custom_tools", "developer_role", "max_completion_tokens"}),
)
