"""One gateway with a model for each language of vendors, and the double behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from rigs.gateway import Gateway
from waystation.demo.upstream import DemoUpstream

TOKEN: Final = "rig-token-0123456789-abcdefghij"

# By the vendor's language: the vendor, its base URL on the double, and a model that thinks there.
UPSTREAMS: Final[dict[str, tuple[str, str, str]]] = {
    "openai.chat": ("openai_compatible", "/v1", "demo-reason"),
    "openai.responses": ("openai", "/v1", "demo-reason"),
    "anthropic.messages": ("anthropic", "", "claude-demo-reason"),
    "gemini.generate": ("gemini", "/v1beta", "gemini-3-demo-reason"),
}


def manifest(root: str) -> str:
    """Each public model has the name of the language in which its vendor is asked."""
    upstreams = "".join(
        f'  - {{name: "{dialect}", vendor: {vendor}, base_url: "{root}{base}", keys: ["sk-a"], '
        f"dialects: [{dialect}]}}\n"
        for dialect, (vendor, base, _) in UPSTREAMS.items()
    )
    models = "".join(
        f'  - {{name: "{dialect}", routes: [{{upstream: "{dialect}", model: {model}}}], '
        'price: {currency: USD, input: "2.50", output: "10.00"}}\n'
        for dialect, (_, _, model) in UPSTREAMS.items()
    )
    return (
        f"upstreams:\n{upstreams}models:\n{models}"
        f'organizations:\n  - {{name: acme, opening_credit: "1000 USD", tokens: [{{name: rig, secret: "{TOKEN}"}}]}}\n'
    )


@asynccontextmanager
async def station(folder: Path, port: int) -> AsyncIterator[Gateway]:
    async with DemoUpstream() as double:
        path = folder / "waystation.yaml"
        path.write_text(manifest(double.base_url.removesuffix("/v1")))
        gateway = Gateway(folder, port)
        status, output = await gateway.command("apply", str(path))
        if status != 0:
            raise RuntimeError(output)
        await gateway.start()
        try:
            yield gateway
        finally:
            await gateway.stop()
