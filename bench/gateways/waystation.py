"""Waystation with everything on: token, budgets, hold and post, call record, metrics, SQLite on disk."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from bench.gateways.gateway import Gateway, Lane, Running
from bench.processes import GATEWAY_CORE, NotStarted, Process, free_port
from bench.stage import UPSTREAM_KEY, Stage
from waystation.identity.token import mint

TOKEN = mint(hashlib.sha256(b"a rig, not a secret: it opens nothing but a throw-away store").digest())

_CLI = (sys.executable, "-c", "from waystation.cli import main; main()")

_SETUP = """
upstreams:
  - {{name: plain, vendor: openai_compatible, base_url: "{plain_url}/v1", keys: ["{key}-a", "{key}-b"]}}
  - {{name: stream, vendor: openai_compatible, base_url: "{stream_url}/v1", keys: ["{key}-a", "{key}-b"]}}
models:
  - name: bench-plain
    routes: [{{upstream: plain, model: gpt-4o-2024-08-06}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
  - name: bench-stream
    routes: [{{upstream: stream, model: gpt-4o-2024-08-06}}]
    price: {{currency: USD, input: "2.50", output: "10.00", cache_read_input: "1.25"}}
organizations:
  - name: bench
    opening_credit: "1000000 USD"
    tokens:
      - name: load
        secret: "{token}"
        models: [bench-plain, bench-stream]
        budget: {{amount: "500000 USD", period: month}}
"""


def start(stage: Stage) -> Running:
    return start_on(stage.folder / "waystation", stage, {})


def start_on(
    folder: Path, stage: Stage, settings: dict[str, str], manifest: str | None = None, *, core: int | str = GATEWAY_CORE
) -> Running:
    """With more settings than the defaults, or another manifest; `core`, or some. Raises: NotStarted."""
    folder.mkdir(exist_ok=True)
    setup, port = folder / "setup.yaml", free_port()
    plain_setup = _SETUP.format(plain_url=stage.plain_url, stream_url=stage.stream_url, key=UPSTREAM_KEY, token=TOKEN)
    setup.write_text(plain_setup if manifest is None else manifest)
    env = {"WAYSTATION_DATA_DIR": str(folder / "data"), **settings}
    run_command(["apply", str(setup)], folder / "apply.out", env)
    argv = [*_CLI, "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = Process(argv, core=core, log=folder / "serve.out", env=env)
    process.await_port(port, 20)
    url = f"http://127.0.0.1:{port}"
    plain, stream = Lane(url, "bench-plain", TOKEN), Lane(url, "bench-stream", TOKEN)
    return Running(version("waystation"), plain, stream, process)


def run_command(words: list[str], log: Path, env: dict[str, str]) -> None:
    """Raises: NotStarted."""
    done = subprocess.run([*_CLI, *words], env={**os.environ, **env}, capture_output=True, text=True, check=False)
    log.write_text(done.stdout + done.stderr)
    if done.returncode:
        raise NotStarted(f"waystation {words[0]} failed:\n{(done.stdout + done.stderr)[-2_000:]}")


GATEWAY = Gateway("waystation", start)
