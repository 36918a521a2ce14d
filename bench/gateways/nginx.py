"""nginx as a bare relay: one worker, kept-alive upstream connections, no log. It reads and counts nothing."""

import shutil
import subprocess
from urllib.parse import urlsplit

from bench.gateways.gateway import Gateway, Lane, Missing, Running
from bench.processes import GATEWAY_CORE, Process, free_port
from bench.stage import UPSTREAM_KEY, Stage, temp_paths

_CONF = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log crit;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; tcp_nodelay on;
  {temp_paths}
  client_body_buffer_size 64k;
  upstream plain {{ server {plain}; keepalive 512; keepalive_requests 100000000; keepalive_timeout 600s; }}
  upstream stream {{ server {stream}; keepalive 512; keepalive_requests 100000000; keepalive_timeout 600s; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
  server {{ listen 127.0.0.1:{plain_port} backlog=4096; location / {{ proxy_pass http://plain; proxy_buffering on; }} }}
  server {{ listen 127.0.0.1:{stream_port} backlog=4096; location / {{ proxy_pass http://stream; }} }}
}}
"""


def start(stage: Stage) -> Running:
    if not shutil.which("nginx"):
        raise Missing("no nginx in PATH (bench/install.sh installs it)")
    folder = stage.folder / "nginx"
    folder.mkdir()
    plain_port, stream_port = free_port(), free_port()
    config = _CONF.format(
        folder=folder,
        temp_paths=temp_paths(folder),
        plain=urlsplit(stage.plain_url).netloc,
        stream=urlsplit(stage.stream_url).netloc,
        plain_port=plain_port,
        stream_port=stream_port,
    )
    (folder / "nginx.conf").write_text(config)
    process = Process(["nginx", "-c", str(folder / "nginx.conf")], core=GATEWAY_CORE, log=folder / "nginx.out")
    process.await_port(plain_port, 10)
    return Running(
        _version(),
        Lane(f"http://127.0.0.1:{plain_port}", "gpt-4o", UPSTREAM_KEY),
        Lane(f"http://127.0.0.1:{stream_port}", "gpt-4o", UPSTREAM_KEY),
        process,
    )


def _version() -> str:
    said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
    return said.strip().rpartition("/")[2]


GATEWAY = Gateway("nginx", start)
