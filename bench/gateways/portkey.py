"""The open-source Portkey gateway on Node. It keeps no tokens or money: callers bring the vendor's key
and name the vendor's address in headers.
"""

import json
import shutil

from bench.gateways.cache import cache_folder
from bench.gateways.gateway import Gateway, Lane, Missing, Running
from bench.processes import GATEWAY_CORE, Process, free_port
from bench.stage import UPSTREAM_KEY, Stage


def start(stage: Stage) -> Running:
    package = cache_folder() / "portkey" / "node_modules" / "@portkey-ai" / "gateway"
    if not (package / "build" / "start-server.js").exists():
        raise Missing("Portkey is not installed (bench/install.sh installs it)")
    if not (node := shutil.which("node")):
        raise Missing("no node in PATH")
    folder = stage.folder / "portkey"
    folder.mkdir()
    port = free_port()
    argv = [node, str(package / "build" / "start-server.js"), f"--port={port}", "--headless"]
    process = Process(argv, core=GATEWAY_CORE, log=folder / "serve.out", env={"NODE_ENV": "production"})
    process.await_port(port, 30)
    version = json.loads((package / "package.json").read_text())["version"]
    return Running(version, _lane(port, stage.plain_url), _lane(port, stage.stream_url), process)


def _lane(port: int, upstream_url: str) -> Lane:
    headers = (("x-portkey-provider", "openai"), ("x-portkey-custom-host", f"{upstream_url}/v1"))
    return Lane(f"http://127.0.0.1:{port}", "gpt-4o", UPSTREAM_KEY, headers)


GATEWAY = Gateway("Portkey", start, slow=True)
