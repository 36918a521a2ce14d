"""Any server that speaks OpenAI's languages at a base URL of the operator's: vLLM, Ollama, llama.cpp, a peer."""

from typing import Final

from waystation.vendors.blame import blame_openai
from waystation.vendors.vendor import Vendor, sign_bearer

VENDOR: Final = Vendor(
    name="openai_compatible",
    base_url=None,
    paths={
        "openai.chat": "/chat/completions",
        "openai.responses": "/responses",
        "openai.completions": "/completions",
        "openai.embeddings": "/embeddings",
    },
    sign=sign_bearer,
    blame=blame_openai,
    request_id=(b"x-request-id", b"x-ds-trace-id"),  # the second is DeepSeek's
    traits=frozenset({"reasoning_content"}),
    by_request=frozenset({"openai.responses", "openai.completions"}),
)
