"""OpenAI itself."""

from typing import Final

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Vendor, sign_bearer

VENDOR: Final = Vendor(
    name="openai",
    base_url="https://api.openai.com/v1",
    paths={"openai.chat": "/chat/completions"},
    sign=sign_bearer,
    blame=blame_openai,
)
