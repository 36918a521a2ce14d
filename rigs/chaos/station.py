"""The system under test: upstreams on loopback, each with many keys, and the gateway as a process."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from rigs.gateway import Gateway, free_port
from waystation.demo.upstream import DemoSettings, DemoUpstream
from waystation.wire.routing import Strategy

TOKEN: Final = "rig-token-0123456789-abcdefghij"
MODELS: Final = tuple(f"m-{strategy}" for strategy in get_args(Strategy))
STREAM: Final = DemoSettings(
    latency_s=0.1, chunks=8, chunk_gap_s=0.5, kept_calls=2_000_000, kept_body_bytes=0, kept_usages=2_000_000
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large it is. `timeout_s`: for how long an upstream may be silent."""

    streams: int
    upstreams: int
    keys: int
    timeout_s: float


class Station:
    def __init__(self, folder: Path, scale: Scale) -> None:
        self.scale = scale
        self.upstreams = [DemoUpstream(STREAM) for _ in range(scale.upstreams)]
        self.gateway = Gateway(folder, free_port(), environment={"WAYSTATION_CALL_TOTAL_S": "120"})
        self._manifest = folder / "manifest.yaml"

    async def start(self) -> None:
        for upstream in self.upstreams:
            await upstream.start()
        self._manifest.write_text(_manifest(self.upstreams, self.scale))
        await self.gateway.expect("apply", str(self._manifest))
        await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.kill()
        for upstream in self.upstreams:
            await upstream.stop()

    async def close(self, at: int) -> None:
        """Nobody listens at this upstream any more, and what was open is reset."""
        await self.upstreams[at].stop()

    async def open(self, at: int) -> None:
        upstream = self.upstreams[at]
        for _ in range(50):  # the port may be some connection's, for a moment
            try:
                await upstream.start(port=upstream.port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the port {upstream.port} is taken")


def key_of(upstream: int, key: int) -> str:
    return f"sk-chaos-{upstream:02}-{key:04}"


def model_of(upstream: int) -> str:
    return f"served-{upstream}"


def _manifest(upstreams: list[DemoUpstream], scale: Scale) -> str:
    rows = "\n".join(_upstream(at, upstream, scale) for at, upstream in enumerate(upstreams))
    routes = ", ".join(f"{{upstream: up{at}, model: {model_of(at)}}}" for at in range(len(upstreams)))
    models = "\n".join(
        f"  - {{name: {name}, routing: {{strategy: {name.removeprefix('m-')}}}, routes: [{routes}], "
        'price: {currency: USD, input: "2.50", output: "10.00"}, max_output_tokens: 1000}'
        for name in MODELS
    )
    return f"""
upstreams:
{rows}
models:
{models}
organizations:
  - name: acme
    opening_credit: "1000000 USD"
    tokens: [{{name: rig, secret: "{TOKEN}"}}]
"""


def _upstream(at: int, upstream: DemoUpstream, scale: Scale) -> str:
    keys = [key_of(at, key) for key in range(scale.keys)]
    timeouts = f"{{connect: 2, first_byte: {scale.timeout_s}, idle: {scale.timeout_s}, total: 60}}"
    return (
        f'  - {{name: up{at}, vendor: openai_compatible, base_url: "{upstream.base_url}", '
        f"keys: {keys!r}, timeouts: {timeouts}, priority: {at // 3}}}"
    )
