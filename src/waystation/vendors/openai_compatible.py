"""Any server that speaks OpenAI's languages at a base URL of the operator's: vLLM, Ollama, llama.cpp, a peer."""

from typing import Final

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Vendor, sign_bearer

VENDOR: Final = Vendor(
    name="openai_compatible",
    base_url=None,
    paths={"openai.chat": "/chat/completions"},
    sign=sign_bearer,
    blame=blame_openai,
)
