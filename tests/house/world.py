"""A data directory with a catalogue in it, beside a double for its upstream."""

from pathlib import Path

from waystation.house import operations
from waystation.settings import Settings

SECRET = "house-token-0123456789-abcdefgh"
MANIFEST = """
upstreams:
  - {{name: main, vendor: openai_compatible, base_url: "{base_url}", keys: [{keys}]}}
models:
  - name: m
    routes: [{{upstream: main, model: m-1}}]
    price: {{currency: USD, input: "2.50", output: "10.00"}}
organizations:
  - name: acme
    opening_credit: "100 USD"
    tokens: [{{name: ci, secret: "{secret}"}}]
"""


def manifest(base_url: str = "http://127.0.0.1:9/v1", keys: str = "sk-upstream-key-a") -> str:
    return MANIFEST.format(base_url=base_url, keys=keys, secret=SECRET)


def applied(folder: Path, text: str) -> Settings:
    """Settings of a gateway on any free port whose data directory holds what the text says."""
    settings = Settings(data_dir=folder / "data", port=0)
    path = folder / "waystation.yaml"
    path.write_text(text)
    with operations(settings) as catalogue:
        catalogue.apply_file(path, environ={})
    return settings
