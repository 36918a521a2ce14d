"""Where one run takes place: its folder and the two upstreams."""

import sys
from dataclasses import dataclass
from pathlib import Path

from bench import upstream
from bench.processes import LOAD_CORE, Process, free_port

CHUNKS = 100
UPSTREAM_KEY = "sk-upstream-0123456789abcdef"

_UPSTREAM_CONF = """
daemon off; master_process off; pid {folder}/upstream.pid; error_log {folder}/upstream.log crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; tcp_nodelay on;
  {temp_paths}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    default_type application/json;
    location / {{ return 200 '{body}'; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """Base URLs without `/v1`: `plain_url` answers plain calls (nginx, so that it is never the bottleneck),
    `stream_url` streams of CHUNKS chunks, its gap set by `bench.upstream`'s pace.
    """

    folder: Path
    plain_url: str
    stream_url: str


@dataclass(frozen=True, slots=True)
class Upstreams:
    stage: Stage
    processes: tuple[Process, ...]

    @classmethod
    def start(cls, folder: Path) -> "Upstreams":
        """Raises: NotStarted."""
        plain_port, stream_port = free_port(), free_port()
        config = folder / "upstream.conf"
        body = upstream.plain_body().decode()
        config.write_text(
            _UPSTREAM_CONF.format(folder=folder, port=plain_port, body=body, temp_paths=temp_paths(folder))
        )
        plain = Process(["nginx", "-c", str(config)], core=LOAD_CORE, log=folder / "upstream-plain.out")
        argv = [sys.executable, "-m", "bench.upstream", "--port", str(stream_port), "--chunks", str(CHUNKS)]
        stream = Process(argv, core=LOAD_CORE, log=folder / "upstream-stream.out")
        try:
            plain.await_port(plain_port, 10)
            stream.await_port(stream_port, 10)
        except BaseException:
            plain.stop()
            stream.stop()
            raise
        stage = Stage(folder, f"http://127.0.0.1:{plain_port}", f"http://127.0.0.1:{stream_port}")
        return cls(stage, (plain, stream))

    def stop(self) -> None:
        for process in self.processes:
            process.stop()


def temp_paths(folder: Path) -> str:
    """Directives of nginx that keep its scratch files inside the run's folder."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
