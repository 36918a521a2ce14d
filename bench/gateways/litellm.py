"""The LiteLLM proxy as its documentation advises for production, but without a database or Redis:
one worker, master key, no verbose logging, prices from its own wheel. So it books nothing to disk.
"""

import subprocess

from bench.gateways.cache import cache_folder
from bench.gateways.gateway import Gateway, Lane, Missing, Running
from bench.processes import GATEWAY_CORE, Process, free_port
from bench.stage import UPSTREAM_KEY, Stage

_MASTER_KEY = "sk-litellm-bench-0123456789"
_CONFIG = """
model_list:
  - model_name: bench-plain
    litellm_params: {{model: openai/gpt-4o-2024-08-06, api_base: "{plain_url}/v1", api_key: "{key}"}}
  - model_name: bench-stream
    litellm_params: {{model: openai/gpt-4o-2024-08-06, api_base: "{stream_url}/v1", api_key: "{key}"}}
general_settings: {{master_key: "{master_key}"}}
litellm_settings: {{set_verbose: false, json_logs: true, request_timeout: 60}}
"""
_ENV = {
    "LITELLM_MODE": "PRODUCTION",
    "LITELLM_LOG": "ERROR",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "NO_DOCS": "True",
}


def start(stage: Stage) -> Running:
    bin_folder = cache_folder() / "litellm" / "bin"
    if not (bin_folder / "litellm").exists():
        raise Missing("LiteLLM is not installed (bench/install.sh installs it)")
    folder = stage.folder / "litellm"
    folder.mkdir()
    config = folder / "config.yaml"
    config.write_text(
        _CONFIG.format(plain_url=stage.plain_url, stream_url=stage.stream_url, key=UPSTREAM_KEY, master_key=_MASTER_KEY)
    )
    port = free_port()
    argv = [str(bin_folder / "litellm"), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    process = Process([*argv, "--num_workers", "1"], core=GATEWAY_CORE, log=folder / "serve.out", env=_ENV)
    process.await_port(port, 120)
    url = f"http://127.0.0.1:{port}"
    plain, stream = Lane(url, "bench-plain", _MASTER_KEY), Lane(url, "bench-stream", _MASTER_KEY)
    return Running(_version(str(bin_folder / "python")), plain, stream, process)


def _version(python: str) -> str:
    code = "from importlib.metadata import version; print(version('litellm'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


GATEWAY = Gateway("LiteLLM", start, slow=True)
