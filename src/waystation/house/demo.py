"""Serving, and with `--demo` everything that a first call needs: an upstream, models, prices, a token. No account."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from waystation.adapters.logs import log_to_stderr
from waystation.demo.upstream import DemoUpstream
from waystation.house.offline import operations
from waystation.house.running import House, run
from waystation.house.supervising import supervise
from waystation.identity.token import ENTROPY_BYTES, mint
from waystation.settings import Settings
from waystation.wire.errors import Misconfigured, WaystationError

Say = Callable[[str], None]

TOKEN_FILE: Final = "demo-token"  # noqa: S105 - its name
_CATALOGUE: Final = """
upstreams:
  - {{name: demo, vendor: openai_compatible, base_url: "{base_url}", keys: ["demo-key"]}}
models:
  - name: demo-large
    routes: [{{upstream: demo, model: demo-large}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
  - name: demo-reason
    routes: [{{upstream: demo, model: demo-reason}}]
    price: {{currency: USD, input: "1.10", output: "4.40"}}
organizations:
  - name: demo
    opening_credit: "100 USD"
    tokens: [{{name: demo, secret: "{secret}", budget: {{amount: "10 USD", period: month}}}}]
"""


def serve(settings: Settings, say: Say, *, demo: bool = False) -> None:
    """Run the gateway until SIGINT or SIGTERM. `say` prints what a person should read. Raises: Misconfigured."""
    if settings.workers > 1:
        if demo:
            raise Misconfigured("--demo serves with one worker: leave --workers and WAYSTATION_WORKERS out.")
        supervise(settings, say)
        return
    log_to_stderr(settings.log_level)
    house = House(settings)
    run(_serve_demo(house, say) if demo else _serve(house, say), house.stop)
    say("Stopped.")


async def _serve(house: House, say: Say, token: str | None = None) -> None:
    """Raises: WaystationError by itself, since a start that fails fails alone."""
    try:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(house.serve())
            telling = group.create_task(_tell(house, say, token))
            await serving
            telling.cancel()
    except ExceptionGroup as failed:
        if len(failed.exceptions) == 1 and isinstance(failed.exceptions[0], WaystationError):
            raise failed.exceptions[0] from failed
        raise


async def _serve_demo(house: House, say: Say) -> None:
    async with DemoUpstream() as upstream:
        token = await asyncio.to_thread(_prepare, house.settings, upstream.base_url)
        await _serve(house, say, token)


def _prepare(settings: Settings, base_url: str) -> str:
    """Apply the demo's catalogue, which names this run's upstream; the token stays the same from run to run."""
    with operations(settings) as catalogue, NamedTemporaryFile("w", suffix=".yaml") as file:
        secret = _kept_token(settings.data_dir / TOKEN_FILE)
        file.write(_CATALOGUE.format(base_url=base_url, secret=secret))
        file.flush()
        catalogue.apply_file(Path(file.name), environ={})
    return secret


def _kept_token(path: Path) -> str:
    """A demo's token may be read again: it pays with play money. Real tokens are kept as digests only."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(mint(os.urandom(ENTROPY_BYTES)))
    return path.read_text()


async def _tell(house: House, say: Say, token: str | None) -> None:
    await house.server.listening.wait()
    address = f"http://{house.settings.host}:{house.server.port}"
    say(f"Waystation listens on {address}; its data is in {house.settings.data_dir.resolve()}")
    if token is not None:
        say(f"\nA token to try it with: {token}\n\nA first call:\n\n{_curl(address, token)}\n\nCtrl-C stops it.")
    elif not house.board.served:
        say("It serves no model yet: describe upstreams, models and tokens in a file and run `waystation apply FILE`.")


def _curl(address: str, token: str) -> str:
    return (
        f"  curl -sN {address}/v1/chat/completions \\\n"
        f"    -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n"
        """    -d '{"model": "demo-large", "stream": true, "messages": [{"role": "user", "content": "Hello!"}]}'"""
    )
